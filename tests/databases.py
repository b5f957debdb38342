"""Databases for tests and benchmarks: files of SQLite, or those of a PostgreSQL that the run starts."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg

INSTALL = "apt-get install -y postgresql"


class NoServer(Exception):
    """The machine has no PostgreSQL; the message says how to install one."""


class Server:
    """A PostgreSQL of our own on loopback, gone with the run."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._numbers = count(1)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://paper@127.0.0.1:{self.port}/{name}"

    def create(self, template: str = "template0", name: str = "") -> str:
        name = name or f"paper_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            for other in (name, template):  # whoever still holds it lets go
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [other]
                )
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)


_server: list[Server] = []


def at(folder: Path) -> str:
    """The address of a new database without tables; a file lies in `folder`."""
    return _server[0].create() if _server else f"sqlite:///{folder / 'news.db'}"


def copy(template: str, folder: Path) -> str:
    """A new database with all that another has; nobody may be using that one."""
    if _server:
        return _server[0].create(template.rpartition("/")[2])
    shutil.copyfile(_file(template), folder / "news.db")
    return f"sqlite:///{folder / 'news.db'}"


def overwrite(database: str, template: str) -> None:
    """Give a database all that another has, in place of what it had."""
    if _server:
        _server[0].create(template.rpartition("/")[2], database.rpartition("/")[2])
    else:
        shutil.copyfile(_file(template), _file(database))


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def server(*more: str) -> Iterator[None]:
    """Let `at` and `copy` give databases of PostgreSQL meanwhile; `more` are settings. Raises NoServer."""
    programs = _programs()
    folder = Path(mkdtemp(prefix="htmxnews-postgresql-"))
    as_user = _ready_for_its_user(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    settings = f"-h 127.0.0.1 -p {port} -k {folder}"
    for setting in ("fsync=off", "full_page_writes=off", "max_connections=300", *more):
        settings += f" -c {setting}"
    initdb = [
        str(programs / "initdb"),
        "-D",
        data,
        "-U",
        "paper",
        "--auth=trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    control = [str(programs / "pg_ctl"), "-D", data, "-w"]
    try:
        subprocess.run([*as_user, *initdb], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        start = [*control, "-l", str(folder / "log"), "-o", settings, "start"]
        subprocess.run([*as_user, *start], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        _server.append(Server(port))
        yield
    finally:
        _server.clear()
        stop = [*control, "-m", "immediate", "stop"]
        subprocess.run([*as_user, *stop], check=False, stdout=subprocess.DEVNULL, cwd=folder)
        shutil.rmtree(folder)


def _programs() -> Path:
    """Where the server's programs are; Debian keeps them beside the path, a folder a version."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not versions:
        raise NoServer(f"There is no PostgreSQL here. Install one: {INSTALL}")
    return versions[-1].parent


def _ready_for_its_user(folder: Path) -> list[str]:
    """Words before a command that start the server: it refuses to be run by root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
