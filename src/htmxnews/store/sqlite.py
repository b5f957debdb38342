"""Connections to a SQLite file: one that cannot write, one that takes the lock first (R02, S21)."""

import math
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

BUSY_MS = 5_000
VERSION = str(sqlite.sqlite_version)
NEEDED = "3.51.3"  # R01: older ones can lose a write when several processes share a WAL
_STEPS = 10_000  # SQLite's own steps between two looks at the clock, less than a millisecond


def reading_engine(path: Path, statement_s: float | None) -> Engine:
    engine = _engine(path, _reader, "BEGIN")
    if statement_s is not None:
        _limit(engine, statement_s)
    return engine


def writing_engine(path: Path) -> Engine:
    return _engine(path, _writer, "BEGIN IMMEDIATE")


def asking(connection: Any, statement: str) -> Callable[[], list[Any]]:
    """A way to ask the same again and again."""
    cursor = connection.cursor()
    return lambda: list(cursor.execute(statement))


def _engine(path: Path, prepare: Callable[[Any], None], begin: str) -> Engine:
    # Never makes the file (`migrate` does), so that nobody leaves an empty one in the place of a lost one.
    address = f"{path.as_uri()}?mode=rw"

    def connect() -> Any:
        return sqlite.connect(address, uri=True, timeout=BUSY_MS / 1000, check_same_thread=False)

    engine = create_engine(
        "sqlite://", module=sqlite, creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=24
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the transaction is ours to begin; see _on_begin
        prepare(connection)

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _limit(engine: Engine, seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: Any) -> None:
        connection.set_progress_handler(lambda: monotonic() > record.info.get("deadline", math.inf), _STEPS)

    @event.listens_for(engine, "before_cursor_execute")
    def _on_execute(
        connection: Connection, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool
    ) -> None:
        untimed = context.execution_options.get("untimed", False)
        connection.info["deadline"] = math.inf if untimed else monotonic() + seconds


def _writer(connection: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _reader(connection: Any) -> None:
    for pragma in ("query_only=ON", f"busy_timeout={BUSY_MS}", "mmap_size=1073741824"):
        connection.execute(f"PRAGMA {pragma}")
