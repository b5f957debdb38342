"""Commands for pictures: pictures copy, pictures sweep."""

import click

from htmxnews.commands.common import as_json, at_work, progress, say
from htmxnews.commands.stages import copy_pictures, derive_all
from htmxnews.intake.sweeping import sweep


@click.group("pictures")
def pictures_commands() -> None:
    """Pictures of stories: copied from their sources, swept when no story shows them."""


@pictures_commands.command("copy")
@as_json
def copy_command(as_json: bool) -> None:
    """Copy the pictures that are still wanted, and try those again whose time has come.

    Importing and fetching do this as well; after an interrupt, this goes on.

    Example:  htmxnews pictures copy
    """
    with at_work("run it again to go on with the rest") as (config, store):
        report = copy_pictures(store, config, as_json)
        if report is None:
            say(as_json, {"pictures": 0}, "No picture is due.")
        derive_all(store, config)
    raise SystemExit(1 if report and report.refused else 0)


@pictures_commands.command("sweep")
@as_json
def sweep_command(as_json: bool) -> None:
    """Remove the files of pictures that no story shows any more; those of the last day stay.

    Example:  htmxnews pictures sweep
    """
    with at_work("run it again to go on with the rest") as (config, store), progress("Sweeping") as step:
        files, size = sweep(store, config.media_dir, step)
    say(as_json, {"files": files, "bytes": size}, f"{files} files removed, {size / 1_000_000:.1f} MB")
