"""Commands for subscriptions: sources list, add, remove, pause, resume, export; and fetch."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from babel.dates import format_timedelta
from sqlalchemy.exc import SQLAlchemyError

from htmxnews.commands.common import as_json, at_work, in_stories, opened, progress, say, wait, warn, why
from htmxnews.commands.stages import (
    copy_pictures,
    derive_all,
    is_behind,
    read_pages,
    tell,
    tell_warnings,
)
from htmxnews.config import Config
from htmxnews.intake import fulltext, rounds, subscriptions
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.fetch import FetchError
from htmxnews.intake.report import Stopped
from htmxnews.intake.rounds import MOVED_DAYS
from htmxnews.intake.run import Importer
from htmxnews.intake.subscribing import Busy, SubscriptionError
from htmxnews.intake.subscriptions import Health
from htmxnews.store.engine import Store

PICTURES_S = 600.0  # of one round: slow servers of pictures must not keep the next feeds waiting for hours

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
    people = sys.stdout.isatty() and not as_json
    with opened() as (_, store):
        listed = subscriptions.health(store)
    for one in listed:
        say(as_json, _plain(asdict(one)), _block(one) if people else _line(one))
    if people:
        states = Counter(_state(one) for one in listed if one.feed_url)
        click.echo(", ".join([f"{len(listed)} sources", *(f"{n} {state}" for state, n in states.items())]))


@sources_commands.command("add")
@click.argument("url")
@click.option("--name", help="Its name here; else the feed names itself.")
@click.option("--full-text", is_flag=True, help="Read the page of each story, where the feed has a teaser.")
@as_json
def add_command(url: str, name: str | None, full_text: bool, as_json: bool) -> None:
    """Subscribe to a feed, or to the one that a web page names.

    Example:  htmxnews sources add https://example.org/
    """
    with at_work("the same command goes on") as (config, store):
        try:
            with Importer(store, config) as importer, progress("Importing") as step:
                slug, feed_url, report = subscriptions.add(importer, url, name, step)
        except (SubscriptionError, FetchError) as error:
            raise click.ClickException(f"{error}.") from None
        except Unreadable as error:
            raise click.ClickException(f"{url} {error}.") from None
        if full_text:
            fulltext.want(store, slug, True)
        words = f"{slug}: subscribed to {feed_url}, {in_stories(report.added)} added"
        say(as_json, {"slug": slug, **report.as_json()}, words)
        if not as_json:
            tell_warnings(report)
        if report.stopped:
            raise Stopped
        if full_text:
            read_pages(store, config, as_json)
        derive_all(store, config)
    raise SystemExit(1 if report.failed or report.refused else 0)


@sources_commands.command("remove")
@click.argument("slug")
@click.option("--with-stories", is_flag=True, help="Take its stories away as well; else they stay.")
@as_json
def remove_command(slug: str, with_stories: bool, as_json: bool) -> None:
    """End a subscription.

    Example:  htmxnews sources remove harbour-desk
    """
    with at_work("the same command goes on") as (config, store):
        with progress("Removing") as step:
            gone = _sentence(
                lambda: subscriptions.remove(store, slug, with_stories=with_stories, on_progress=step)
            )
        if gone:
            derive_all(store, config)
    words = f"removed, {in_stories(gone)} with it" if with_stories else "asked no more; its stories stay"
    say(as_json, {"slug": slug, "removed_stories": gone}, f"{slug}: {words}")


@sources_commands.command("pause")
@click.argument("slug")
@as_json
def pause_command(slug: str, as_json: bool) -> None:
    """Ask a source no more until it is resumed.

    Example:  htmxnews sources pause harbour-desk
    """
    with opened() as (_, store):
        _sentence(lambda: subscriptions.pause(store, slug))
    say(as_json, {"slug": slug, "paused": True}, f"{slug}: paused")


@sources_commands.command("resume")
@click.argument("slug")
@as_json
def resume_command(slug: str, as_json: bool) -> None:
    """Ask a source again that was paused, or that was said to be gone.

    Example:  htmxnews sources resume harbour-desk
    """
    with opened() as (_, store):
        _sentence(lambda: subscriptions.resume(store, slug))
    say(as_json, {"slug": slug, "paused": False}, f"{slug}: resumed")


@sources_commands.command("full-text")
@click.argument("slug")
@click.option("--off", is_flag=True, help="No longer; what was read stays.")
@as_json
def full_text_command(slug: str, off: bool, as_json: bool) -> None:
    """Read the page of each story of a source, where its feed has only a teaser.

    Example:  htmxnews sources full-text harbour-desk
    """
    with at_work("the next fetch goes on with the rest") as (config, store):
        _sentence(lambda: fulltext.want(store, slug, not off))
        if not off and read_pages(store, config, as_json):
            derive_all(store, config)
    say(as_json, {"slug": slug, "full_text": not off}, f"{slug}: full text {'off' if off else 'on'}")


@sources_commands.command("export")
def export_command() -> None:
    """Write all subscriptions as OPML to standard output.

    Example:  htmxnews sources export > subscriptions.opml
    """
    with opened() as (config, store):
        click.echo(subscriptions.export(store, config.site_name).encode(), nl=False)  # as it says itself


@click.command("fetch")
@click.option("--source", "slug", metavar="SLUG", help="Only this one, due or not.")
@click.option("--every", "minutes", type=click.IntRange(1, 1440), metavar="MINUTES", help="Keep going.")
@as_json
def fetch_command(slug: str | None, minutes: int | None, as_json: bool) -> None:
    """Ask the subscriptions that are due. One that fails stops none of the others.

    Example:  htmxnews fetch --every 15
    """
    with at_work("what was not asked is asked the next time") as (config, store):
        if minutes is None:
            raise SystemExit(0 if _sentence(lambda: _fetch_once(config, store, slug, as_json)) else 1)
        try:
            while True:
                _sentence(lambda: _in_service(config, store, slug, as_json))
                wait(minutes * 60)
        except Stopped:
            warn("Stopped.")


def _in_service(config: Config, store: Store, slug: str | None, as_json: bool) -> None:
    """One round of many: a full disk, or a database that is locked or away, ends this one alone.

    Raises SubscriptionError when there is nothing to wait for, and Stopped.
    """
    try:
        _fetch_once(config, store, slug, as_json)
    except BrokenPipeError:  # nobody listens any more
        raise
    except Busy as error:
        warn(f"{error}; the next round goes on.")
    except (SQLAlchemyError, OSError) as error:
        warn(f"{why(error)} The next round goes on.")


def _fetch_once(config: Config, store: Store, slug: str | None, as_json: bool) -> bool:
    """One round, and whether all that were asked did well. Raises SubscriptionError.

    Raises Stopped; the next round then goes on.
    """
    asked, well, changed = 0, True, False
    with Importer(store, config) as importer, progress("Asking") as step:
        for name, report in rounds.fetch_due(importer, slug, step):
            asked += 1
            report.input = name
            well &= not tell(report, as_json)
            changed |= bool(report.added or report.updated)
    changed |= read_pages(store, config, as_json)
    pictures = copy_pictures(store, config, as_json, seconds=PICTURES_S)
    if changed or (pictures and pictures.added) or is_behind(store):
        derive_all(store, config)
    if not asked and not as_json:
        others = rounds.being_asked(store, datetime.now(UTC))
        click.echo(f"No subscription is due{f', and another fetch asks {others}' if others else ''}.")
    return well


def _sentence(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except SubscriptionError as error:
        raise click.ClickException(f"{error}.") from None


def _line(one: Health) -> str:
    """One source in a pipe: one line."""
    parts = [f"{one.slug}: {one.name}, {in_stories(one.stories)}"]
    if one.feed_url:
        parts += [one.feed_url, _state(one)]
        if not one.paused:
            parts.append(f"next {_when(one.next_fetch_at) or 'now'}")
        parts.append(_good(_when(one.last_success_at)))
    if one.last_error:
        parts.append(f"failed {_when(one.last_error_at)}: {one.last_error}")
    if one.moved_to:
        parts.append(_moving(one))
    return "; ".join(parts)


def _block(one: Health) -> str:
    """One source on a terminal: a few lines, and times as people say them."""
    lines = [f"{click.style(one.slug, bold=True)}  {one.name}, {in_stories(one.stories)}"]
    if one.feed_url:
        colour = {"well": "green", "new": "cyan", "failing": "red", "gone": "red"}.get(_state(one), "yellow")
        due = one.next_fetch_at is None or one.next_fetch_at <= datetime.now(UTC)
        soon = "" if one.paused else f"; next {'now' if due else _ago(one.next_fetch_at)}"
        good = _good(_ago(one.last_success_at))
        lines += [one.feed_url, f"{click.style(_state(one), fg=colour)}; {good}{soon}"]
    if one.last_error:
        times = f", {one.failures} times in a row" if one.failures > 1 else ""
        lines.append(f"failed {_ago(one.last_error_at)}{times}: {one.last_error}")
    if one.moved_to:
        lines.append(_moving(one))
    return "\n    ".join(lines)


def _state(one: Health) -> str:
    if one.paused:
        return "gone" if one.gone else "paused"
    if one.failures:
        return "failing"
    return "well" if one.last_success_at else "new"


def _moving(one: Health) -> str:
    return f"moves to {one.moved_to}: said on {one.moved_days} of {MOVED_DAYS} days"


def _good(last: str) -> str:
    return f"last good {last}" if last else "never good yet"


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _ago(moment: datetime | None) -> str:
    """Such as "2 hours ago" or "in 5 minutes"; empty for never."""
    if moment is None:
        return ""
    return format_timedelta(moment - datetime.now(UTC), add_direction=True, locale="en")


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()
    }
