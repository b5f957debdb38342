"""`make bench`: tables of ratios on the screen, and the same as JSON in `benchmarks/results/`.

Sizes are 1,000 and 100,000 stories, and a million with SCALE=1000000. Search and related stories are
derived and measured at 1,000 only: deriving them takes minutes from 10,000 on.
"""

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import corpus
import reading
import serving

from htmxnews.finding import derive

RESULTS = Path(__file__).resolve().parent / "results"
DERIVED_UP_TO = 1_000


def main() -> None:
    sizes = [1_000, 100_000, *([1_000_000] if os.environ.get("SCALE") == "1000000" else [])]
    report = {f"{size} stories": _one_size(size) for size in sizes}
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    file.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nWritten to {file.relative_to(RESULTS.parents[1])}")


def _one_size(stories: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "news.db"
        with reading.opened(str(database)) as store:
            corpus.build(store, stories)
            derived = stories <= DERIVED_UP_TO
            if derived:
                derive.catch_up(store)
            inside = _against(reading.measure(store, stories, derived), "R")
        _table(f"{stories:,} stories, in one process, in units of R", inside, "microseconds")
        outside = _against(serving.measure(database), "hello")
        _table(f"{stories:,} stories, over HTTP, against a constant page", outside, "requests/s")
    return {"reading": inside, "serving": outside}


def _against(figures: dict[str, float], floor: str) -> dict[str, float]:
    ratios = {name: round(value / figures[floor], 3) for name, value in figures.items() if name != floor}
    return {f"{floor} (absolute)": round(figures[floor], 1), **ratios}


def _table(title: str, figures: dict[str, float], unit: str) -> None:
    print(f"\n{title}")
    for name, value in figures.items():
        print(f"  {name:32} {value:10,.2f}{f' {unit}' if 'absolute' in name else ' x'}")


if __name__ == "__main__":
    main()
