"""Backups of PostgreSQL, by its own programs: pg_dump and pg_restore (R07)."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect

from htmxnews.store.engine import Store

TOOLS = ("pg_dump", "pg_restore")


class CopyError(Exception):
    """A backup that could not be made or may not be put back; the message is a sentence."""


def missing_tools() -> list[str]:
    """The programs that cannot be found."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def backup(store: Store, part: Path, file: Path) -> int:
    """Write a checked dump, under another name until it is whole; return how many stories are in it."""
    try:
        _run(store, "pg_dump", "--format=custom", "--no-owner", f"--file={part}")
        stories = check(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return stories


def check(file: Path) -> int:
    """Read a whole dump, and return how many stories are in it. Raises CopyError."""
    stories, within = None, False
    with _reading(file) as reader:
        for line in reader.stdout or ():
            if line.startswith(b"COPY "):
                within = line.split()[1] in (b"public.story", b"story")
                stories = 0 if within else stories
            elif line == b"\\.\n":
                within = False
            elif within and stories is not None:
                stories += 1
        trouble = reader.stderr.read().decode(errors="replace").strip() if reader.stderr else ""
    if reader.returncode or stories is None:
        reason = trouble.splitlines()[-1] if trouble else "it has no stories' table"
        raise CopyError(f"{file} is not a database of htmxnews: {reason}")
    return stories


def restore(store: Store, file: Path) -> Path | None:
    """Put a checked dump in the place of what is there, all or nothing; what was there is dumped first."""
    check(file)
    kept = None
    if inspect(store.write_engine).has_table("story"):
        kept = file.absolute().with_name(f"{store.url.database}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        backup(store, kept.with_name(kept.name + ".part"), kept)
    store.dispose()
    how = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(store, "pg_restore", *how, f"--dbname={_address(store)}", str(file))
    return kept


def _run(store: Store, tool: str, *arguments: str) -> None:
    where = () if tool == "pg_restore" else (f"--dbname={_address(store)}",)
    try:
        done = subprocess.run(  # noqa: S603 (a program of PostgreSQL, words of ours)
            [tool, *where, *arguments], env=_environment(store), capture_output=True, check=False
        )
    except FileNotFoundError:
        raise CopyError(f"{tool} cannot be found; install the client programs of PostgreSQL") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise CopyError(f"{tool} failed: {lines[-1] if lines else done.returncode}")


def _reading(file: Path) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 (a program of PostgreSQL, words of ours)
            ["pg_restore", "--data-only", "--file=-", str(file)],  # noqa: S607
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError:
        raise CopyError("pg_restore cannot be found; install the client programs of PostgreSQL") from None


def _address(store: Store) -> str:
    """Without the password: others can read the words of a command."""
    return store.url.set(drivername="postgresql", password=None).render_as_string()


def _environment(store: Store) -> dict[str, str]:
    password = {"PGPASSWORD": str(store.url.password)} if store.url.password else {}
    return {**os.environ, **password}
