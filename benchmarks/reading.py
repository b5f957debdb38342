"""What a page costs inside one process, in units of R: one warm read of a story's row by its primary key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from random import Random
from statistics import median
from time import perf_counter_ns
from zoneinfo import ZoneInfo

from corpus import NEWEST
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from htmxnews.finding import listing, popular, related
from htmxnews.finding.facets import facets
from htmxnews.selection import Cursor, Selection
from htmxnews.store.engine import Store
from htmxnews.store.models import Story, micros

TIMES = 500  # random queries a figure
ZONE = ZoneInfo("UTC")
PAGE = 20
COUNTS = 24

_by_id = select(Story.id, Story.title, Story.slug).where(Story.id == bindparam("id"))


def measure(store: Store, stories: int, derived: bool) -> dict[str, float]:
    """Median microseconds of each case; `R` is the floor. Search and related only where they are derived."""
    chance = Random(stories)  # noqa: S311 (the same queries every time)
    with store.reading() as session:
        cases = dict(_cases(session, stories, derived, chance))
        for case in cases.values():
            case()
        for story_id in range(1, stories + 1, max(1, stories // 20_000)):
            session.execute(_by_id, {"id": story_id}).one()
        return {name: _median_us(case) for name, case in cases.items()}


def _cases(
    session: Session, stories: int, derived: bool, chance: Random
) -> Iterator[tuple[str, Callable[[], object]]]:
    def tags(count: int) -> tuple[str, ...]:
        return tuple(sorted({f"tag-{int(50 * chance.random() ** 2)}" for _ in range(count)}))

    def somewhere() -> Cursor:
        return Cursor(micros(NEWEST.astimezone(UTC)) - chance.randrange(10**15 // 4), 1)

    def find(selection: Selection, after: Cursor | None = None) -> object:
        return listing.find(session, selection, zone=ZONE, limit=PAGE, after=after)

    def page_with_counts() -> None:
        selection = Selection(tag=tags(chance.randint(0, 2)))
        find(selection)
        facets(session, selection, zone=ZONE, limit=COUNTS)

    yield "R", lambda: session.execute(_by_id, {"id": chance.randint(1, stories)}).one()
    yield "list, first page", lambda: find(Selection())
    yield "list, somewhere deep", lambda: find(Selection(), somewhere())
    yield "list of one tag", lambda: find(Selection(tag=tags(1)))
    yield "list of two tags", lambda: find(Selection(tag=tags(2)))
    yield "list, any of three, not one", lambda: find(Selection(any=tags(3), not_=tags(1)))
    yield "list, total and 24 counts", page_with_counts
    yield (
        "popular panel",
        lambda: popular.popular(session, Selection(), "week", zone=ZONE, limit=5, now=NEWEST, fill=True),
    )
    if derived:
        yield (
            "search for one word",
            lambda: find(Selection(q=f"word{chance.randint(50, 5_000)}", sort="relevance")),
        )
        yield (
            "related panel",
            lambda: related.related(
                session, chance.randint(1, stories), selection=Selection(), zone=ZONE, limit=6
            ),
        )


def _median_us(case: Callable[[], object]) -> float:
    spent = []
    for _ in range(TIMES):
        start = perf_counter_ns()
        case()
        spent.append(perf_counter_ns() - start)
    return median(spent) / 1_000


@contextmanager
def opened(path: str) -> Iterator[Store]:
    """The store at a path, closed afterwards."""
    store = Store(f"sqlite:///{path}")
    try:
        yield store
    finally:
        store.dispose()
