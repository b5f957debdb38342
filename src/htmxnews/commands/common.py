"""What every command does alike: settings, the database, progress, an answer in words or JSON."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from htmxnews.config import Config
from htmxnews.finding import derive
from htmxnews.intake.report import Stopped
from htmxnews.store import migrate
from htmxnews.store.engine import Store

Step = Callable[[int, int | None], None]

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of words.")


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


def say(as_json: bool, facts: dict[str, Any], words: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else words)


@contextmanager
def progress(label: str) -> Iterator[Step]:
    """Give a function to call as work goes on: it draws on a terminal, and stays quiet in a pipe.

    After the first Ctrl-C the next call raises Stopped, so that work ends between two batches; a second
    Ctrl-C interrupts at once.
    """
    asked_to_stop = False

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True
        signal.signal(signal.SIGINT, before)
        click.echo("\nStopping after this batch …", err=True)

    before = signal.signal(signal.SIGINT, on_interrupt)
    with _bar(label) as draw:

        def step(done: int, total: int | None) -> None:
            draw(done, total)
            if asked_to_stop:
                raise Stopped

        try:
            yield step
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _bar(label: str) -> Iterator[Step]:
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, show_pos=True) as bar:

        def draw(done: int, total: int | None) -> None:
            bar.length = max(total or done + 1, 1)
            bar.update(done - bar.pos)

        yield draw


def derive_all(store: Store) -> None:
    """Bring search and related stories up to what was just stored."""
    with progress("Indexing") as step:
        try:
            derive.catch_up(store, step)
        except Stopped:
            click.echo("Stopped; `htmxnews reindex` goes on with search and related stories.", err=True)
