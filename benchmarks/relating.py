"""What search and related stories cost while stories come in: processor time a story, beside 100,000 others.

A story whose words others share for the first time has these weighed as well, once for all; so the cost falls
until most stories have been met, and the last batches tell what a new story costs a site that is running.
"""

import sys
import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from statistics import median

import databases
from corpus import Corpus

from htmxnews.finding import derive
from htmxnews.store.engine import Store

STORIES = 100_000
RELATED = 4_000  # stories whose lists are made
LAST = 10  # batches that count
BAR_MS = 30


class _Enough(Exception):
    pass


def measure(store: Store, stories: int = STORIES, related: int = RELATED) -> tuple[float, list[float]]:
    """Milliseconds a story: its words, and its related stories in each batch."""
    Corpus(stories).build(store)
    spent = [time.process_time()]

    def tell(done: int, _steps: int) -> None:
        spent.append(time.process_time())
        if done >= stories + related:
            raise _Enough

    with suppress(_Enough):
        derive.catch_up(store, tell, fold=False)
    each = [(after - before) / derive.BATCH * 1_000 for before, after in pairwise(spent)]
    batches = stories // derive.BATCH
    return sum(each[:batches]) / batches, each[batches + 1 :]  # before the first one comes more


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(databases.at(Path(folder)))
        words, related = measure(store, *map(int, sys.argv[1:2]))
        store.dispose()
    print(f"words: {words:.1f} ms a story", end=", ")
    print(f"related: {related[0]:.1f} ms falling to {median(related[-LAST:]):.1f} (at most {BAR_MS})")


if __name__ == "__main__":
    main()
