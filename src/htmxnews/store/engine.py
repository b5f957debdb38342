"""Connections: a reading engine that cannot write, a writing one that takes the lock first (R02, S21)."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

BUSY_MS = 5_000
STATEMENT_S = 1.0  # S23: what a page may ask of the database at once
UNTIMED = {"untimed": True}  # execution options of what reads a whole table, once a revision
_STEPS = 10_000  # SQLite's own steps between two looks at the clock, less than a millisecond
SQLITE_NEEDED = (3, 51, 3)  # R01: older ones can lose a write when several processes share a WAL


class Store:
    """Both engines of one database.

    `reading()` and `writing()` give a session each for a `with` block; writing commits at its end,
    and rolls back when the block raises. With `statement_s` a statement that reads for longer, in seconds,
    ends in an OperationalError.
    """

    def __init__(self, database_url: str, *, statement_s: float | None = None) -> None:
        self.path = Path(make_url(database_url).database or "").absolute()
        self._read = _engine(self.path, _reader, "BEGIN")
        self._write = _engine(self.path, _writer, "BEGIN IMMEDIATE")
        if statement_s is not None:
            _limit(self._read, statement_s)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._read, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self._write) as session, session.begin():
            yield session

    @property
    def write_engine(self) -> Engine:
        return self._write

    def dispose(self) -> None:
        self._read.dispose()
        self._write.dispose()


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
