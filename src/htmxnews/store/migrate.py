"""The schema, brought up to date: one runner at a time, in one transaction (R08)."""

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from htmxnews.places import MIGRATIONS
from htmxnews.store.engine import Store


def upgrade(store: Store, version: str = "head") -> bool:
    """Make or update the schema and return whether there was anything to do.

    The writing engine's transaction starts with the lock: a second runner waits and then finds it done.
    """
    if is_current(store):
        return False  # known without the lock, which another may hold, or a disk without writing not give
    if store.is_file:
        store.path.parent.mkdir(parents=True, exist_ok=True)
        store.path.touch()
    with store.write_engine.begin() as connection:
        if _is_enough(_version(connection)):
            return False
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    return True


def is_current(store: Store) -> bool:
    """Whether the database has the schema that this code needs, or one that a newer release has made."""
    if store.is_file and not store.path.exists():
        return False
    with store.reading() as session:
        return _is_enough(_version(session.connection()))


def _is_enough(version: str | None) -> bool:
    """A version that we do not know is a newer one and works as well: migrations add before they remove."""
    _newest, *older = (script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())
    return version is not None and version not in older


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
