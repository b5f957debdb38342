"""A random newsroom for the tests that compare with plain Python."""

from collections.abc import Iterator

import pytest

from finding.newsroom import Newsroom, build


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """150 stories, shared by a module's tests; a test that changes them builds its own."""
    built = build(tmp_path_factory.mktemp("newsroom"), 150)
    yield built
    built.store.dispose()
