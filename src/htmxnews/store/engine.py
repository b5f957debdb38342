"""Connections: a reading engine that cannot write, a writing one that takes the lock first (R02, S21)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

BUSY_MS = 5_000
SQLITE_NEEDED = (3, 51, 3)  # R01: older ones can lose a write when several processes share a WAL


class Store:
    """Both engines of one database.

    `reading()` and `writing()` give a session each for a `with` block; writing commits at its end,
    and rolls back when the block raises.
    """

    def __init__(self, database_url: str) -> None:
        self.url = make_url(database_url)
        self.path = Path(self.url.database or "").absolute()
        self._read = _engine(self.path, _reader, "BEGIN")
        self._write = _engine(self.path, _writer, "BEGIN IMMEDIATE")

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
    engine = create_engine(
        f"sqlite:///{path}",
        module=sqlite,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the transaction is ours to begin; see _on_begin
        prepare(connection)

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _writer(connection: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _reader(connection: Any) -> None:
    for pragma in ("query_only=ON", f"busy_timeout={BUSY_MS}", "mmap_size=1073741824"):
        connection.execute(f"PRAGMA {pragma}")
