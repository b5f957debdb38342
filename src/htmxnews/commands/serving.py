"""The command that serves: checks first, then becomes gunicorn."""

import os
import socket
import sys

import click

from htmxnews import places
from htmxnews.commands.common import opened

DEFAULT_BIND = "127.0.0.1:8000"


@click.command("serve")
@click.option(
    "--bind",
    default=DEFAULT_BIND,
    metavar="ADDR",
    help=f"Where to listen, such as {DEFAULT_BIND} (the default) or unix:news.sock.",
)
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", help="Worker processes.")
def serve_command(bind: str, workers: int | None) -> None:
    """Serve the site with gunicorn.

    Example:  htmxnews serve --bind 127.0.0.1:8080 --workers 4
    """
    with opened():
        pass  # settings are fine and the schema is current, or a sentence says otherwise
    if not bind.startswith("unix:"):
        _check_free(*_host_and_port(bind))
        click.echo(f"Serving on http://{bind} (Ctrl-C stops)", err=True)
    command = [sys.executable, "-m", "gunicorn", "-c", str(places.GUNICORN_CONF), "--bind", bind]
    if workers:
        command += ["--workers", str(workers)]
    if places.IN_CHECKOUT:
        command += ["--pythonpath", str(places.ROOT)]
    sys.stdout.flush()
    os.execv(sys.executable, [*command, places.WSGI_APP])  # noqa: S606 (no shell, our own words)


def _host_and_port(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.UsageError(f"--bind is {bind!r}, but must be like {DEFAULT_BIND}.")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 (what an empty host means)


def _check_free(host: str, port: int) -> None:
    """Try to listen for a moment, so that a taken port is one sentence and not a log of retries."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):  # the latter for what can be no name
        raise click.UsageError(f"--bind names {host!r}, which is no address of this machine.") from None
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            words = f"{host}:{port} cannot be listened on ({(error.strerror or '').lower()})"
            raise click.ClickException(
                f"{words}; stop what is there, or use --bind with another port."
            ) from None
