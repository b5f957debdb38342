"""What to look for in the search table, as a tree; each database has its own way to write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Union

Among = Literal["stems", "title", "exact"]  # the stems of all fields or of titles only; words as they stand


@dataclass(frozen=True)
class Run:
    """Tokens that stand together as they are, or a single one."""

    tokens: tuple[str, ...]
    among: Among = "stems"
    begins: bool = False  # the last token may be the beginning of a longer one


@dataclass(frozen=True)
class AllOf:
    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Without:
    wanted: "Expression"
    unwanted: "Expression"


Expression = Union[Run, AllOf, AnyOf, Without]  # noqa: UP007 (names itself)


def stems(tokens: Sequence[str]) -> Run:
    """A run among the stems."""
    return Run(tuple(tokens))


def runs(expression: Expression) -> list[Run]:
    """Every run that is wanted, in order, each once."""
    match expression:
        case Run():
            found = [expression]
        case AllOf(parts) | AnyOf(parts):
            found = [run for part in parts for run in runs(part)]
        case Without(wanted, _):
            found = runs(wanted)
    return list(dict.fromkeys(found))
