import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from intake.wire import Serve, answer, serve, silent
from sqlalchemy import text, update

from htmxnews import places
from htmxnews.cli import commands, main
from htmxnews.commands import subscribing
from htmxnews.commands.picturing import pictures_commands
from htmxnews.commands.subscribing import sources_commands
from htmxnews.config import Config
from htmxnews.intake import leases, opml
from htmxnews.intake.opml import Subscription
from htmxnews.intake.report import Stopped
from htmxnews.intake.run import Importer
from htmxnews.store import migrate, sqlite
from htmxnews.store.engine import Store
from htmxnews.store.models import Source

__all__ = ["serve"]

FEED = b"<rss version='2.0'><channel><title>Sea</title><item><title>Tide</title></item></channel></rss>"
STORY = "---\ntitle: Tide\ndate: 2026-01-02\n---\nThe tide comes."
LINE = {"id": "1", "title": "Tide", "published": "2026-01-02"}

Run = Callable[..., "Done"]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own, with nothing in it."""
    return {
        "PATH": os.environ["PATH"],
        "HTMXNEWS_DATABASE_URL": f"sqlite:///{tmp_path / 'instance' / 'news.db'}",
        "HTMXNEWS_MEDIA_DIR": str(tmp_path / "instance" / "media"),
    }


@pytest.fixture
def run(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command as `htmxnews` would, its output piped."""

    def run_command(*words: str | Path, **settings: str) -> Done:
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["htmxnews", *map(str, words)])
            for name, value in {**environment, **settings}.items():
                patch.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return run_command


def start(environment: dict[str, str], *words: str | Path) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(*words), env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-c", "from htmxnews.cli import main; main()", *map(str, words)]


def sentence(done: Done) -> str:
    """What a failed command said: one line, and no traceback."""
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_every_command_explains_itself_with_an_example(run: Run) -> None:
    groups = {
        "": commands.commands,
        "sources": sources_commands.commands,
        "pictures": pictures_commands.commands,
    }
    words = [[group, name] if group else [name] for group, names in groups.items() for name in names]

    told = {" ".join(one): run(*one, "--help") for one in words if one[-1] not in groups}

    assert len(told) == 20
    assert [name for name, done in told.items() if done.returncode or "Example:" not in done.stdout] == []


def test_an_import_reports_every_item_and_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(LINE) + "\n{broken\n")

    first, second = run("import", path, "--json"), run("import", path, "--json")

    report = {"input": str(path), "kind": "jsonl", "updated": 0, "skipped": 0, "refused": 1}
    report["warnings"] = ["line 2: not JSON"]
    assert json.loads(first.stdout) == {**report, "added": 1, "unchanged": 0}
    assert json.loads(second.stdout) == {**report, "added": 0, "unchanged": 1}
    assert (first.returncode, first.stderr) == (1, "")


def test_an_import_in_words_is_one_line_an_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "tide.md").write_text(STORY)

    done = run("import", "stories", "--source", "Harbour desk")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "stories: 1 added, 0 updated, 0 unchanged, 0 skipped, 0 refused\n"
    assert "harbour-desk: Harbour desk, 1 story" in run("sources", "list").stdout


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nothing-here", "it does not exist"),
        ("http://127.0.0.1:9/feed", "127.0.0.1 is not asked: its address is not a public one, and HTMXNEWS"),
        ("ftp://sea.example/feed", "is no web address"),
    ],
)
def test_an_input_that_is_not_there_is_one_sentence(run: Run, what: str, said: str) -> None:
    done = run("import", what)

    assert done.returncode == 1
    assert said in sentence(done)


def test_a_report_tells_the_terminal_nothing_but_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "\x1b[31m.md").write_text("---\ntitle: [\n---\n")

    done = run("import", ".")

    assert "[31m.md: its front matter is not YAML" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (["nonsense"], {}, "No such command"),
        (["import"], {}, "Missing argument"),
        (["import", ""], {}, "empty name"),
        (["import", "x", "--as", "tape"], {}, "'tape' is not one of"),
        (["migrate"], {"HTMXNEWS_PAGE_SIZE": "none"}, "HTMXNEWS_PAGE_SIZE is 'none', but must be"),
        (["serve", "--bind", "here"], {}, "--bind is 'here'"),
        (["serve", "--bind", f"{'a' * 64}:80"], {}, "which is no address of this machine"),
        (["sources", "remove", "\udcff"], {}, "A word of this command is no text in UTF-8."),
        (["unfold", "\udcff", "x"], {}, "A word of this command is no text in UTF-8."),
    ],
)
def test_wrong_usage_and_bad_settings_exit_two_with_a_sentence(
    run: Run, words: list[str], settings: dict[str, str], said: str
) -> None:
    done = run(*words, **settings)

    assert done.returncode == 2
    assert said in sentence(done)


