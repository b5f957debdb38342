"""The full-text table, whatever database keeps it: this and the two files of its name know how."""

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType

from sqlalchemy.orm import Session

from htmxnews.finding import search_postgresql, search_sqlite
from htmxnews.finding.entries import Entry
from htmxnews.finding.expressions import Expression, Run
from htmxnews.store.engine import Store

TITLE = 6.0  # a place in a title, in places of the body
TOP = 2.2  # of what a term of rarity 1 can add to a score


def put(session: Session, entries: Sequence[Entry]) -> None:
    """Write stories, in place of what was there of them."""
    drop(session, [entry.story_id for entry in entries])
    if entries:
        _table(session).put(session, entries)


def drop(session: Session, story_ids: Iterable[int]) -> None:
    """Forget stories; unknown ids are fine."""
    if gone := list(story_ids):
        _table(session).drop(session, gone)


def clear(session: Session) -> None:
    """Forget all stories."""
    _table(session).clear(session)


def condense(store: Store) -> None:
    """Bring together what was written in parts, in small steps: a word is then looked for in one place."""
    more, first = True, True
    while more:
        with store.writing() as session:
            more, first = _table(session).condense(session, first=first), False


def known(session: Session, story_ids: Sequence[int]) -> list[int]:
    """Those of these stories that are in the table."""
    found: list[int] = _table(session).known(session, story_ids)
    return found


def frequent(session: Session, least: int) -> list[tuple[str, int]]:
    """The terms that stand in at least so many stories, with in how many. Goes through all there are."""
    found: list[tuple[str, int]] = _table(session).frequent(session, least)
    return found


def matching_ids(session: Session, expression: Expression) -> list[int]:
    """The ids of all stories that match, in no order."""
    found: list[int] = _table(session).matching_ids(session, expression)
    return found


def weighed(
    session: Session, terms: Sequence[tuple[Expression, float]], story_ids: Sequence[int], k1: float
) -> list[tuple[int, float]]:
    """What BM25 adds to the scores of some stories for terms, each with its rarity; 0 may be left out."""
    found: list[tuple[int, float]] = _table(session).weighed(session, terms, story_ids, k1)
    return found


def worth(k1: float) -> tuple[float, float]:
    """How much `weighed` makes of one place in a text, and of one in a title, for a word of rarity 1."""
    return TOP / (1 + k1), TOP * TITLE / (TITLE + k1)


def likely(session: Session, told: Mapping[Run, float], limit: int) -> list[int]:
    """Stories that have the most of some runs, by what each tells; all stand in titles or none has to."""
    found: list[int] = _table(session).likely(session, told, limit)
    return found


def document_count(session: Session, term: str) -> int:
    """In how many stories a term stands."""
    found: int = _table(session).document_count(session, term)
    return found


def document_counts(session: Session, terms: Sequence[str]) -> dict[str, int]:
    """In how many stories each of these terms stands; those that stand nowhere are left out."""
    found: dict[str, int] = _table(session).document_counts(session, terms)
    return found


def count(session: Session, expression: Expression) -> int:
    """How many stories match."""
    found: int = _table(session).count(session, expression)
    return found


def _table(session: Session) -> ModuleType:
    return search_sqlite if session.get_bind().dialect.name == "sqlite" else search_postgresql
