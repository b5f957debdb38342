"""`htmxnews`: the command line. Errors are one sentence with a way out, never a traceback."""

import sys
from io import TextIOWrapper

import click
from sqlalchemy.exc import SQLAlchemyError

from htmxnews.commands.bringing import demo_command, import_command, reclean_command, reindex_command
from htmxnews.commands.common import why
from htmxnews.commands.picturing import pictures_commands
from htmxnews.commands.serving import serve_command
from htmxnews.commands.subscribing import fetch_command, sources_commands
from htmxnews.commands.upkeep import (
    backup_command,
    doctor_command,
    migrate_command,
    restore_command,
    unfold_command,
)
from htmxnews.config import ConfigError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="htmxnews")
def commands() -> None:
    """A news reader for the web: sources in, a newspaper out.

    Settings come from the environment, every name with the prefix HTMXNEWS_.
    """


for command in (
    serve_command,
    import_command,
    sources_commands,
    fetch_command,
    pictures_commands,
    migrate_command,
    doctor_command,
    reclean_command,
    reindex_command,
    backup_command,
    restore_command,
    unfold_command,
    demo_command,
):
    commands.add_command(command)


def main() -> None:
    """Run a command; exits 0 when done, 1 when some of it failed, 2 on wrong usage or settings."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # none where it is closed
            stream.reconfigure(errors="backslashreplace")  # letters that a terminal has not stop no command
    try:
        commands()
    except ConfigError as error:
        _fail(f"{error}.", 2)
    except UnicodeEncodeError:
        _fail("A word of this command is no text in UTF-8.", 2)
    except (SQLAlchemyError, OSError) as error:
        _fail(why(error), 1)


def _fail(sentence: str, code: int) -> None:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(code)
