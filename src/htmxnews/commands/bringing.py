"""Commands that bring stories in: import, demo, reclean, reindex."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

import click

from htmxnews import places
from htmxnews.commands.common import Step, as_json, at_work, in_stories, progress, say
from htmxnews.commands.stages import copy_pictures, derive_all, tell, tell_warnings
from htmxnews.config import Config
from htmxnews.finding import derive
from htmxnews.intake import demo, reclean, remote
from htmxnews.intake.detect import Kind
from htmxnews.intake.report import Report, Stopped
from htmxnews.intake.run import Importer


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
    failed = False
    with at_work("the same command goes on") as (config, store):
        with Importer(store, config) as importer, progress("Importing") as step:
            for report in _reports(importer, config, what, cast(Kind | None, kind), source_name, step):
                failed |= tell(report, as_json)
                if report.stopped:
                    raise Stopped
        copy_pictures(store, config, as_json)
        derive_all(store, config)
    raise SystemExit(1 if failed else 0)


def _reports(
    importer: Importer,
    config: Config,
    what: tuple[str, ...],
    kind: Kind | None,
    source_name: str | None,
    step: Step,
) -> Iterator[Report]:
    """A report for each input."""
    for one in what:
        if remote.is_address(one):
            yield from remote.import_address(importer, config, one, kind, source_name, step)
        else:
            yield from importer.import_path(Path(one), kind, source_name, step)


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="Only when there are no stories yet.")
@as_json
def demo_command(if_empty: bool, as_json: bool) -> None:
    """Import the demo newsroom, its newest story dated about now.

    Example:  htmxnews demo
    """
    failed = False
    with at_work("the same command goes on") as (config, store):
        if if_empty and demo.has_stories(store):
            say(as_json, {"added": 0}, "There are stories already; the demo newsroom was left out.")
            return
        with Importer(store, config) as importer, progress("Importing") as step:
            for report in demo.import_demo(importer, places.DEMO, step):
                failed |= tell(report, as_json)
                if report.stopped:
                    raise Stopped
        derive_all(store, config)
    raise SystemExit(1 if failed else 0)


@click.command("reclean")
@click.option("--all", "everything", is_flag=True, help="Also stories that the current policy cleaned.")
@as_json
def reclean_command(everything: bool, as_json: bool) -> None:
    """Clean stories again from what came in, after the cleaning policy changed.

    Example:  htmxnews reclean
    """
    with at_work("run it again to go on with the rest") as (config, store):
        with progress("Cleaning") as step:
            report = reclean.reclean(store, config, everything=everything, on_progress=step)
        derive_all(store, config)
    changed, done = report.updated, report.updated + report.unchanged
    facts = {"changed": changed, "cleaned": done, "refused": report.refused}
    say(
        as_json,
        facts | {"warnings": report.warnings.told()},
        f"{done} cleaned again, {changed} of them changed",
    )
    if not as_json:
        tell_warnings(report)
    raise SystemExit(1 if report.refused else 0)


@click.command("reindex")
@as_json
def reindex_command(as_json: bool) -> None:
    """Build anew what is derived from stories: search and related stories.

    Example:  htmxnews reindex
    """
    with at_work("the next import or fetch goes on with the rest") as (config, store):
        derive.reset(store)
        done = derive_all(store, config)
    say(as_json, {"indexed": done}, f"{in_stories(done)} indexed")
