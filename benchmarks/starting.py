"""What a worker pays before its first page: `starting.py DATABASE_URL` prints seconds and megabytes as JSON.

Linux only: it reads /proc.
"""

import gc
import json
import sys
from pathlib import Path
from time import perf_counter

from htmxnews.finding import index
from htmxnews.store.engine import Store


def main() -> None:
    store = Store(sys.argv[1])
    before = _private_mb()
    start = perf_counter()
    with store.reading() as session:
        stories = len(index.current(session))
    seconds = perf_counter() - start
    gc.collect()
    print(json.dumps({"stories": stories, "seconds": seconds, "megabytes": _private_mb() - before}))


def _private_mb() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


if __name__ == "__main__":
    main()
