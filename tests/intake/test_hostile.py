"""S14: nothing that a file holds makes a parser open, ask, grow or work without end."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import create_server
from typing import Any

import pytest

from intake import hostile

SECONDS = 10.0
ALL = list(hostile.files("/secret", "http://127.0.0.1:1/"))
MEMORY = 200.0  # MB, of which a good 50 are Python and its libraries


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What became of every file, read in a process of its own, with a trap that nobody may step into."""
    secret = tmp_path_factory.mktemp("secret") / "secret"
    secret.write_text("TOP SECRET")
    with create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        command = [sys.executable, hostile.__file__, str(secret), address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500)
        assert done.returncode == 0, done.stderr[-2_000:]
        yield {row[0]: row[1:] for row in map(json.loads, done.stdout.splitlines())}
        with pytest.raises(BlockingIOError):
            trap.accept()


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_s14_a_hostile_file_is_refused_or_read_within_bounds(
    outcomes: dict[str, Any], one: hostile.Hostile
) -> None:
    outcome, seconds, memory, opened = next(told for name, told in outcomes.items() if name == one.name)

    assert one.refused is None or one.refused == outcome.startswith("refused: ")
    assert "TOP SECRET" not in outcome
    assert opened == []
    assert (seconds < SECONDS, memory < MEMORY) == (True, True), (seconds, memory)


def test_s14_more_than_a_hundred_hostile_files_were_read(outcomes: dict[str, Any], tmp_path: Path) -> None:
    assert len(outcomes) == len(ALL) > 100
