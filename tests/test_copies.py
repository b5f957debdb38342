import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MakeStory
from sqlalchemy import func, select

from htmxnews.store import copies
from htmxnews.store.engine import Store
from htmxnews.store.models import Story

pytestmark = pytest.mark.sqlite  # the others are in test_dumps.py

# Ends at once when something is about to take the place of the database.
KILLED = """
import os, sys
from pathlib import Path
from htmxnews.store import copies
from htmxnews.store.engine import Store
url, path, file = sys.argv[1:]
sys.addaudithook(lambda event, args: event == "os.rename" and str(args[1]) == path and os._exit(9))
copies.restore(Store(url), Path(file))
"""


def count(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Story)) or 0


def test_r07_a_backup_is_whole_and_checked_while_the_database_is_open(
    store: Store, make_story: MakeStory, tmp_path: Path
) -> None:
    make_story()
    with store.reading() as session:
        session.scalar(select(Story.id))  # a reader stays open meanwhile
        stories = copies.backup(store, tmp_path / "copy.db")

    assert stories == 1
    assert copies.check(tmp_path / "copy.db") == 1


def test_r07_a_backup_never_overwrites_and_leaves_no_half_file(store: Store, tmp_path: Path) -> None:
    taken, nowhere = tmp_path / "copy.db", tmp_path / "no" / "copy.db"
    taken.write_text("mine")

    for file in (taken, nowhere):
        with pytest.raises(copies.CopyError):
            copies.backup(store, file)

    assert taken.read_text() == "mine"
    assert not list(tmp_path.glob("*.part"))


def test_r07_a_restored_backup_brings_the_old_stories_back_and_keeps_the_new_ones_beside(
    store: Store, make_story: MakeStory, tmp_path: Path
) -> None:
    make_story()
    copies.backup(store, tmp_path / "copy.db")
    make_story()

    kept = copies.restore(store, tmp_path / "copy.db")

    assert count(store) == 1
    assert kept is not None
    assert copies.check(kept) == 2


def test_r07_a_restore_that_is_killed_at_its_last_step_leaves_the_database_there(
    store: Store, make_story: MakeStory, tmp_path: Path
) -> None:
    make_story()
    copies.backup(store, tmp_path / "copy.db")
    make_story()
    store.dispose()

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(store.url), str(store.path), str(tmp_path / "copy.db")],
        timeout=60,
        check=False,
    )

    assert killed.returncode == 9
    assert count(store) == 2


@pytest.mark.parametrize("content", [b"", b"junk " * 1000])
def test_r07_what_is_no_backup_is_not_restored(
    store: Store, make_story: MakeStory, tmp_path: Path, content: bytes
) -> None:
    make_story()
    (tmp_path / "junk.db").write_bytes(content)

    with pytest.raises(copies.CopyError, match="is not a database of htmxnews"):
        copies.restore(store, tmp_path / "junk.db")

    assert count(store) == 1


def test_r07_a_damaged_backup_is_not_restored(store: Store, make_story: MakeStory, tmp_path: Path) -> None:
    for number in range(200):
        make_story(body=f"<p>{number}</p>" * 200)
    file = tmp_path / "copy.db"
    copies.backup(store, file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 8192] = b"\xff" * 8192
    file.write_bytes(data)

    with pytest.raises(copies.CopyError):
        copies.restore(store, file)

    assert count(store) == 200


def test_r07_a_backup_takes_the_place_of_a_damaged_database(
    store: Store, make_story: MakeStory, tmp_path: Path
) -> None:
    make_story()
    copies.backup(store, tmp_path / "copy.db")
    store.dispose()
    store.path.write_bytes(b"junk " * 1000)

    kept = copies.restore(store, tmp_path / "copy.db")

    assert count(store) == 1
    assert kept is not None
    assert kept.read_bytes() == b"junk " * 1000


def test_r07_a_database_in_use_is_left_as_it_is(store: Store, make_story: MakeStory, tmp_path: Path) -> None:
    make_story()
    copies.backup(store, tmp_path / "copy.db")
    make_story()
    other = Store(f"sqlite:///{store.path}")

    with other.reading() as session:
        session.execute(select(func.count()).select_from(Story))
        with pytest.raises(copies.CopyError, match="in use"):
            copies.restore(store, tmp_path / "copy.db")

    assert count(store) == 2
    assert not list(tmp_path.glob("*.restored"))
    other.dispose()


def test_r07_a_damaged_backup_is_told_in_one_line(
    store: Store, make_story: MakeStory, tmp_path: Path
) -> None:
    make_story()
    file = tmp_path / "copy.db"
    copies.backup(store, file)
    data = bytearray(file.read_bytes())
    data[8_192:60_000] = b"\xff" * (60_000 - 8_192)
    file.write_bytes(data)

    with pytest.raises(copies.CopyError) as raised:
        copies.restore(store, file)

    assert "\n" not in str(raised.value)
    assert count(store) == 1
