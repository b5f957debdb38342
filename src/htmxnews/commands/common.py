"""What every command does alike: settings, the database, progress, stopping, an answer in words or JSON."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from htmxnews.config import Config
from htmxnews.intake.report import Stopped
from htmxnews.store import migrate
from htmxnews.store.engine import Store

Step = Callable[[int, int | None], None]

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of words.")

_stop = Event()  # somebody asked this process to end
_under_way = Event()  # and what it does then takes a moment


@contextmanager
def opened() -> Iterator[tuple[Config, Store]]:
    """Settings and the database, its schema up to date."""
    config = Config.from_env()
    store = Store(config.database_url)
    try:
        migrate.upgrade(store)
        yield config, store
    finally:
        store.dispose()


@contextmanager
def at_work(go_on: str) -> Iterator[tuple[Config, Store]]:
    """Settings and the database for long work, which Ctrl-C or a service manager's stop ends between batches.

    Afterwards its next step raises Stopped, and so does each stage that would follow. The command then ends
    with 1 and a sentence; `go_on` is its end. A second Ctrl-C interrupts at once.
    """

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        restore()
        _stop.set()
        if _under_way.is_set():
            warn("\nStopping after this batch …")

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    _stop.clear()
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with opened() as (config, store):
            yield config, store
    except Stopped:
        raise click.ClickException(f"Stopped; {go_on}.") from None
    finally:
        restore()


def why(error: SQLAlchemyError | OSError) -> str:
    """What the database or the system could not do, as a sentence."""
    if isinstance(error, SQLAlchemyError):
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"The database cannot do that: {reason}. `htmxnews doctor` says more."
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}."


def wait(seconds: float) -> None:
    """Do nothing for a while. Raises Stopped as soon as somebody asks to."""
    if _stop.wait(seconds):
        raise Stopped


def say(as_json: bool, facts: dict[str, Any], words: str) -> None:
    with tqdm.external_write_mode():
        click.echo(_json(facts) if as_json else words)


def _json(facts: dict[str, Any]) -> bytes:
    """In UTF-8 wherever it is read; what is no text, as a name of a file may be, is an escape."""
    return json.dumps(facts, ensure_ascii=False).encode("utf-8", "backslashreplace")


def in_stories(number: int) -> str:
    return f"{number} story" if number == 1 else f"{number} stories"


def warn(words: str) -> None:
    """Say something beside the result."""
    with tqdm.external_write_mode(file=sys.stderr):
        click.echo(words, err=True)


@contextmanager
def progress(label: str) -> Iterator[Step]:
    """Give a function to call as work goes on: it draws on a terminal, and stays quiet in a pipe.

    It raises Stopped where `at_work` was told to stop.
    """
    with tqdm(desc=label, unit="", disable=None, leave=False, dynamic_ncols=True) as bar:

        def step(done: int, total: int | None) -> None:
            if done < bar.n or total != bar.total:
                bar.reset(total)  # another input
            bar.update(done - bar.n)
            if _stop.is_set():
                raise Stopped

        _under_way.set()
        try:
            yield step
        finally:
            _under_way.clear()