def test_a_database_that_is_none_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_text("junk " * 1000)
    settings = {"HTMXNEWS_DATABASE_URL": f"sqlite:///{tmp_path / 'junk.db'}"}

    done, doctor = run("migrate", **settings), run("doctor", **settings)

    assert done.returncode == doctor.returncode == 1
    assert "file is not a database" in sentence(done)
    assert "BAD  database" in doctor.stdout


def test_the_doctor_is_content_after_migrate_and_says_what_to_do_before(run: Run) -> None:
    before = run("doctor")
    run("migrate")
    after = run("doctor", "--json")

    assert before.returncode == 1
    assert "Run `htmxnews migrate`." in before.stdout
    assert after.returncode == 0
    assert {json.loads(line)["ok"] for line in after.stdout.splitlines()} == {True}


def test_r05_the_doctor_sees_what_keeps_every_command_from_its_work(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    run("migrate")
    other = Store(environment["HTMXNEWS_DATABASE_URL"])

    with other.writing() as session:
        session.connection()  # which holds the lock
        doctor = run("doctor")
    nowhere = run("doctor", HTMXNEWS_DATABASE_URL=f"sqlite:///{tmp_path / ('x' * 300)}")

    assert (doctor.returncode, nowhere.returncode) == (1, 1)
    assert "cannot be written: database is locked. Let this user" in doctor.stdout
    assert "File name too long. Restore a backup" in nowhere.stdout
    other.dispose()


def test_r01_the_doctor_names_the_sqlite_that_is_used(run: Run) -> None:
    assert "ok   SQLite: 3." in run("doctor").stdout


def test_the_demo_is_imported_once_and_not_beside_other_stories(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "DEMO", tmp_path / "demo")
    (tmp_path / "demo" / "city-desk").mkdir(parents=True)
    (tmp_path / "demo" / "city-desk" / "tide.md").write_text(STORY)

    first = run("demo", "--json")
    second = run("demo", "--json")
    third = run("demo", "--if-empty")

    assert json.loads(first.stdout)["added"] == 1
    assert json.loads(second.stdout)["unchanged"] == 1
    assert third.stdout == "There are stories already; the demo newsroom was left out.\n"


def test_backup_and_restore_bring_stories_back(run: Run, tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text(json.dumps(LINE))
    run("import", "news.jsonl")

    saved = run("backup", "copy.db")
    again = run("backup", "copy.db")
    back = run("restore", "copy.db", "--json")

    assert saved.stdout == "copy.db: 1 story, checked\n"
    assert (again.returncode, sentence(again)) == (
        1,
        "Error: copy.db exists already; a backup never overwrites.",
    )
    assert Path(json.loads(back.stdout)["kept"]).is_file()
    assert "1 story from" in run("doctor").stdout


def test_reclean_and_reindex_say_what_they_did(run: Run, tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text(json.dumps(LINE))
    run("import", "news.jsonl")

    assert run("reclean").stdout == "0 cleaned again, 0 of them changed\n"
    told = {"changed": 0, "cleaned": 1, "refused": 0, "warnings": []}
    assert json.loads(run("reclean", "--all", "--json").stdout) == told
    assert run("reindex").stdout == "1 story indexed\n"


def test_subscriptions_are_managed_by_their_slug(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml version="2.0"><body><outline text="Sea" xmlUrl="https://sea.example/feed"/></body></opml>'
    )
    run("import", "list.opml")

    paused = run("sources", "pause", "sea")
    listed = run("sources", "list", "--json")

    assert paused.stdout == "sea: paused\n"
    assert json.loads(listed.stdout)["paused"] is True
    assert run("fetch").stdout == "No subscription is due.\n"
    assert 'xmlUrl="https://sea.example/feed"' in run("sources", "export").stdout
    assert run("sources", "remove", "sea").returncode == 0
    assert sentence(run("sources", "remove", "other")).startswith("Error: there is no source other")


def test_subscribing_to_a_feed_of_which_a_part_fails_exits_one_and_keeps_the_rest(
    run: Run, serve: Serve
) -> None:
    whole, broken = {"id": "1", "title": "Tide"}, "no item"
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Sea", "items": [whole, broken]}
    site = serve(answer(json.dumps(feed).encode()))

    done = run("sources", "add", f"{site.url}/", "--json", HTMXNEWS_FETCH_ALLOW_NETWORKS="127.0.0.0/8")

    told = json.loads(done.stdout)
    assert (done.returncode, told["added"], told["refused"]) == (1, 1, 1)


def test_a_round_derives_what_a_stopped_one_has_left(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "news.jsonl").write_text(json.dumps(LINE))
    store = Store(environment["HTMXNEWS_DATABASE_URL"])
    migrate.upgrade(store)
    with Importer(store, Config()) as importer:
        list(importer.import_path(tmp_path / "news.jsonl"))
    before = run("doctor").stdout

    run("fetch")

    assert "BAD  search index: 1 story is not in it yet." in before
    assert "ok   search index" in run("doctor").stdout


def test_a_fetch_beside_another_one_says_why_it_asks_nothing(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "list.opml").write_text(opml.write("x", [Subscription("Sea", "https://sea.example/feed")]))
    run("import", "list.opml")
    with Store(environment["HTMXNEWS_DATABASE_URL"]).writing() as session:
        session.execute(update(Source).values(leased_until=datetime.now(UTC) + leases.LASTS))

    beside, by_name = run("fetch"), run("fetch", "--source", "sea")

    assert (beside.returncode, beside.stdout) == (0, "No subscription is due, and another fetch asks 1.\n")
    assert (by_name.returncode, sentence(by_name)) == (1, "Error: another fetch is asking sea just now.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_r04_an_import_that_is_stopped_with_all_its_processes_ends_after_its_batch_and_says_so(
    run: Run, environment: dict[str, str], tmp_path: Path, number: int
) -> None:
    path = tmp_path / "news.jsonl"
    stories = (LINE | {"id": str(n), "body_md": f"Words {n}. " * 300} for n in range(3_000))
    path.write_text("\n".join(map(json.dumps, stories)))
    importing = start(environment, "import", path)

    wait_until(lambda: "stories from 1 sources" in run("doctor").stdout)
    os.killpg(importing.pid, number)
    out, err = importing.communicate(timeout=60)

    assert importing.returncode == 1
    assert "it was stopped before its end" in err
    assert err.splitlines()[-1] == "Error: Stopped; the same command goes on."
    assert "Traceback" not in err
    added = int(out.split(": ")[1].split(" added")[0])
    assert 0 < added < 3_000
    assert added % 100 == 0


def test_r05_an_import_that_the_database_ends_tells_what_came_in_until_then(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    stories = (LINE | {"id": str(n), "body_md": "Words."} for n in range(250))
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, stories)))
    run("migrate")
    store = Store(environment["HTMXNEWS_DATABASE_URL"])
    full = "CREATE TRIGGER full BEFORE INSERT ON story WHEN (SELECT count(*) FROM story) >= 150"
    with store.writing() as session:
        session.execute(text(f"{full} BEGIN SELECT RAISE(ABORT, 'disk is full'); END"))

    done = run("import", "news.jsonl", "none.jsonl")
    with store.writing() as session:
        session.execute(text("DROP TRIGGER full"))
    again = run("import", "news.jsonl")

    assert (done.returncode, again.returncode) == (1, 0)
    assert done.stdout == "news.jsonl: 100 added, 0 updated, 0 unchanged, 0 skipped, 0 refused\n"
    assert done.stderr.splitlines() == [
        "  the database ended it; importing it again goes on",
        "Error: The database cannot do that: disk is full. `htmxnews doctor` says more.",
    ]
    assert again.stdout == "news.jsonl: 150 added, 0 updated, 100 unchanged, 0 skipped, 0 refused\n"
    store.dispose()


def test_an_interrupt_while_loading_leaves_no_traceback(environment: dict[str, str]) -> None:
    slow = "import signal, sys; from htmxnews import __main__ as door; "
    ends = "signal.raise_signal(signal.SIGINT)"
    hook = f"type('Hook', (), {{'find_spec': lambda *_: {ends}}})"
    words = [sys.executable, "-c", f"{slow}sys.meta_path.insert(0, {hook}); door.main()"]

    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_trouble_no_command(environment: dict[str, str], closed: str) -> None:
    door = f"{sys.executable} -m htmxnews"
    words = ["sh", "-c", f"({door} fetch && {door} sources list) {closed}"]

    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_letters_that_a_terminal_has_not_stop_no_command(environment: dict[str, str], tmp_path: Path) -> None:
    odd = tmp_path / "항구\udcff.jsonl"
    odd.write_text(json.dumps(LINE | {"title": "밀물"}))
    (tmp_path / "list.opml").write_text(opml.write("x", [Subscription("바다", "https://sea.example/feed")]))
    latin = environment | {"PYTHONIOENCODING": "latin-1:strict"}

    def run(*words: str | Path) -> tuple[bytes, bytes, int]:
        done = subprocess.run(command(*words), env=latin, capture_output=True, timeout=60, check=False)
        return done.stdout, done.stderr, done.returncode

    words, told = run("import", odd, tmp_path / "list.opml", "없다"), run("import", odd, "--json")
    listed, exported = run("sources", "list"), run("sources", "export")

    assert (words[0].count(b"1 added"), words[0].count(b"1 refused"), words[2]) == (2, 1, 1)
    assert json.loads(told[0])["input"] == str(odd)
    assert (rb"\ubc14\ub2e4, 0 stories" in listed[0], *listed[1:]) == (True, b"", 0)
    assert opml.parse(exported[0])[0] == [Subscription("바다", "https://sea.example/feed")]


def test_r05_what_only_reads_needs_no_lock_on_the_database(run: Run, environment: dict[str, str]) -> None:
    run("migrate")
    other = Store(environment["HTMXNEWS_DATABASE_URL"])

    with other.writing() as session:
        session.connection()  # which holds the lock
        done = [run(*words) for words in (("sources", "list"), ("sources", "export"), ("migrate",))]

    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 3
    other.dispose()


def test_fetch_every_stops_cleanly(environment: dict[str, str]) -> None:
    fetching = start(environment, "fetch", "--every", "1")
    assert fetching.stdout is not None
    assert fetching.stdout.readline() == "No subscription is due.\n"

    fetching.send_signal(signal.SIGTERM)
    _, err = fetching.communicate(timeout=20)

    assert (fetching.returncode, err) == (0, "Stopped.\n")


def test_r05_a_round_that_the_database_refuses_is_said_and_the_next_one_goes_on(
    run: Run, environment: dict[str, str], tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.opml").write_text(opml.write("x", [Subscription("Sea", f"{serve(answer(FEED)).url}/")]))
    run("import", "list.opml")
    other = Store(environment["HTMXNEWS_DATABASE_URL"])
    lock = other.write_engine.connect()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            lock.begin()
        elif len(waits) == 2:
            lock.close()
        else:
            raise Stopped

    monkeypatch.setattr(subscribing, "wait", wait)
    monkeypatch.setattr(sqlite, "BUSY_MS", 100)
    settings = {"HTMXNEWS_FETCH_ALLOW_NETWORKS": "127.0.0.0/8"}

    served = run("fetch", "--source", "sea", "--every", "1", **settings)
    with other.writing() as session:
        session.connection()
        once = run("fetch", **settings)

    why = "The database cannot do that: database is locked. `htmxnews doctor` says more."
    assert (served.returncode, served.stderr) == (0, f"{why} The next round goes on.\nStopped.\n")
    assert [line.split(",")[0] for line in served.stdout.splitlines()] == ["sea: 1 added", "sea: 0 added"]
    assert waits == [60, 60, 60]
    assert (once.returncode, once.stderr) == (1, f"Error: {why}\n")
    other.dispose()


def test_a_round_beside_another_one_ends_no_service_and_a_source_that_is_none_does(
    run: Run, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.opml").write_text(opml.write("x", [Subscription("Sea", "https://sea.example/feed")]))
    run("import", "list.opml")
    with Store(environment["HTMXNEWS_DATABASE_URL"]).writing() as session:
        session.execute(update(Source).values(leased_until=datetime.now(UTC) + leases.LASTS))

    def stop(_seconds: float) -> None:
        raise Stopped

    monkeypatch.setattr(subscribing, "wait", stop)

    busy = run("fetch", "--every", "1", "--source", "sea")
    none = run("fetch", "--every", "1", "--source", "ice")

    said = "another fetch is asking sea just now; the next round goes on."
    assert (busy.returncode, busy.stderr) == (0, f"{said}\nStopped.\n")
    assert none.returncode == 1
    assert sentence(none).startswith("Error: there is no source ice")


@pytest.mark.parametrize("every", [(), ("--every", "1")])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_fetch_that_is_stopped_ends_at_once_and_keeps_what_came(
    run: Run, environment: dict[str, str], tmp_path: Path, serve: Serve, number: int, every: tuple[str, ...]
) -> None:
    quick, slow = serve(answer(FEED)), serve(silent)
    desks = [Subscription("Sea", f"{quick.url}/"), Subscription("Ice", f"{slow.url}/")]
    (tmp_path / "list.opml").write_text(opml.write("x", desks))
    environment["HTMXNEWS_FETCH_ALLOW_NETWORKS"] = "127.0.0.0/8"
    run("import", "list.opml")
    fetching = start(environment, "fetch", *every)
    assert fetching.stdout is not None
    assert fetching.stdout.readline() == "sea: 1 added, 0 updated, 0 unchanged, 0 skipped, 0 refused\n"

    fetching.send_signal(number)
    began = time.monotonic()
    out, err = fetching.communicate(timeout=20)

    listed = [json.loads(line) for line in run("sources", "list", "--json").stdout.splitlines()]
    said = "Stopped." if every else "Error: Stopped; what was not asked is asked the next time."
    assert (fetching.returncode, out, err.splitlines()[-1]) == (0 if every else 1, "", said)
    assert "Traceback" not in err
    assert time.monotonic() - began < 8  # the slow one had 10 seconds
    assert [(one["slug"], one["stories"], one["next_fetch_at"] is None) for one in listed] == [
        ("ice", 0, True),
        ("sea", 1, False),
    ]


def test_a_fetch_that_is_stopped_while_it_reads_pages_begins_no_other_round(
    run: Run, environment: dict[str, str], serve: Serve
) -> None:
    asked, go = Event(), Event()

    def hesitant(connection: socket.socket) -> None:
        asked.set()
        go.wait(9)
        answer(status="404 Not Found")(connection)

    pages = serve(hesitant)
    feed = serve(
        answer(FEED.replace(b"</title></item>", f"</title><link>{pages.url}/</link></item>".encode()))
    )
    environment["HTMXNEWS_FETCH_ALLOW_NETWORKS"] = "127.0.0.0/8"
    run("sources", "add", f"{feed.url}/")
    store = Store(environment["HTMXNEWS_DATABASE_URL"])
    with store.writing() as session:
        session.execute(update(Source).values(full_text=True))
    fetching = start(environment, "fetch", "--every", "60")
    assert asked.wait(20)

    fetching.send_signal(signal.SIGTERM)
    assert fetching.stderr is not None
    assert [fetching.stderr.readline() for _ in range(2)] == ["\n", "Stopping after this batch …\n"]
    go.set()
    _, err = fetching.communicate(timeout=20)

    assert (fetching.returncode, err.splitlines()[-1]) == (0, "Stopped.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("words", "ends", "said"),
    [
        (("import", "news.jsonl"), 1, "Error: Stopped; the same command goes on."),
        (("pictures", "copy"), 1, "Error: Stopped; run it again to go on with the rest."),
        (("fetch",), 1, "Error: Stopped; what was not asked is asked the next time."),
        (("fetch", "--every", "60"), 0, "Stopped."),
    ],
)
def test_what_is_stopped_while_pictures_are_copied_begins_nothing_more(
    run: Run,
    environment: dict[str, str],
    tmp_path: Path,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: tuple[str, ...],
    ends: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    pictures = serve(silent)
    environment["HTMXNEWS_FETCH_ALLOW_NETWORKS"] = "127.0.0.0/8"
    (tmp_path / "news.jsonl").write_text(json.dumps(LINE | {"image": f"{pictures.url}/tide.png"}))
    if words[0] != "import":
        store = Store(environment["HTMXNEWS_DATABASE_URL"])
        migrate.upgrade(store)
        with Importer(store, Config()) as importer:
            list(importer.import_path(tmp_path / "news.jsonl"))
    working = start(environment, *words)
    wait_until(lambda: bool(pictures.requests))

    working.send_signal(number)
    began = time.monotonic()
    _, err = working.communicate(timeout=20)

    assert (working.returncode, err.splitlines()[-1]) == (ends, said)
    assert "Traceback" not in err
    assert time.monotonic() - began < 8  # the server had 10 seconds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("words", "asked_for"),
    [(("import",), "/"), (("sources", "add"), "/"), (("sources", "add", "--full-text"), "/robots.txt")],
)
def test_a_command_that_waits_for_one_server_is_stopped_at_once(
    environment: dict[str, str], serve: Serve, number: int, words: tuple[str, ...], asked_for: str
) -> None:
    slow = serve(silent)
    teaser = FEED.replace(b"</title></item>", f"</title><link>{slow.url}/</link></item>".encode())
    address = serve(answer(teaser)).url if asked_for == "/robots.txt" else slow.url
    environment["HTMXNEWS_FETCH_ALLOW_NETWORKS"] = "127.0.0.0/8"
    working = start(environment, *words, f"{address}/")
    wait_until(lambda: bool(slow.requests))

    working.send_signal(number)
    began = time.monotonic()
    _, err = working.communicate(timeout=20)

    assert slow.requests[0].split()[1] == asked_for
    assert (working.returncode, err.splitlines()[-1]) == (1, "Error: Stopped; the same command goes on.")
    assert "Traceback" not in err
    assert time.monotonic() - began < 8  # the server had 10 seconds


def test_the_health_of_a_source_is_told_in_a_line_and_in_json(
    run: Run, environment: dict[str, str], tmp_path: Path, serve: Serve
) -> None:
    gone = serve(answer(status="410 Gone"))
    (tmp_path / "list.opml").write_text(
        f'<opml><body><outline text="Sea" xmlUrl="{gone.url}/"/></body></opml>'
    )
    environment["HTMXNEWS_FETCH_ALLOW_NETWORKS"] = "127.0.0.0/8"
    run("import", "list.opml")

    fetched = run("fetch")
    line, facts = run("sources", "list").stdout, json.loads(run("sources", "list", "--json").stdout)

    said = "the server says that this feed is gone for good; it is asked no more until it is resumed"
    assert (fetched.returncode, fetched.stderr) == (1, f"  {said}\n")
    assert line.startswith(f"sea: Sea, 0 stories; {gone.url}/; gone; never good yet; failed 20")
    assert line.endswith(f" UTC: {said}\n")
    assert {name: facts[name] for name in ("gone", "paused", "failures", "last_error", "moved_to")} == {
        "gone": True,
        "paused": True,
        "failures": 1,
        "last_error": said,
        "moved_to": None,
    }
    assert "BAD  subscriptions: failing: sea." in run("doctor").stdout
    assert run("sources", "resume", "sea").stdout == "sea: resumed\n"


def test_serve_answers_and_says_when_the_port_is_taken(run: Run, environment: dict[str, str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    serving = start(environment, "serve", "--bind", bind, "--workers", "1")
    try:
        wait_until(lambda: answers(f"http://{bind}/healthz"))
        taken = run("serve", "--bind", bind)
    finally:
        serving.terminate()
        serving.communicate(timeout=40)

    assert taken.returncode == 1
    assert "cannot be listened on (address already in use); stop what is there" in sentence(taken)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until(true: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def test_two_stories_are_unfolded_by_their_slugs(run: Run, tmp_path: Path) -> None:
    words = " ".join(f"word{n}" for n in range(80))
    for source in ("Sun", "Post"):
        line = {**LINE, "slug": source.lower(), "body_text": words}
        (tmp_path / f"{source}.jsonl").write_text(json.dumps(line))
        run("import", str(tmp_path / f"{source}.jsonl"), "--source", source)

    changed = [
        json.loads(run("unfold", "sun", "post", *more, "--json").stdout)["changed"]
        for more in ((), (), ("--back",))
    ]
    wrong = run("unfold", "sun", "tribune")

    assert changed == [1, 0, 1]
    assert (wrong.returncode, wrong.stderr) == (1, "Error: there is no story tribune.\n")
