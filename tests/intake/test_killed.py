"""Imports that are killed wherever they are: a second run reaches the end of an undisturbed one (R04)."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image
from pysqlite3 import dbapi2 as sqlite

KILLS = 200
_OF_THE_CLOCK = {"imported_at"}
_OF_SEARCH = ("search_data", "search_idx", "search_docsize")  # how an index lies on disk is its own affair

End = tuple[dict[str, list[Any]], dict[str, bytes]]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Some of each kind, with ids that repeat, pictures, and a body that goes over a limit."""
    folder = tmp_path / "in"
    (folder / "desk").mkdir(parents=True)
    for n in range(12):
        Image.new("RGB", (400 + n, 300), (n * 20, 80, 90)).save(folder / "desk" / f"{n}.png")
        facts = f"title: Tide {n}\ndate: 2026-01-{n + 1:02}\nimage: {n}.png\ntags: [Sea, T{n % 3}]"
        (folder / "desk" / f"tide-{n}.md").write_text(f"---\n{facts}\n---\nTide {n}.")
    lines = [
        {
            "id": f"id-{n % 240}",
            "title": f"Council story {n}",
            "published": f"2026-02-{n % 28 + 1:02}T10:00:00Z",
            "tags": [f"Tag {n % 9}", "News"],
            "author": f"Desk {n % 4}",
            "body_html": f"<p>The council met on day {n}.</p>" + "<b>Votes</b> and <i>words</i>. " * (n % 40),
        }
        for n in range(260)
    ]
    lines[7]["body_html"] = "<div>" * 200 + "deep"
    (folder / "council.jsonl").write_text("\n".join(map(json.dumps, lines)))
    items = "".join(
        f"<item><title>Rain {n}</title><guid>r{n}</guid><pubDate>0{n % 9 + 1} Feb 2026 08:00 GMT</pubDate>"
        f"<description>It rains, {n} millimetres &lt;b&gt;at once&lt;/b&gt;.</description></item>"
        for n in range(120)
    )
    (folder / "rain.xml").write_text(
        f"<rss version='2.0'><channel><title>Rain</title>{items}</channel></rss>"
    )
    return folder


@pytest.mark.slow
def test_r04_killed_at_any_point_a_second_run_reaches_the_same_end(tmp_path: Path, inputs: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    began = time.monotonic()
    _import(undisturbed, inputs).wait()
    seconds, wanted = time.monotonic() - began, _end(undisturbed)
    chance, reached, killed = Random(4), 0, 0  # noqa: S311 (the same moments every time)

    for number in range(KILLS):
        place = tmp_path / f"killed-{number}"
        process, began = _import(place, inputs), time.monotonic()
        try:
            process.wait(chance.uniform(0, seconds))
            seconds = min(seconds, time.monotonic() - began)  # the machine has become faster
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with all the processes that it has started
            killed += 1
        process.wait()
        assert _import(place, inputs).wait() == 0
        reached += _end(place) == wanted

    assert reached == KILLS
    assert killed > KILLS * 0.8, "the moments were not within the import"


def _import(place: Path, inputs: Path) -> "subprocess.Popen[bytes]":
    place.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HTMXNEWS_DATABASE_URL": f"sqlite:///{place / 'news.db'}",
        "HTMXNEWS_MEDIA_DIR": str(place / "media"),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "htmxnews", "import", inputs],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(place: Path) -> End:
    """All rows of all tables but what the clock alone decides, and all pictures."""
    connection = sqlite.connect(place / "news.db")
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = {name: _rows(connection, name) for name in names if name not in _OF_SEARCH}
    connection.close()
    return tables, {file.name: file.read_bytes() for file in (place / "media").glob("*.webp")}


def _rows(connection: Any, table: str) -> list[Any]:
    found = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 (its own tables)
    columns = [column[0] for column in found.description]
    return sorted(
        [(name, value) for name, value in zip(columns, row, strict=True) if name not in _OF_THE_CLOCK]
        for row in found
    )
