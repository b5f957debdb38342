"""The full-text table: the only SQL that knows how search is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

TEXT = ("title", "summary", "names", "body")  # columns of stems; `exact` has the words as they stand
_SCORE = "bm25(search, 6.0, 2.5, 2.5, 1.0, 1.0)"
FIELD_END = "\u00b6"  # a token between fields, so that no phrase reaches from one into the next


@dataclass(frozen=True)
class Entry:
    """One story's tokens, a column each: stems in the first four, folded words in `exact`."""

    story_id: int
    title: Sequence[str]
    summary: Sequence[str]
    names: Sequence[str]  # of tags, category and authors
    body: Sequence[str]
    exact: Sequence[str]


def put(session: Session, entries: Sequence[Entry]) -> None:
    """Write stories, in place of what was there of them."""
    drop(session, [entry.story_id for entry in entries])
    if entries:
        session.execute(
            _insert,
            [
                {
                    "id": entry.story_id,
                    "title": " ".join(entry.title),
                    "summary": " ".join(entry.summary),
                    "names": " ".join(entry.names),
                    "body": " ".join(entry.body),
                    "exact": " ".join(entry.exact),
                }
                for entry in entries
            ],
        )


def drop(session: Session, story_ids: Iterable[int]) -> None:
    """Forget stories; unknown ids are fine."""
    if gone := [{"id": story_id} for story_id in story_ids]:
        session.execute(_delete, gone)


def clear(session: Session) -> None:
    """Forget all stories."""
    session.execute(text("INSERT INTO search(search) VALUES ('delete-all')"))


def matching_ids(session: Session, query: str) -> list[int]:
    """The ids of all stories that match, in no order."""
    return list(session.scalars(_ids, {"query": query}))


def ranked(session: Session, query: str, limit: int) -> list[tuple[int, float]]:
    """The best `limit` stories with their score (more is better), best first."""
    return [
        (story_id, -rank) for story_id, rank in session.execute(_ranked, {"query": query, "limit": limit})
    ]


def document_count(session: Session, term: str) -> int:
    """In how many stories a term stands."""
    return session.execute(_documents, {"term": term}).scalar() or 0


def count(session: Session, query: str) -> int:
    """How many stories match."""
    found: int = session.execute(_count, {"query": query}).scalar_one()
    return found


def quoted(tokens: Sequence[str]) -> str:
    """Tokens as one FTS5 string: a term, or a phrase when there are several."""
    return '"' + " ".join(tokens).replace('"', '""') + '"'


def in_text(expression: str) -> str:
    """The expression, looked for among the stems."""
    return f"{{{' '.join(TEXT)}}} : ({expression})"


def in_exact(expression: str) -> str:
    """The expression, looked for among the words as they stand."""
    return f"exact : ({expression})"


_insert = text(
    "INSERT INTO search(rowid, title, summary, names, body, exact)"
    " VALUES (:id, :title, :summary, :names, :body, :exact)"
)
_delete = text("DELETE FROM search WHERE rowid = :id")
_ids = text("SELECT rowid FROM search WHERE search MATCH :query")
_count = text("SELECT count(*) FROM search WHERE search MATCH :query")
_ranked = text(
    f"SELECT rowid, {_SCORE} AS score FROM search WHERE search MATCH :query"  # noqa: S608 (a constant)
    " ORDER BY score, rowid DESC LIMIT :limit"
)
_documents = text("SELECT doc FROM search_terms WHERE term = :term")
