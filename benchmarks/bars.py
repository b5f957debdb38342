"""The bars that reading must meet, and the table that shows each beside its figure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Figures = Mapping[str, float]


class Bar(NamedTuple):
    """What is measured, and how much of it is allowed or asked for."""

    figure: str
    limit: float
    unit: str = "x"
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.unit}"


BARS = (
    Bar("a deep page against page 1", 1.15),
    Bar("page 1, the largest against 10,000 stories", 1.3),
    Bar("and, or, not of up to 3 tags, with rows: median", 18, "R"),
    Bar("and, or, not of up to 3 tags, with rows: p99 cpu", 1, "ms"),
    Bar("two disjoint common tags: median", 18, "R"),
    Bar("page, total and 50 counts: median", 110, "R"),
    Bar("page, total and 50 counts: p99 cpu", 4, "ms"),
    Bar("search for a word, newest first, worst class: median", 13, "R"),
    Bar("search by relevance, worst of 11 classes: median", 5, "ms"),
    Bar("search by relevance, worst of 11 classes: p99 cpu", 10, "ms"),
    Bar("popular, top 20: median", 5, "R"),
    Bar("suggestions for 1 to 4 letters: median", 10, "R"),
    Bar("related, stored list: median", 3, "R"),
    Bar("recording a view: median", 1, "µs"),
    Bar("index memory a worker", 80, "MB"),
    Bar("start until ready, from the saved index", 1, "s"),
    Bar("a commit seen by all workers at their next request", 1, "of all", at_least=True),
    Bar("HTTP: page from the cache", 1.0, "hello", at_least=True),
    Bar("HTTP: page not in the cache", 0.35, "hello", at_least=True),
    Bar("readers' median while a bulk import runs", 1.3, "quiet"),
)


def table(columns: Mapping[str, Figures]) -> Sequence[str]:
    """Lines: every bar with its figure in each column, `!` where one is missed."""
    lines = [f"{'':52} {'bar':>14}" + "".join(f"{name:>14}" for name in columns)]
    for bar in BARS:
        line = f"{bar.figure:52} {bar!s:>14}"
        for figures in columns.values():
            value = figures[bar.figure]
            line += f"{value:>12,.2f} {' ' if bar.is_met(value) else '!'}"
        lines.append(line)
    return lines
