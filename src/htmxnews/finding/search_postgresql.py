"""The full-text table in PostgreSQL: one tsvector a story, of our own tokens; exact words begin with a sign.

What stands in titles is kept once more in a table of its own: a vector of a whole story is packed and lies
apart, and takes a twentieth of a millisecond to read, which an index of places in it does not spare.

Positions end at 16,383 there: of longer texts the words behind are still found, but not as phrases.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from htmxnews.finding.entries import Entry
from htmxnews.finding.expressions import AllOf, AnyOf, Expression, Run, Without, runs

_EXACT = "="
_LAST = 16_383  # position, and
_PLACES = 255  # positions of one token, that a tsvector holds
_TOKENS = 60_000  # of a field: with more it would be too large
_WEIGHTS = "'{0.17, 0.42, 0.42, 1.0}'"  # of body and exact words (D), names (C), summary (B), title (A)
_BODY = 0.17  # the first of these
_TOP = 2.2  # of what a term of rarity 1 can add to a score


def put(session: Session, entries: Sequence[Entry]) -> None:
    session.execute(_insert, [{"id": entry.story_id, "words": _vector(entry)} for entry in entries])
    session.execute(_insert_titles, {"ids": [entry.story_id for entry in entries]})
    session.execute(_settle)


def drop(session: Session, story_ids: Sequence[int]) -> None:
    session.execute(_delete, {"ids": list(story_ids)})
    session.execute(_delete_titles, {"ids": list(story_ids)})


def clear(session: Session) -> None:
    session.execute(text("TRUNCATE search, search_title"))


def condense(_session: Session, *, first: bool) -> bool:  # noqa: ARG001 (as the other table has it)
    return False  # its index is one tree


def known(session: Session, story_ids: Sequence[int]) -> list[int]:
    return list(session.scalars(_known, {"ids": list(story_ids)}))


def frequent(session: Session, least: int) -> list[tuple[str, int]]:
    return [(row.word, row.ndoc) for row in session.execute(_frequent, {"least": least, "exact": _EXACT})]


def matching_ids(session: Session, expression: Expression) -> list[int]:
    ids = _ids_of_titles if _is_of_titles(expression) else _ids
    found = session.connection().execute(ids, {"query": written(expression)})
    return [story_id for (story_id,) in found.cursor.fetchall()]  # a row at a time takes twice as long


def weighed(
    session: Session, terms: Sequence[tuple[Expression, float]], story_ids: Sequence[int], k1: float
) -> list[tuple[int, float]]:
    rarities = {written(run): rarity for term, rarity in terms for run in runs(term)}
    asked = {
        "ids": list(story_ids),
        "terms": list(rarities),
        "rarities": list(rarities.values()),
        "enough": k1 * _BODY,
    }
    return [(row.story_id, row.score) for row in session.execute(_weighed, asked)]


def likely(session: Session, told: Mapping[Run, float], limit: int) -> list[int]:
    """By what the index of words knows alone: where they stand would have to be read from the vectors."""
    queries = {written(run): tells for run, tells in told.items()}
    asked = {"queries": list(queries), "tells": list(queries.values()), "limit": limit}
    _keep_to_indexes(session)
    return list(session.scalars(_likely_by_titles if _is_of_titles(AnyOf(tuple(told))) else _likely, asked))


def document_count(session: Session, term: str) -> int:
    return count(session, AnyOf((Run((term,)), Run((term,), "exact"))))


def document_counts(session: Session, terms: Sequence[str]) -> dict[str, int]:
    queries = {term: written(AnyOf((Run((term,)), Run((term,), "exact")))) for term in terms}
    counted = _counted(session, list(queries.values()))
    return {term: found for term, query in queries.items() if (found := counted[query])}


def count(session: Session, expression: Expression) -> int:
    query = written(expression)
    return _counted(session, [query])[query]


def _counted(session: Session, queries: Sequence[str]) -> dict[str, int]:
    """How many entries each query finds. A reading session sees one state, and so asks for each but once."""
    known: dict[str, int] = session.info.setdefault(_counts, {})
    if missing := [query for query in queries if query not in known]:
        _keep_to_indexes(session)
        found = session.execute(_counts, {"queries": missing})
        known.update((row.query, row.entries) for row in found)
    return {query: known[query] for query in queries}


def _keep_to_indexes(session: Session) -> None:
    """To read every vector is dearer than the planner believes, since they do not lie in the table itself."""
    if not session.info.get(_by_index):
        session.execute(_by_index)
        session.info[_by_index] = True


def _is_of_titles(expression: Expression) -> bool:
    return all(run.among == "title" for run in runs(expression))


def written(expression: Expression) -> str:
    """An expression as a tsquery."""
    match expression:
        case Run(tokens, among, begins):
            lexemes = [_quoted(_EXACT + token if among == "exact" else token) for token in tokens]
            marks = ("*" if begins else "") + ("A" if among == "title" else "")
            return "(" + " <-> ".join(lexemes) + (f":{marks}" if marks else "") + ")"
        case AllOf(parts):
            return "(" + " & ".join(map(written, parts)) + ")"
        case AnyOf(parts):
            return "(" + " | ".join(map(written, parts)) + ")"
        case Without(wanted, unwanted):
            return f"({written(wanted)} & !{written(unwanted)})"


def _vector(entry: Entry) -> str:
    places: dict[str, list[str]] = defaultdict(list)
    fields = (("A", entry.title), ("B", entry.summary), ("C", entry.names), ("D", entry.body))
    for token, place in (*_placed(fields), *_placed((("D", [_EXACT + word for word in entry.exact]),))):
        places[token].append(place)
    return " ".join(f"{_quoted(token)}:{','.join(at[:_PLACES])}" for token, at in places.items())


def _placed(fields: Iterable[tuple[str, Sequence[str]]]) -> Iterator[tuple[str, str]]:
    """Tokens with their positions and weights; between fields one position stays free."""
    at = 0
    for weight, tokens in fields:
        for token in tokens[:_TOKENS]:
            at = min(at + 1, _LAST)
            yield token, f"{at}{weight}"
        at += 1


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


_insert = text("INSERT INTO search (story_id, words) VALUES (:id, CAST(:words AS tsvector))")
# New words wait in a list that each search walks through: until a vacuum, it takes a hundred times as long.
_settle = text(
    "SELECT gin_clean_pending_list(name) FROM unnest(CAST(:names AS regclass[])) AS name"
).bindparams(names=["ix_search_words", "ix_search_title_words"])
_insert_titles = text(
    "INSERT INTO search_title"
    " SELECT story_id, ts_filter(words, '{a}') FROM search WHERE story_id = ANY (:ids)"
)
_delete_titles = text("DELETE FROM search_title WHERE story_id = ANY (:ids)")
_delete = text("DELETE FROM search WHERE story_id = ANY (:ids)")
_known = text("SELECT story_id FROM search WHERE story_id = ANY (:ids)")
_frequent = text(
    "SELECT word, ndoc FROM ts_stat('SELECT words FROM search')"
    " WHERE ndoc >= :least AND NOT starts_with(word, :exact)"
)
_ids = text("SELECT story_id FROM search WHERE words @@ CAST(:query AS tsquery)")
_ids_of_titles = text("SELECT story_id FROM search_title WHERE words @@ CAST(:query AS tsquery)")
_by_index = text("SET LOCAL enable_seqscan = off")
_counts = text(
    "SELECT query, (SELECT count(*) FROM search WHERE words @@ CAST(query AS tsquery)) AS entries"
    " FROM unnest(CAST(:queries AS text[])) AS query"
)
# By BM25: `ts_rank_cd` of a single term adds up the weights of its places. A vector may lie packed outside of
# its table: joined to nothing, it is read and unpacked once for all terms.
_weighed = text(
    "WITH own AS MATERIALIZED"  # noqa: S608 (constants)
    " (SELECT story_id, words || '' AS words FROM search WHERE story_id = ANY (:ids)),"
    " place AS (SELECT story_id, rarity, length(words) AS size,"
    f" ts_rank_cd({_WEIGHTS}, words, CAST(query AS tsquery)) AS weight"
    " FROM own, unnest(CAST(:terms AS text[]), CAST(:rarities AS float8[])) AS term (query, rarity))"
    f" SELECT story_id, sum({_TOP} * rarity * weight / (weight + :enough * (0.25 + 0.75 * size / usual)))"
    " AS score FROM place, (SELECT avg(length(words)) AS usual FROM own) AS lengths GROUP BY story_id"
)
_LIKELY = (
    "SELECT story_id FROM unnest(CAST(:queries AS text[]), CAST(:tells AS float8[])) AS told (query, tells)"
    " JOIN {table} ON words @@ CAST(query AS tsquery)"
    " GROUP BY story_id ORDER BY sum(tells) DESC, story_id DESC LIMIT :limit"
)
_likely = text(_LIKELY.format(table="search"))
_likely_by_titles = text(_LIKELY.format(table="search_title"))
