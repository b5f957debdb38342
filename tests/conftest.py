"""Fixtures that every test may ask for: a migrated store, and a maker of stories for it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import databases
import pytest
from hypothesis import settings
from makers import NOON, MakeStory, story_maker
from sqlalchemy.orm import Session

from htmxnews.store import migrate
from htmxnews.store.engine import Store

__all__ = ["NOON", "MakeStory"]

# What the suite makes up is the same in every run: whoever changes something sees their own faults alone.
# `pytest --hypothesis-profile=long` looks for new ones; each one found becomes an `@example` of its test.
settings.register_profile("suite", derandomize=True, deadline=None, max_examples=200)
settings.register_profile("long", deadline=None, max_examples=10_000)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="Run on PostgreSQL; the run starts its own.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other database alone."""
    other = "sqlite" if config.getoption("--postgresql") else "postgresql"
    about_other = [item for item in items if item.get_closest_marker(other)]
    items[:] = [item for item in items if not item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=about_other)


@pytest.fixture(scope="session", autouse=True)
def _server(request: pytest.FixtureRequest) -> Iterator[None]:
    """The server, where one is asked for."""
    with ExitStack() as stack:
        if request.config.getoption("--postgresql"):
            try:
                stack.enter_context(databases.server())
            except databases.NoServer as problem:
                pytest.exit(str(problem), returncode=2)
        yield


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database without a story, made once and copied by whoever needs one."""
    url = databases.at(tmp_path_factory.mktemp("empty"))
    store = Store(url)
    migrate.upgrade(store)
    store.dispose()
    return url


@pytest.fixture
def store(tmp_path: Path, empty: str) -> Iterator[Store]:
    """An empty, migrated database of its own."""
    store = Store(databases.copy(empty, tmp_path))
    yield store
    store.dispose()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    """A reading session."""
    with store.reading() as session:
        yield session


@pytest.fixture
def make_story(store: Store) -> MakeStory:
    """Put a story into the store and return its id; name only what the test is about."""
    return story_maker(store)
