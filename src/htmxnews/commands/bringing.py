"""Commands that bring stories in: import, demo, reclean, reindex."""

from collections.abc import Iterable
from pathlib import Path
from typing import cast, get_args

import click

from htmxnews import places
from htmxnews.commands.common import as_json, derive_all, opened, progress, say
from htmxnews.finding import derive
from htmxnews.intake import demo, reclean, remote
from htmxnews.intake.detect import Kind
from htmxnews.intake.report import Report, Stopped
from htmxnews.intake.run import Importer
from htmxnews.text import field

LINE_MAX = 2_000  # characters of a line of a report


@click.command("import")
@click.argument("what", nargs=-1, required=True)
@click.option(
    "--as", "kind", type=click.Choice(get_args(Kind)), help="The kind of the input; else it is detected."
)
@click.option("--source", "source_name", metavar="NAME", help="Name of the source; else the input names it.")
@as_json
def import_command(what: tuple[str, ...], kind: str | None, source_name: str | None, as_json: bool) -> None:
    """Import files, folders or addresses; a second import of the same changes nothing.

    \b
    Example:  htmxnews import export.xml
              htmxnews import stories/ --as markdown --source "Harbour desk"
    """
    if not all(what):
        raise click.UsageError("An input has an empty name; name a file, a folder or an address.")
    with opened() as (config, store), progress("Importing") as step:
        importer = Importer(store, config)
        failed = False
        for one in what:
            if remote.is_address(one):
                reports: Iterable[Report] = remote.import_address(
                    importer, config, one, cast(Kind | None, kind), source_name
                )
            else:
                reports = importer.import_path(Path(one), cast(Kind | None, kind), source_name, step)
            for report in reports:
                failed |= tell(report, as_json)
                if report.stopped:
                    raise SystemExit(1)
        derive_all(store)
    raise SystemExit(1 if failed else 0)


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="Only when there are no stories yet.")
@as_json
def demo_command(if_empty: bool, as_json: bool) -> None:
    """Import the demo newsroom, its newest story dated about now.

    Example:  htmxnews demo
    """
    failed = False
    with opened() as (config, store):
        if if_empty and demo.has_stories(store):
            say(as_json, {"added": 0}, "There are stories already; the demo newsroom was left out.")
            return
        with progress("Importing") as step:
            for report in demo.import_demo(Importer(store, config), places.DEMO, step):
                failed |= tell(report, as_json)
        derive_all(store)
    raise SystemExit(1 if failed else 0)


@click.command("reclean")
@click.option("--all", "everything", is_flag=True, help="Also stories that the current policy cleaned.")
@as_json
def reclean_command(everything: bool, as_json: bool) -> None:
    """Clean stories again from what came in, after the cleaning policy changed.

    Example:  htmxnews reclean
    """
    with opened() as (config, store):
        try:
            with progress("Cleaning") as step:
                changed, done = reclean.reclean(store, config, everything=everything, on_progress=step)
        except Stopped:
            raise click.ClickException("Stopped; run it again to go on with the rest.") from None
        derive_all(store)
    say(as_json, {"changed": changed, "cleaned": done}, f"{done} cleaned again, {changed} of them changed")


@click.command("reindex")
@as_json
def reindex_command(as_json: bool) -> None:
    """Build anew what is derived from stories: search and related stories.

    Example:  htmxnews reindex
    """
    with opened() as (_, store):
        derive.reset(store)
        with progress("Indexing") as step:
            try:
                done = derive.catch_up(store, step)
            except Stopped:
                raise click.ClickException("Stopped; run it again to go on.") from None
    say(as_json, {"indexed": done}, f"{done} stories indexed")


def tell(report: Report, as_json: bool) -> bool:
    """Print one report, and return whether a part of the input failed."""
    counts = ", ".join(
        f"{getattr(report, name)} {name}" for name in ("added", "updated", "unchanged", "skipped", "refused")
    )
    # Words of foreign files are among these, and a terminal obeys control characters.
    say(as_json, report.as_json(), f"{field(report.input, LINE_MAX)}: {counts}")
    if not as_json:
        for warning in report.warnings:
            click.echo(f"  {field(warning, LINE_MAX)}", err=True)
    return bool(report.failed or report.refused)
