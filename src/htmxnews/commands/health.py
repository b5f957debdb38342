"""What `doctor` looks at."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from htmxnews import places
from htmxnews.config import Config, ConfigError
from htmxnews.finding import derive
from htmxnews.store import migrate
from htmxnews.store.engine import SQLITE_NEEDED, Store
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
    yield _sqlite()
    yield _files()
    yield _media(config.media_dir)
    store = Store(config.database_url)
    try:
        yield from _database(store)
    finally:
        store.dispose()


def _sqlite() -> Check:
    found, needed = sqlite.sqlite_version, ".".join(map(str, SQLITE_NEEDED))
    if sqlite.sqlite_version_info >= SQLITE_NEEDED:
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
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        yield Check(
            "database", False, f"{store.path}: {reason}.", "Restore a backup, or set HTMXNEWS_DATABASE_URL."
        )
        return
    if not current:
        found = "its schema is behind." if store.path.exists() else "it does not exist yet."
        yield Check("database", False, f"{store.path}: {found}", "Run `htmxnews migrate`.")
        return
    yield Check("database", True, str(store.path))
    yield _stories(store)
    yield from (check(store) for check in (_subscriptions, _derived))


def _stories(store: Store) -> Check:
    with store.reading() as session:
        stories = session.scalar(select(func.count()).select_from(Story)) or 0
        sources = session.scalar(select(func.count()).select_from(Source)) or 0
    return Check("stories", True, f"{stories} stories from {sources} sources")


def _subscriptions(store: Store) -> Check:
    with store.reading() as session:
        failing = list(
            session.scalars(select(Source.slug).where(Source.failures > 0, Source.paused.is_(False)))
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
        return Check("search index", False, f"{behind} stories are not in it yet.", "Run `htmxnews reindex`.")
    return Check("search index", True, "in step with the stories")
