"""Commands for subscriptions: sources list, add, remove, pause, resume, export; and fetch."""

import signal
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from types import FrameType
from typing import Any, TypeVar

import click

from htmxnews.commands.bringing import tell
from htmxnews.commands.common import as_json, derive_all, opened, say
from htmxnews.config import Config
from htmxnews.intake import subscriptions
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.fetch import FetchError
from htmxnews.intake.run import Importer
from htmxnews.intake.subscribing import SubscriptionError
from htmxnews.store.engine import Store

Result = TypeVar("Result")


@click.group("sources")
def sources_commands() -> None:
    """Where stories come from: subscriptions, imports, folders."""


@sources_commands.command("list")
@as_json
def list_command(as_json: bool) -> None:
    """Every source, its stories, and how its feed does.

    Example:  htmxnews sources list
    """
    with opened() as (_, store):
        for one in subscriptions.health(store):
            say(as_json, _plain(asdict(one)), _line(one))


@sources_commands.command("add")
@click.argument("url")
@click.option("--name", help="Its name here; else the feed names itself.")
@as_json
def add_command(url: str, name: str | None, as_json: bool) -> None:
    """Subscribe to a feed, or to the one that a web page names.

    Example:  htmxnews sources add https://example.org/
    """
    with opened() as (config, store):
        try:
            slug, report = subscriptions.add(Importer(store, config), config, url, name)
        except (SubscriptionError, FetchError) as error:
            raise click.ClickException(f"{error}.") from None
        except Unreadable as error:
            raise click.ClickException(f"{url} {error}.") from None
        derive_all(store)
    say(as_json, {"slug": slug, **report.as_json()}, f"{slug}: subscribed, {report.added} stories added")
    for warning in report.warnings if not as_json else ():
        click.echo(f"  {warning}", err=True)


@sources_commands.command("remove")
@click.argument("slug")
@click.option("--with-stories", is_flag=True, help="Take its stories away as well; else they stay.")
@as_json
def remove_command(slug: str, with_stories: bool, as_json: bool) -> None:
    """End a subscription.

    Example:  htmxnews sources remove harbour-desk
    """
    with opened() as (_, store):
        gone = _sentence(lambda: subscriptions.remove(store, slug, with_stories=with_stories))
        if gone:
            derive_all(store)
    say(as_json, {"slug": slug, "removed_stories": gone}, f"{slug}: removed, {gone} stories with it")


@sources_commands.command("pause")
@click.argument("slug")
@as_json
def pause_command(slug: str, as_json: bool) -> None:
    """Ask a source no more until it is resumed.

    Example:  htmxnews sources pause harbour-desk
    """
    _pause(slug, True, as_json)


@sources_commands.command("resume")
@click.argument("slug")
@as_json
def resume_command(slug: str, as_json: bool) -> None:
    """Ask a paused source again.

    Example:  htmxnews sources resume harbour-desk
    """
    _pause(slug, False, as_json)


@sources_commands.command("export")
def export_command() -> None:
    """Write all subscriptions as OPML to standard output.

    Example:  htmxnews sources export > subscriptions.opml
    """
    with opened() as (config, store):
        click.echo(subscriptions.export(store, config.site_name), nl=False)


@click.command("fetch")
@click.option("--source", "slug", metavar="SLUG", help="Only this one, due or not.")
@click.option("--every", "minutes", type=click.IntRange(1, 1440), metavar="MINUTES", help="Keep going.")
@as_json
def fetch_command(slug: str | None, minutes: int | None, as_json: bool) -> None:
    """Ask the subscriptions that are due. One that fails stops none of the others.

    Example:  htmxnews fetch --every 15
    """
    with opened() as (config, store):
        if minutes is None:
            raise SystemExit(1 if _fetch_once(config, store, slug, as_json) else 0)
        stop = _stop_on_signals()
        while not stop.is_set():
            _fetch_once(config, store, slug, as_json, stop)
            stop.wait(minutes * 60)
    click.echo("Stopped.", err=True)


def _fetch_once(
    config: Config, store: Store, slug: str | None, as_json: bool, stop: threading.Event | None = None
) -> bool:
    failed = changed = False
    asked = 0
    try:
        for name, report in subscriptions.fetch_due(Importer(store, config), config, slug):
            asked += 1
            report.input = name
            failed |= tell(report, as_json)
            changed |= bool(report.added or report.updated)
            if stop and stop.is_set():
                break
    except SubscriptionError as error:
        raise click.ClickException(f"{error}.") from None
    if changed:
        derive_all(store)
    if not asked and not as_json:
        click.echo("No subscription is due.")
    return failed


def _stop_on_signals() -> threading.Event:
    """An event that Ctrl-C or a service manager's stop sets; the source being asked is finished first."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop


def _pause(slug: str, paused: bool, as_json: bool) -> None:
    with opened() as (_, store):
        _sentence(lambda: subscriptions.pause(store, slug, paused))
    say(as_json, {"slug": slug, "paused": paused}, f"{slug}: {'paused' if paused else 'resumed'}")


def _sentence(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except SubscriptionError as error:
        raise click.ClickException(f"{error}.") from None


def _line(one: subscriptions.Health) -> str:
    parts = [f"{one.slug}: {one.name}, {one.stories} stories"]
    if one.feed_url:
        parts.append(one.feed_url)
        parts.append("paused" if one.paused else f"next {_when(one.next_fetch_at) or 'now'}")
        parts.append(f"last good {_when(one.last_success_at) or 'never'}")
    if one.last_error:
        parts.append(f"failed {_when(one.last_error_at)}: {one.last_error}")
    return "; ".join(parts)


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()
    }
