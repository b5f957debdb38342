"""Files of our own: styles, scripts, icons under hashed names, and the pictures of stories."""

import re
from functools import cache
from hashlib import blake2b
from pathlib import Path

from flask import Flask, Response, abort, send_file

from htmxnews.places import STATIC
from htmxnews.web import asked
from htmxnews.web.answers import FOREVER

_HASHED = re.compile(r"^(?P<stem>[\w./-]+?)\.(?P<hash>[0-9a-f]{10})(?P<suffix>\.[\w.]+)$")
_PICTURE = re.compile(r"^[0-9a-f]{64}-\d{1,5}\.webp$")


def init_app(app: Flask) -> None:
    app.add_url_rule("/static/<path:name>", "static", static)
    app.add_url_rule("/media/<name>", "media", media)
    app.add_url_rule("/favicon.ico", "favicon", favicon)
    app.jinja_env.globals["static"] = static_url


@cache
def static_url(name: str) -> str:
    """The address of a static file, with a hash of its bytes in the name: it may be kept forever."""
    path = Path(name)
    return f"/static/{path.with_name(f'{path.stem}.{_hash(name)}{path.suffix}')}"


def static(name: str) -> Response:
    """A static file; under its current hashed name it never changes."""
    match = _HASHED.match(name)
    plain = match["stem"] + match["suffix"] if match else name
    if plain not in _files():
        abort(404)
    response = send_file(STATIC / plain, etag=False, conditional=False)
    response.direct_passthrough = False  # so that it is compressed and tagged like every other answer
    if match and match["hash"] == _hash(plain):
        response.headers["Cache-Control"] = FOREVER
    return response


def favicon() -> Response:
    """The icon, for those who ask for it at its oldest address."""
    return static("icon.svg")


def media(name: str) -> Response:
    """A picture of a story, in one of our sizes."""
    if not _PICTURE.match(name):
        abort(404)
    path = asked.config().media_dir.absolute() / name
    if not path.is_file():
        abort(404)
    response = send_file(path, mimetype="image/webp", etag=False, conditional=False)
    response.direct_passthrough = False
    response.headers["Cache-Control"] = FOREVER
    return response


@cache
def _files() -> frozenset[str]:
    return frozenset(str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.is_file())


@cache
def _hash(name: str) -> str:
    return blake2b((STATIC / name).read_bytes(), digest_size=5).hexdigest()
