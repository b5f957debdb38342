"""Backups: made by the database itself while it is served, checked after writing, and put back (R07)."""

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from htmxnews.store import dumps
from htmxnews.store.dumps import CopyError
from htmxnews.store.engine import Store

__all__ = ["CopyError", "backup", "check", "restore"]


def backup(store: Store, file: Path) -> int:
    """Write a consistent copy and return how many stories are in it. Raises CopyError."""
    if file.exists():
        raise CopyError(f"{file} exists already; a backup never overwrites")
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    if not store.is_file:
        return dumps.backup(store, part, file)
    try:
        with closing(sqlite.connect(store.path)) as source, closing(sqlite.connect(part)) as target:
            source.backup(target, pages=2_000)
            target.execute("PRAGMA journal_mode=DELETE")
        stories = check(part)
        part.replace(file)
    except sqlite.Error as error:
        raise CopyError(f"{file} could not be written: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return stories


def check(file: Path) -> int:
    """Open a backup, test it, and return how many stories are in it. Raises CopyError."""
    try:
        with closing(sqlite.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            verdict = _one(connection, "PRAGMA integrity_check(1)")
            if verdict != "ok":
                raise CopyError(f"{file} is damaged: {verdict.splitlines()[-1]}")
            _one(connection, "SELECT version_num FROM alembic_version")
            return int(_one(connection, "SELECT count(*) FROM story"))
    except sqlite.Error as error:
        raise CopyError(f"{file} is not a database of htmxnews: {error}") from None


def restore(store: Store, file: Path) -> Path | None:
    """Put a checked backup in the place of the database; return where the one before is kept, if any.

    Raises CopyError, and then the database is what it was.
    """
    if not store.is_file:
        return dumps.restore(store, file)
    check(file)
    store.path.parent.mkdir(parents=True, exist_ok=True)
    part = store.path.with_name(store.path.name + ".restored")
    part.unlink(missing_ok=True)
    kept = None
    try:
        with closing(sqlite.connect(file)) as source, closing(sqlite.connect(part)) as target:
            source.backup(target)
        if store.path.exists():
            kept = store.path.with_name(f"{store.path.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
            _set_aside(store, kept)
        part.replace(store.path)
    except sqlite.Error as error:
        raise CopyError(f"{file} could not be put back: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return kept


def _set_aside(store: Store, kept: Path) -> None:
    """Keep the database under another name as well, as one file; a damaged one with its log beside it."""
    store.dispose()
    try:
        with closing(sqlite.connect(store.path, timeout=1)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite.OperationalError as error:
        raise CopyError(
            f"the database is in use, or may not be written ({error}); stop the server first"
        ) from None
    except sqlite.DatabaseError:
        for suffix in ("-wal", "-shm"):
            beside = store.path.with_name(store.path.name + suffix)
            if beside.exists():
                beside.replace(kept.with_name(kept.name + suffix))
    try:
        kept.hardlink_to(store.path)  # until the other takes its place: a kill in between loses none
    except OSError:  # not every file system has links
        shutil.copyfile(store.path, kept)


def _one(connection: Any, statement: str) -> Any:
    row = connection.execute(statement).fetchone()
    return row[0] if row else None
