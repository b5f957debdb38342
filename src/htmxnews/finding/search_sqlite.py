"""The full-text table in SQLite: FTS5 without the texts, which stand in their own tables."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from htmxnews.finding.entries import Entry
from htmxnews.finding.expressions import AllOf, AnyOf, Expression, Run, Without

# Columns: those of stems, and `exact`, which has the words as they stand.
_COLUMNS = {"stems": "{title summary names body}", "title": "title", "exact": "exact"}
_WEIGHTS = (6.0, 2.5, 2.5, 1.0, 1.0)  # of title, summary, names, body, exact
_K1 = 1.2  # of its BM25, which is fixed

PAGES = 100  # of 4 kB, merged in one transaction, since others wait to write (R02)


def put(session: Session, entries: Sequence[Entry]) -> None:
    lines = [
        {
            "id": entry.story_id,
            "title": " ".join(entry.title),
            "summary": " ".join(entry.summary),
            "names": " ".join(entry.names),
            "body": " ".join(entry.body),
            "exact": " ".join(entry.exact),
        }
        for entry in entries
    ]
    session.execute(_insert, lines)


def drop(session: Session, story_ids: Sequence[int]) -> None:
    session.execute(_delete, [{"id": story_id} for story_id in story_ids])


def clear(session: Session) -> None:
    session.execute(text("INSERT INTO search(search) VALUES ('delete-all')"))


def condense(session: Session, *, first: bool) -> bool:
    """Merge a few hundred pages of its parts; False when there is one part alone. `first` of many times."""
    connection: Any = session.connection().connection.dbapi_connection
    before = connection.total_changes
    session.execute(_merge, {"pages": -PAGES if first else PAGES})  # a negative number takes on all parts
    return bool(connection.total_changes - before >= 2)  # as its documentation says


def known(session: Session, story_ids: Sequence[int]) -> list[int]:
    return list(session.scalars(_known, {"ids": json.dumps(list(story_ids))}))


def frequent(session: Session, least: int) -> list[tuple[str, int]]:
    return [(row.term, row.doc) for row in session.execute(_frequent, {"least": least})]


def matching_ids(session: Session, expression: Expression) -> list[int]:
    found = session.connection().execute(_ids, {"query": written(expression)})
    return [story_id for (story_id,) in found.cursor.fetchall()]  # in half the time


def weighed(
    session: Session, terms: Sequence[tuple[Expression, float]], story_ids: Sequence[int], k1: float
) -> list[tuple[int, float]]:
    query = written(AnyOf(tuple(term for term, _ in terms)))  # bm25 knows their rarities itself
    asked = {"query": query, "ids": json.dumps(story_ids)}
    found = session.connection().execute(_weighed(k1), asked)
    return [(story_id, -rank) for story_id, rank in found.cursor.fetchall()]


def likely(session: Session, told: Mapping[Run, float], limit: int) -> list[int]:
    queries = {written(run): tells for run, tells in told.items()}
    return list(session.scalars(_likely, {"queries": json.dumps(queries), "limit": limit}))


def document_count(session: Session, term: str) -> int:
    return session.execute(_documents, {"term": term}).scalar() or 0


def document_counts(session: Session, terms: Sequence[str]) -> dict[str, int]:
    found = session.execute(_documents_of, {"terms": json.dumps(list(terms), ensure_ascii=False)})
    return {row.term: row.doc for row in found}


def count(session: Session, expression: Expression) -> int:
    found: int = session.execute(_count, {"query": written(expression)}).scalar_one()
    return found


def written(expression: Expression) -> str:
    """An expression in the words of FTS5."""
    match expression:
        case Run(tokens, among, begins):
            text_of = '"' + " ".join(tokens).replace('"', '""') + '"' + (" *" if begins else "")
            return f"{_COLUMNS[among]} : ({text_of})"
        case AllOf(parts):
            return "(" + " AND ".join(map(written, parts)) + ")"
        case AnyOf(parts):
            return "(" + " OR ".join(map(written, parts)) + ")"
        case Without(wanted, unwanted):
            return f"({written(wanted)} NOT {written(unwanted)})"


def _bm25(k1: float) -> str:
    """Its BM25 with another k1: smaller weights do what a larger one would."""
    return f"bm25(search, {', '.join(str(weight * _K1 / k1) for weight in _WEIGHTS)})"


@cache
def _weighed(k1: float) -> TextClause:
    """The plus keeps SQLite from looking for each story on its own."""
    return text(
        f"SELECT rowid, {_bm25(k1)} FROM search WHERE search MATCH :query"  # noqa: S608 (numbers)
        " AND +rowid IN (SELECT value FROM json_each(:ids))"
    )


_insert = text(
    "INSERT INTO search(rowid, title, summary, names, body, exact)"
    " VALUES (:id, :title, :summary, :names, :body, :exact)"
)
_merge = text("INSERT INTO search(search, rank) VALUES ('merge', :pages)")
_delete = text("DELETE FROM search WHERE rowid = :id")
_known = text("SELECT rowid FROM search WHERE rowid IN (SELECT value FROM json_each(:ids))")
_frequent = text("SELECT term, doc FROM search_terms WHERE doc >= :least")
_ids = text("SELECT rowid FROM search WHERE search MATCH :query")
_likely = text(
    "SELECT search.rowid FROM json_each(:queries) AS told CROSS JOIN search ON search MATCH told.key"
    " GROUP BY search.rowid ORDER BY sum(told.value) DESC, search.rowid DESC LIMIT :limit"
)
_count = text("SELECT count(*) FROM search WHERE search MATCH :query")
_documents_of = text(
    "SELECT term, doc FROM json_each(:terms) AS asked CROSS JOIN search_terms ON term = asked.value"
)
_documents = text("SELECT doc FROM search_terms WHERE term = :term")
