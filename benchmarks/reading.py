"""What reading costs inside one process, in units of R: one warm read of a story's row by its primary key."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter_ns, thread_time_ns
from typing import NamedTuple
from zoneinfo import ZoneInfo

from corpus import HALVES, NEWEST, Corpus
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from htmxnews.finding import index, listing, popular
from htmxnews.finding.facets import facets
from htmxnews.finding.matching import Found
from htmxnews.selection import Cursor, Selection
from htmxnews.store.engine import Store
from htmxnews.store.models import Story

TIMES = 1_000  # random queries a figure
STARTS = 3
ZONE = ZoneInfo("UTC")
PAGE = 20
DEEP = 5_000  # the number of a page far down
COUNTS = 50
COMMON = 50  # tags that half of the queries name

_by_id = select(Story.id, Story.title, Story.slug).where(Story.id == bindparam("id"))


class Figure(NamedTuple):
    """Microseconds of one case."""

    median: float
    p99_cpu: float  # of this process; a server of the database is not counted


def measure(store: Store, corpus: Corpus) -> dict[str, Figure]:
    """Each case by its name; `R` is the floor."""
    chance = Random(corpus.stories)  # noqa: S311 (the same queries every time)
    with store.reading() as session:
        cases = dict(_Cases(session, corpus, chance).all())
        for case in cases.values():
            case()
        for story_id in range(1, corpus.stories + 1, max(1, corpus.stories // 20_000)):
            session.execute(_by_id, {"id": story_id}).one()
        return {name: figure(case) for name, case in cases.items()}


def floor(session: Session, corpus: Corpus, chance: Random) -> Callable[[], object]:
    """R: a read of a random story's row by its primary key."""
    return lambda: session.execute(_by_id, {"id": chance.randint(1, corpus.stories)}).one()


def starting(store: Store) -> dict[str, float]:
    """Seconds until a new process has its index, from the saved one, and private megabytes of it."""
    index.save(store)
    program = Path(__file__).parent / "starting.py"
    address = store.url.render_as_string(hide_password=False)
    ran = [
        json.loads(subprocess.run([sys.executable, program, address], check=True, capture_output=True).stdout)
        for _ in range(STARTS)
    ]
    return {name: median(one[name] for one in ran) for name in ("seconds", "megabytes")}


class _Cases:
    def __init__(self, session: Session, corpus: Corpus, chance: Random) -> None:
        self.session, self.corpus, self.chance = session, corpus, chance
        self.index = index.current(session)
        self.deep = min(DEEP, corpus.stories // PAGE)

    def all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        yield "R", floor(self.session, self.corpus, self.chance)
        yield "page 1", lambda: self._fresh(None)
        deep = self._cursor_before(self.deep)
        yield "a deep page", lambda: self._fresh(deep)
        yield "one of fifty deep pages", lambda: self._fresh(self._cursor_of_some_page())
        yield "one tag", lambda: self._find(Selection(tag=self._tags(1)))
        yield "and, or, not of up to 3 tags", lambda: self._find(self._some_selection())
        yield "two disjoint halves", lambda: self._find(Selection(tag=tuple(sorted(HALVES))))
        yield f"page, total and {COUNTS} counts", self._with_counts
        yield "popular panel", self._popular

    def _find(self, selection: Selection, after: Cursor | None = None) -> object:
        self.session.info.pop(Found, None)  # what a page of the same selection has left
        return listing.find(self.session, selection, zone=ZONE, limit=PAGE, after=after)

    def _fresh(self, after: Cursor | None) -> None:
        """A page whose rows have not been read at this revision."""
        self.index.rows.clear()
        self._find(Selection(), after)

    def _with_counts(self) -> None:
        selection = self._some_selection()
        self._find(selection)
        facets(self.session, selection, zone=ZONE, limit=COUNTS)

    def _popular(self) -> None:
        popular.popular(self.session, Selection(), "week", zone=ZONE, limit=5, now=NEWEST, fill=True)

    def _some_selection(self) -> Selection:
        """One to three tags, each required, one of several or excluded."""
        slugs = self._tags(self.chance.randint(1, 3))
        kinds = self.chance.choices(("tag", "any", "not"), k=len(slugs))
        required, any_of, excluded = (
            tuple(slug for slug, its in zip(slugs, kinds, strict=True) if its == kind)
            for kind in ("tag", "any", "not")
        )
        return Selection(tag=required, any=any_of, not_=excluded)

    def _tags(self, count: int) -> tuple[str, ...]:
        return tuple(sorted({self._tag() for _ in range(count)}))

    def _tag(self) -> str:
        if self.chance.random() < 0.1:
            return self.chance.choice(HALVES)
        reach = self.chance.choice((COMMON, self.corpus.tags))
        return f"tag-{self.chance.randrange(reach)}"

    def _cursor_of_some_page(self) -> Cursor:
        """Other rows each time, as cold to the processor as they come."""
        return self._cursor_before(self.deep - self.chance.randrange(min(50, self.deep - 1)))

    def _cursor_before(self, page: int) -> Cursor:
        """The last place of the page before."""
        place = self.index.border - (page - 1) * PAGE
        return Cursor(self.index.published_at(place), self.index.id_at(place))


def figure(
    case: Callable[[], object], times: int = TIMES, before: Callable[[], object] | None = None
) -> Figure:
    """What a case costs; `before` is done each time first, and not counted."""
    spent, cpu = [], []
    for _ in range(times):
        if before:
            before()
        start, busy = perf_counter_ns(), thread_time_ns()
        case()
        cpu.append(thread_time_ns() - busy)
        spent.append(perf_counter_ns() - start)
    return Figure(median(spent) / 1_000, sorted(cpu)[times * 99 // 100] / 1_000)
