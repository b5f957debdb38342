"""What SQLite and PostgreSQL say differently, each in one place."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def adding_up(model: Any, number: Any, *, by: tuple[Any, ...]) -> Any:
    """Insert rows of `model`; where one is there already, by these columns, only its `number` grows."""
    # Both say it alike, and SQLAlchemy's words for SQLite are understood by both.
    rows = insert(model)
    return rows.on_conflict_do_update(
        index_elements=list(by), set_={number.key: number + rows.excluded[number.key]}
    )


def among(column: Any) -> ColumnElement[bool]:
    """`column` is one of :ids, a JSON array: so the SQL text is the same for every number of ids."""
    found: ColumnElement[bool] = column.bool_op("IN")(_Listed(bindparam("ids")))
    return found


def among_words(column: Any) -> ColumnElement[bool]:
    """`column` is one of :words, a JSON array."""
    return _AmongWords(column, bindparam("words"))


class _Listed(FunctionElement[int]):
    inherit_cache = True
    name = "listed"
    type = BigInteger()


@compiles(_Listed, "sqlite")
def _listed_sqlite(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    ids = compiler.process(element.clauses, **options)
    return f"(SELECT value FROM json_each({ids}))"  # noqa: S608 (a parameter's mark)


@compiles(_Listed, "postgresql")
def _listed_postgresql(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    ids = compiler.process(element.clauses, **options)
    return f"(SELECT unnest(CAST(translate({ids}, '[]', '{{}}') AS bigint[])))"


class _AmongWords(FunctionElement[bool]):
    inherit_cache = True
    name = "among_words"
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 (SQLAlchemy's)
        """As it is: SQLite would be asked whether it is 1, and then uses no index for it."""
        return self


@compiles(_AmongWords, "sqlite")
def _among_words_sqlite(element: _AmongWords, compiler: SQLCompiler, **options: Any) -> str:
    column, words = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({words}))"  # noqa: S608 (a column and a parameter's mark)


@compiles(_AmongWords, "postgresql")
def _among_words_postgresql(element: _AmongWords, compiler: SQLCompiler, **options: Any) -> str:
    # An array: of a list of unknown length it believes that to read all rows is cheaper.
    column, words = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT json_array_elements_text(CAST({words} AS json))))"
