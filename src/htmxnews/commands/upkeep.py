"""Commands that look after an installation: migrate, doctor, backup, restore."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from htmxnews.commands import health
from htmxnews.commands.common import as_json, at_work, in_stories, opened, say
from htmxnews.commands.stages import derive_all
from htmxnews.config import Config
from htmxnews.finding import folding
from htmxnews.store import copies, migrate
from htmxnews.store.engine import Store

Result = TypeVar("Result")


@click.command("migrate")
@as_json
def migrate_command(as_json: bool) -> None:
    """Make or update the database schema.

    Example:  htmxnews migrate
    """
    store = Store(Config.from_env().database_url)
    changed = migrate.upgrade(store)
    store.dispose()
    say(
        as_json,
        {"changed": changed},
        "The schema was brought up to date." if changed else "The schema is up to date.",
    )


@click.command("doctor")
@as_json
def doctor_command(as_json: bool) -> None:
    """Say what is wrong with this installation and how to mend it.

    Example:  htmxnews doctor
    """
    checks = health.checks()
    for check in checks:
        facts = {"check": check.name, "ok": check.ok, "found": check.found, "mend": check.mend}
        mend = f" {check.mend}" if check.mend else ""
        say(as_json, facts, f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.found}{mend}")
    raise SystemExit(0 if all(check.ok for check in checks) else 1)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def backup_command(file: Path, as_json: bool) -> None:
    """Copy the database while it is being served, and check the copy.

    Pictures lie in the media folder; copy that as any folder.

    Example:  htmxnews backup news-monday.db
    """
    with opened() as (_, store):
        stories = _copied(lambda: copies.backup(store, file))
    say(as_json, {"file": str(file), "stories": stories}, f"{file}: {in_stories(stories)}, checked")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def restore_command(file: Path, as_json: bool) -> None:
    """Put a backup in the place of the database; the one that it replaces is kept beside it.

    Stop the server first.

    Example:  htmxnews restore news-monday.db
    """
    store = Store(Config.from_env().database_url)
    kept = _copied(lambda: copies.restore(store, file))
    migrate.upgrade(store)
    store.dispose()
    words = f"Restored from {file}." + (f" The database before is kept as {kept}." if kept else "")
    say(as_json, {"file": str(file), "kept": str(kept) if kept else None}, words)


@click.command("unfold")
@click.argument("story")
@click.argument("other")
@click.option("--back", is_flag=True, help="Take it back: let their texts decide again.")
@as_json
def unfold_command(story: str, other: str, back: bool, as_json: bool) -> None:
    """Show two stories as two, although their texts are nearly the same; each is named by its slug.

    Example:  htmxnews unfold quay-reopens quay-reopens-2
    """
    with at_work("the next import or fetch goes on with the rest") as (config, store):
        try:
            changed = folding.part(store, story, other, apart=not back)
        except folding.UnknownStory as error:
            raise click.ClickException(f"{error.args[0]}.") from None
        if changed:
            derive_all(store, config)
    words = f"{story} and {other}: {'as their texts say' if back else 'kept apart'}"
    say(as_json, {"story": story, "other": other, "apart": not back, "changed": changed}, words)


def _copied(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except copies.CopyError as error:
        raise click.ClickException(f"{error}.") from None
