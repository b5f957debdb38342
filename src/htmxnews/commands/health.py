"""What `doctor` looks at."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from htmxnews import places
from htmxnews.commands.common import in_stories
from htmxnews.config import Config, ConfigError
from htmxnews.finding import derive
from htmxnews.store import dumps, migrate, sqlite
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    found: str
    mend: str = ""  # what to do, empty where all is well


def checks() -> list[Check]:
    """Look at everything that a healthy installation needs; what builds on something broken is not asked."""
    return list(_checks())


def _checks() -> Iterator[Check]:
    try:
        config = Config.from_env()
    except ConfigError as error:
        yield Check("settings", False, f"{error}.", "Change or unset it; every setting has a default.")
        return
    yield Check("settings", True, f"readers come to {config.base_url}")
    store = Store(config.database_url)
    yield from [_sqlite()] if store.is_file else []
    yield _files()
    yield _media(config.media_dir)
    try:
        yield from _database(store)
    finally:
        store.dispose()


def _sqlite() -> Check:
    found, needed = sqlite.VERSION, sqlite.NEEDED
    if [int(part) for part in found.split(".")] >= [int(part) for part in needed.split(".")]:
        return Check("SQLite", True, found)
    return Check(
        "SQLite", False, f"{found} is older than {needed}.", "Install the locked dependencies again."
    )


def _files() -> Check:
    missing = [
        str(path) for path in (places.TEMPLATES, places.STATIC, places.GUNICORN_CONF) if not path.exists()
    ]
    if missing:
        return Check("files", False, f"{', '.join(missing)} is missing.", "Install htmxnews again.")
    return Check("files", True, str(places.ROOT))


def _media(folder: Path) -> Check:
    near = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if near.is_dir() and os.access(near, os.W_OK):
        return Check("media folder", True, str(folder))
    return Check(
        "media folder",
        False,
        f"{folder} cannot be written.",
        "Let this user write there, or set HTMXNEWS_MEDIA_DIR.",
    )


def _database(store: Store) -> Iterator[Check]:
    try:
        current = migrate.is_current(store)
    except (SQLAlchemyError, OSError) as error:
        mend = "Restore a backup, or set HTMXNEWS_DATABASE_URL."
        yield Check("database", False, f"{store.name}: {_reason(error)}.", mend)
        return
    if not current:
        found = (
            "it does not exist yet." if store.is_file and not store.path.exists() else "its schema is behind."
        )
        yield Check("database", False, f"{store.name}: {found}", "Run `htmxnews migrate`.")
        return
    yield _writing(store)
    yield _stories(store)
    yield from (check(store) for check in (_subscriptions, _derived))
    yield from [] if store.is_file else [_tools()]


def _writing(store: Store) -> Check:
    try:
        with store.writing() as session:
            session.connection()  # which takes the lock
            return Check("database", True, store.name)
    except SQLAlchemyError as error:
        mend = "Let this user write it and its folder, or end the process that holds it."
        return Check("database", False, f"{store.name} cannot be written: {_reason(error)}.", mend)


def _reason(error: Exception) -> str:
    """What the database, or the system, says of it, in one line."""
    said = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
    return str(said).splitlines()[0]


def _tools() -> Check:
    missing = dumps.missing_tools()
    if missing:
        found = f"{' and '.join(missing)} cannot be found, so that backups cannot be made."
        return Check("backups", False, found, "Install the client programs of PostgreSQL.")
    return Check("backups", True, "pg_dump and pg_restore are there")


def _stories(store: Store) -> Check:
    with store.reading() as session:
        stories = session.scalar(select(func.count()).select_from(Story)) or 0
        sources = session.scalar(select(func.count()).select_from(Source)) or 0
    return Check("stories", True, f"{in_stories(stories)} from {sources} sources")


def _subscriptions(store: Store) -> Check:
    with store.reading() as session:
        failing = list(
            session.scalars(
                select(Source.slug).where(Source.failures > 0, Source.paused.is_(False) | Source.gone)
            )
        )
    if failing:
        return Check(
            "subscriptions",
            False,
            f"failing: {', '.join(failing[:10])}.",
            "`htmxnews sources list` says why.",
        )
    return Check("subscriptions", True, "none is failing")


def _derived(store: Store) -> Check:
    with store.reading() as session:
        behind = derive.behind(session)
    if behind:
        said = f"{in_stories(behind)} {'is' if behind == 1 else 'are'} not in it yet."
        return Check("search index", False, said, "Run `htmxnews reindex`.")
    return Check("search index", True, "in step with the stories")
