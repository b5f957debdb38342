"""The database: a reading engine that cannot write, a writing one whose transactions come one by one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import local
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from htmxnews.store import postgresql, sqlite
from htmxnews.store.revisions import NUMBERS, Reading

STATEMENT_S = 1.0  # S23: what a page may ask of the database at once
UNTIMED = {"untimed": True}  # execution options of what reads a whole table, once a revision


class Store:
    """Both engines of one database.

    `reading()` and `writing()` give a session each for a `with` block; writing commits at its end,
    and rolls back when the block raises. With `statement_s` a statement that reads for longer, in seconds,
    ends in an OperationalError.
    """

    def __init__(self, database_url: str, *, statement_s: float | None = None) -> None:
        self.url = make_url(database_url)
        self.is_file = self.url.get_backend_name() == "sqlite"
        self._mine = local()
        if self.is_file:
            self._read = sqlite.reading_engine(self.path, statement_s)
            self._write = sqlite.writing_engine(self.path)
        else:
            self._read = postgresql.reading_engine(self.url, statement_s)
            self._write = postgresql.writing_engine(self.url)

    @property
    def path(self) -> Path:
        """Where the file of a SQLite database lies."""
        return Path(self.url.database or "").absolute()

    @property
    def name(self) -> str:
        """What to call it, without a password."""
        return str(self.path) if self.is_file else self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self, believed: Mapping[str, int] | None = None) -> Iterator[Session]:
        with Reading(self._read, believed) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self._write) as session, session.begin():
            yield session

    def numbers(self) -> Mapping[str, int] | None:
        """All numbers that the site shares: where they are equal, nothing has changed.

        Read in microseconds over a connection that each thread keeps. None when the database does not answer.
        """
        try:
            ask = getattr(self._mine, "ask", None)
            if ask is None:
                connection = self._mine.connection = self._read.raw_connection()
                database = sqlite if self.is_file else postgresql
                ask = self._mine.ask = database.asking(connection, NUMBERS)
            return dict(ask())
        except Exception:  # whatever the driver raises; the request itself will tell what is wrong
            self._forget_mine()
            return None

    def _forget_mine(self) -> None:
        """What was prepared on the connection may not hold any more, so nobody else is to have it."""
        connection: Any = getattr(self._mine, "connection", None)
        self._mine.ask = self._mine.connection = None
        if connection is not None:
            connection.invalidate()

    def fold_log(self) -> None:
        """Write what a large import left in SQLite's log into its file: readers look through both."""
        if self.is_file:
            connection = self._write.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    @property
    def write_engine(self) -> Engine:
        return self._write

    def dispose(self) -> None:
        self._mine = local()
        self._read.dispose()
        self._write.dispose()
