"""`make bench`: every bar with its figure, on SQLite and on PostgreSQL; `benchmarks/results/` keeps them.

The largest size is 100,000 stories, or SCALE. `run.py sqlite` or `run.py postgresql` measures one alone.
Files of SQLite are copied from the folder KEPT, if it is set, and left there when they had to be made: a
million stories take a quarter of an hour. PostgreSQL may keep in memory what it reads, as `docs/serving.md`
advises. How good search and related stories are is printed as well, where the labelled material is there.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bars
import databases
import quality
import reading
import searching
import serving
from corpus import Corpus, settle

from htmxnews.store.engine import Store

RESULTS = Path(__file__).resolve().parent / "results"
SMALL = 10_000
BUFFERS = "shared_buffers=4GB"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def main() -> None:
    largest = int(os.environ.get("SCALE", "100000"))
    columns: dict[str, Any] = {}
    for name in sys.argv[1:] or NAMES:
        with databases.server(BUFFERS) if name == "postgresql" else nullcontext():
            columns[NAMES[name]] = _one_database(NAMES[name], largest)
    print(f"\nAt {largest:,} stories; R: one warm read by primary key; hello: a constant page; !: missed")
    print(*bars.table(columns), sep="\n")
    columns["quality"] = quality.measure()
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    file.write_text(json.dumps({"stories": largest, **columns}, indent=2, ensure_ascii=False) + "\n")
    print(f"\nWritten to {file.relative_to(RESULTS.parents[1])}")


def _one_database(name: str, largest: int) -> dict[str, float]:
    with _filled(SMALL) as (store, corpus):
        small = _shown(name, corpus, reading.measure(store, corpus))
    with _filled(largest) as (store, corpus):
        start = reading.starting(store)
        large = _shown(name, corpus, reading.measure(store, corpus))
        served = serving.measure(store, corpus)
        print("  over HTTP, a request:", ", ".join(f"{page} {cost}" for page, cost in served.items()))
        seen = serving.commits_seen(store, corpus)
        settle(store)
        found = _shown(name, corpus, searching.measure(store, corpus))
        beside = serving.beside_an_import(store)
        print("  a reader's wait:", ", ".join(f"{when} {wait:.2f} ms" for when, wait in beside.items()))
    floor = large["R"].median
    mixed, counted = large["and, or, not of up to 3 tags"], large["page, total and 50 counts"]
    return {
        "R, microseconds": floor,
        "hello, milliseconds of processor time": served["hello"].cpu,
        "a deep page against page 1": large["a deep page"].median / large["page 1"].median,
        "page 1, the largest against 10,000 stories": large["page 1"].median / small["page 1"].median,
        "and, or, not of up to 3 tags, with rows: median": mixed.median / floor,
        "and, or, not of up to 3 tags, with rows: p99 cpu": mixed.p99_cpu / 1_000,
        "two disjoint common tags: median": large["two disjoint halves"].median / floor,
        "page, total and 50 counts: median": counted.median / floor,
        "page, total and 50 counts: p99 cpu": counted.p99_cpu / 1_000,
        **_of_finding(found),
        "index memory a worker": start["megabytes"],
        "start until ready, from the saved index": start["seconds"],
        "a commit seen by all workers at their next request": seen,
        "HTTP: page from the cache": served["hello"].cpu / served["page from the cache"].cpu,
        "HTTP: page not in the cache": served["hello"].cpu / served["page not in the cache"].cpu,
        "readers' median while a bulk import runs": beside["while an import runs"] / beside["quiet"],
    }


def _of_finding(found: dict[str, reading.Figure]) -> dict[str, float]:
    floor = found["R"].median
    newest = [found[f"new: {name}"].median for name in searching.ONE_WORD]
    ranked = [figure for name, figure in found.items() if name.startswith("relevance: ")]
    in_floors = ("popular, top 20", "suggestions for 1 to 4 letters", "related, stored list")
    return {
        "search for a word, newest first, worst class: median": max(newest) / floor,
        "search by relevance, worst of 11 classes: median": max(one.median for one in ranked) / 1_000,
        "search by relevance, worst of 11 classes: p99 cpu": max(one.p99_cpu for one in ranked) / 1_000,
        **{f"{name}: median": found[name].median / floor for name in in_floors},
        "recording a view: median": found["recording a view"].median,
    }


@contextmanager
def _filled(stories: int) -> Iterator[tuple[Store, Corpus]]:
    corpus = Corpus(stories)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(databases.at(Path(folder)))
        kept = Path(os.environ.get("KEPT", folder)) / f"{stories}.db"
        try:
            if store.is_file and kept.exists():
                shutil.copyfile(kept, store.path)
            else:
                corpus.build(store)
                corpus.derive(store)
                if store.is_file and "KEPT" in os.environ:
                    shutil.copyfile(store.path, kept)
            yield store, corpus
        finally:
            store.dispose()


def _shown(name: str, corpus: Corpus, figures: dict[str, reading.Figure]) -> dict[str, reading.Figure]:
    floor = figures["R"].median
    print(f"\n{name}, {corpus.stories:,} stories, {corpus.tags:,} tags; R is {floor:.0f} microseconds")
    for case, figure in figures.items():
        print(
            f"  {case:44} {figure.median / floor:8.2f} R  p99 cpu {figure.p99_cpu / 1_000:8.3f} ms",
            flush=True,
        )
    return figures


if __name__ == "__main__":
    try:
        main()
    except databases.NoServer as problem:
        raise SystemExit(str(problem)) from None
