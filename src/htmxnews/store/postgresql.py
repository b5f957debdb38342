"""Connections to PostgreSQL that behave as those to SQLite do: readers see one state and cannot write (S21),
writers come one after another (R02), and nobody waits for ever (S23, R06)."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

LOCK_MS = 5_000
CONNECT_S = 5
_ONE_WRITER = 7_214_935  # the number of the lock that every writing transaction takes, any number of our own


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


def _engine(url: URL, settings: dict[str, str]) -> Engine:
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        connect_args={"options": options, "connect_timeout": CONNECT_S, "application_name": "htmxnews"},
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
