"""What finding costs inside one process, in units of R: one warm read of a story's row by its primary key."""

from collections.abc import Callable, Iterator
from random import Random

from corpus import NEWEST, VOCABULARY, Corpus
from reading import PAGE, ZONE, Figure, figure, floor
from sqlalchemy.orm import Session

from htmxnews.finding import index, listing, popular, related, suggestions
from htmxnews.finding.matching import Found
from htmxnews.selection import Selection
from htmxnews.store.engine import Store
from htmxnews.web.seen import Seen
from htmxnews.web.views import ViewCounter

DEAR = 40  # of a kind that may take longer
ONE_WORD = ("a word in nearly all stories", "a word in a fifth", "a word in one of fifty", "a rare word")
SORTS = ("relevance", "new")
VIEW, VIEWS = "recording a view", 1_000
Case = Callable[[], object]


def measure(store: Store, corpus: Corpus) -> dict[str, Figure]:
    """Each case by its name; `R` is the floor. No search finds what another one has kept in memory."""
    chance = Random(corpus.stories)  # noqa: S311 (the same queries every time)
    with store.reading() as session:
        known = index.current(session)

        def forget() -> None:
            known.memo.kept.clear()
            session.info.pop(Found, None)

        found = {"R": figure(floor(session, corpus, chance))}
        for name, q in _classes(chance):
            for sort in SORTS:
                case = _search(session, q, sort)
                case()
                found[f"{sort}: {name}"] = figure(case, DEAR, forget)
        for name, case in _others(session, corpus.stories, chance):
            case()
            found[name] = figure(case)
        found[VIEW] = _a_view(store)
    return found


def _a_view(store: Store) -> Figure:
    """One of many recorded in a row: to look at a clock takes as long as one."""
    counter, readers = ViewCounter(store, Seen()), [str(reader) for reader in range(VIEWS)]

    def views() -> None:
        for reader in readers:
            counter.count(1, reader)

    return Figure(*(taken / VIEWS for taken in figure(views, DEAR)))


def _search(session: Session, q: Callable[[], str], sort: str) -> Case:
    def search() -> object:
        selection = Selection.parse([("q", q()), ("sort", sort)])
        return listing.find(session, selection, zone=ZONE, limit=PAGE)

    return search


def _classes(chance: Random) -> Iterator[tuple[str, Callable[[], str]]]:
    """Eleven kinds of search, by how many stories their words stand in."""

    def word(low: int, high: int) -> str:
        return f"word{chance.randint(low, high)}"

    def title() -> str:
        return " ".join(word(20, 2_000) for _ in range(3))

    yield "a word in nearly all stories", lambda: word(0, 8)
    yield "a word in a fifth", lambda: word(60, 100)
    yield "a word in one of fifty", lambda: word(700, 1_100)
    yield "a rare word", lambda: word(15_000, VOCABULARY - 1)
    yield "a word in none", lambda: f"none{chance.randint(0, 10**6)}"
    yield "two very common words", lambda: f"{word(0, 8)} {word(0, 8)}"
    yield "two common words", lambda: f"{word(60, 100)} {word(60, 100)}"
    yield "three words", title
    yield "a phrase", lambda: f'"{word(20, 200)} {word(20, 200)}"'
    yield "the beginning of a word", lambda: f"wor{chance.choice(['d', 'd1', 'd12', 'd123'])}"
    yield "a question of ten words", lambda: " ".join(word(0, 5_000) for _ in range(10))


def _others(session: Session, stories: int, chance: Random) -> Iterator[tuple[str, Case]]:
    def popular_twenty() -> object:
        return popular.popular(session, Selection(), "week", zone=ZONE, limit=20, now=NEWEST)

    def popular_of_a_tag() -> object:
        chosen = Selection(tag=(f"tag-{chance.randint(0, 30)}",))
        return popular.popular(session, chosen, "week", zone=ZONE, limit=20, now=NEWEST)

    def typed() -> object:
        beginnings = ("w", "wo", "wor", "word", "t", "ta", "tag", "z", f"tag {chance.randint(0, 49)}")
        return suggestions.suggestions(session, chance.choice(beginnings))

    def related_list() -> object:
        story_id = chance.randint(1, stories)
        return related.related(session, story_id, selection=Selection(), limit=6)

    yield "popular, top 20", popular_twenty
    yield "popular, top 20 of one tag", popular_of_a_tag
    yield "suggestions for 1 to 4 letters", typed
    yield "related, stored list", related_list
