"""Connections to PostgreSQL that behave as those to SQLite do: readers see one state and cannot write (S21),
writers come one after another (R02), and nobody waits for ever (S23, R06)."""

from collections.abc import Callable
from typing import Any

from psycopg import Cursor, OperationalError
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn
from sqlalchemy import URL, Connection, Engine, create_engine, event

LOCK_MS = 5_000
CONNECT_S = 5
_ONE_WRITER = 7_214_935  # the number of the lock that every writing transaction takes, any number of our own
_ASKED = b"asked"  # the name of a prepared statement


def reading_engine(url: URL, statement_s: float | None) -> Engine:
    """One transaction is one snapshot, from its first reading to its end."""
    engine = _engine(
        url,
        {"default_transaction_read_only": "on", "default_transaction_isolation": "repeatable\\ read"},
    )
    if statement_s is not None:
        _limit(engine, round(statement_s * 1000))
    return engine


def writing_engine(url: URL) -> Engine:
    """Its transactions begin with the lock: so revisions, and ids, come to light in their order."""
    engine = _engine(url, {"lock_timeout": str(LOCK_MS)})

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_WRITER})")

    return engine


def asking(connection: Any, statement: str) -> Callable[[], list[tuple[str, int]]]:
    """A way to ask the same for names and their numbers again and again, outside of any transaction.

    It asks what lies under psycopg's cursors: they give the interpreter away several times a question, and
    where threads wait for it, that costs more than the question.
    """
    connection.rollback()  # within a transaction nothing would ever change
    below: PGconn = connection.driver_connection.pgconn
    # Where it is prepared already, whoever had the connection before has asked the same.
    below.prepare(_ASKED, statement.encode())

    def ask() -> list[tuple[str, int]]:
        found = below.exec_prepared(_ASKED, None)
        if found.status != ExecStatus.TUPLES_OK:
            raise OperationalError(found.error_message.decode())
        value = found.get_value
        return [((value(row, 0) or b"").decode(), int(value(row, 1) or 0)) for row in range(found.ntuples)]

    return ask


class _BinaryCursor(Cursor[Any]):
    """Takes results as the server has them: as text, sets come twice as long and have to be decoded."""

    def __init__(self, *of: Any, **more: Any) -> None:
        super().__init__(*of, **more)
        self.format = Format.BINARY


def _engine(url: URL, settings: dict[str, str]) -> Engine:
    # Compiled, a statement that ends in milliseconds takes several times as long; the planner would compile
    # those that it takes for dear, as it does most that look for words in many stories.
    settings = settings | {"jit": "off"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        connect_args={
            "options": options,
            "connect_timeout": CONNECT_S,
            "application_name": "htmxnews",
            "cursor_factory": _BinaryCursor,
        },
    )


def _limit(engine: Engine, milliseconds: int) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def _on_execute(
        connection: Connection, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool
    ) -> None:
        wanted = 0 if context.execution_options.get("untimed", False) else max(1, milliseconds)
        if connection.info.get("statement_ms") != wanted:
            connection.connection.cursor().execute(f"SET statement_timeout = {wanted}")
            connection.info["statement_ms"] = wanted
