"""A synthetic newsroom of any size: words and tags by Zipf's law, the same for the same size."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import insert

from htmxnews.finding import common, popular, search_table, words
from htmxnews.finding.entries import FIELD_END, Entry
from htmxnews.finding.search import DERIVED
from htmxnews.store import migrate, revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Category, RelatedStory, Source, Tag, micros

NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
SECTIONS = 8
VOCABULARY = 20_000
BODY_WORDS = 180
SHORT_BODY_WORDS = 40  # of each story where there are very many: lists do not read bodies
MANY = 100_000
VIEWED = 5_000  # looks at stories
RELATED = 6
BATCH = 20_000  # stories written at a time
MINUTES = 60 * 24 * 3650  # over which they are spread
HALVES = ("even", "odd")  # two tags that each have half of the stories, and no story in common

_STORY = (
    "id, source_id, key, slug, title, summary, lang, dir, category_id, pinned, words, "
    "published_at, imported_at, revision, fingerprint"
)
_BODY = "story_id, raw, raw_kind, html, policy, page_tries"
_LINK = "story_id, tag_id, position"


class _Made(NamedTuple):
    """Rows of the three tables, their columns as above."""

    story: tuple[Any, ...]
    body: tuple[Any, ...]
    links: list[tuple[Any, ...]]


class Corpus:
    """So many stories with their tags; `tag-0` has most, and every one of them is in one of the halves."""

    def __init__(self, stories: int) -> None:
        self.stories = stories
        self.tags = max(50, stories // 50)
        self._body_words = BODY_WORDS if stories <= MANY else SHORT_BODY_WORDS
        self._words = [f"word{n}" for n in range(VOCABULARY)]
        self._word_weights, self._tag_weights = _zipf(VOCABULARY), _zipf(self.tags)

    def build(self, store: Store) -> None:
        """Fill an empty store; search and related are not derived here."""
        migrate.upgrade(store)
        slugs = [*(f"tag-{n}" for n in range(self.tags)), *HALVES]
        with store.writing() as session:
            session.add(Source(id=1, slug="desk", name="Desk"))
            session.add_all(
                Category(id=n + 1, slug=f"section-{n}", name=f"Section {n}") for n in range(SECTIONS)
            )
            session.flush()
            names = [
                {"id": n, "slug": slug, "name": slug.replace("-", " ").title()}
                for n, slug in enumerate(slugs, 1)
            ]
            session.execute(insert(Tag), names)
        for first in range(0, self.stories, BATCH):
            self.write(store, range(first, min(first + BATCH, self.stories)))
        settle(store)

    def write(self, store: Store, numbers: range, *, published: int | None = None) -> None:
        """Commit some stories, published at a random minute or at one moment, in microseconds since 1970."""
        with store.writing() as session:
            revision = revisions.bump(session)
            made = [self._make(number, revision, published) for number in numbers]
            connection: Any = session.connection().connection
            insert_all = _insert_all if store.is_file else _copy_all
            insert_all(connection.cursor(), "story", _STORY, (one.story for one in made))
            insert_all(connection.cursor(), "story_body", _BODY, (one.body for one in made))
            insert_all(connection.cursor(), "story_tag", _LINK, (link for one in made for link in one.links))

    def derive(self, store: Store) -> None:
        """Add what search, related and popular lists read.

        It is as `finding.derive` and views leave it, but for stems and the choice of related stories: these
        take minutes.
        """
        chance = Random(self.stories)  # noqa: S311 (the same each time)
        for first in range(0, self.stories, BATCH):
            numbers = range(first, min(first + BATCH, self.stories))
            with store.writing() as session:
                search_table.put(session, [_entry(self._make(number, 0, None)) for number in numbers])
                session.execute(
                    insert(RelatedStory),
                    [
                        {"story_id": number + 1, "rank": rank, "other_id": other, "score": 1.0, "reason": ""}
                        for number in numbers
                        for rank, other in enumerate(chance.sample(range(1, self.stories + 1), RELATED))
                    ],
                )
        with store.writing() as session:
            revisions.remember(session, DERIVED, revisions.current(session))
        common.choose(store)
        search_table.condense(store)
        for hour in range(24):
            views = {chance.randint(1, self.stories): chance.randint(1, 40) for _ in range(VIEWED // 24)}
            popular.record(store, views, popular.hour_of(NEWEST) - hour)
        settle(store)

    def _make(self, number: int, revision: int, published: int | None) -> _Made:
        chance = Random(number)  # noqa: S311 (the same corpus every time)
        words = chance.choices(self._words, cum_weights=self._word_weights, k=self._body_words)
        chosen = set(chance.choices(range(self.tags), cum_weights=self._tag_weights, k=chance.randint(1, 8)))
        chosen.add(self.tags + number % 2)
        minute = chance.randrange(MINUTES)
        html, newest, story_id = f"<p>{' '.join(words)}</p>", micros(NEWEST), number + 1
        story = (
            *(story_id, 1, f"key-{number}", f"story-{number}"),
            *(" ".join(words[:8]).capitalize(), f"{' '.join(words[8:32]).capitalize()}."),
            *("en", "ltr", number % SECTIONS + 1, False, len(words)),
            *(newest - minute * 60_000_000 if published is None else published, newest, revision, ""),
        )
        links = [(story_id, n + 1, position) for position, n in enumerate(sorted(chosen))]
        return _Made(story, (story_id, html, "html", html, 1, 0), links)


def _entry(made: _Made) -> Entry:
    title, summary, body = (words.words(text) for text in (made.story[4], made.story[5], made.body[1][3:-4]))
    exact = [*title, FIELD_END, *summary, FIELD_END, *body]
    return Entry(made.story[0], title, summary, (), body, exact)


def _insert_all(cursor: Any, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(columns.split(",")))
    cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 (our own names)


def _copy_all(cursor: Any, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def settle(store: Store) -> None:
    """What either database does by itself when it is left alone for a while."""
    if store.is_file:
        store.fold_log()
        return
    with store.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("source", "category", "tag", "story"):  # the ids were given here
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )
        connection.exec_driver_sql("VACUUM ANALYZE")


def _zipf(size: int) -> list[float]:
    return list(accumulate(1 / (rank + 1) for rank in range(size)))
