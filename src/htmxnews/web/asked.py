"""What a request brings: the settings, a reading session, a Selection, a place in the list, the time."""

from datetime import UTC, datetime
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from htmxnews.config import Config
from htmxnews.selection import BadCursor, BadSelection, Cursor, Selection
from htmxnews.store.engine import Store

T = TypeVar("T", bound=str)

NUMBERS = "htmxnews.numbers"  # in a request's environment: those of the database, from a moment ago


def init_app(app: Flask) -> None:
    app.extensions["is_ours"] = lru_cache(maxsize=256)(
        partial(is_our_name, config=app.extensions["htmxnews"])
    )
    app.before_request(_refuse_foreign_host)
    app.before_request(_refuse_large_body)
    app.teardown_request(_close_session)


def config() -> Config:
    found: Config = current_app.extensions["htmxnews"]
    return found


def store() -> Store:
    found: Store = current_app.extensions["store"]
    return found


def session() -> Session:
    """The reading session of this request; it ends with the request."""
    if "session" not in g:
        g.session_scope = store().reading(request.environ.get(NUMBERS))
        g.session = g.session_scope.__enter__()
    found: Session = g.session
    return found


def now() -> datetime:
    """One instant for the whole request, in the site's time zone."""
    if "now" not in g:
        g.now = datetime.now(UTC).astimezone(config().zone)
    found: datetime = g.now
    return found


def selection() -> Selection:
    """The selection in the query string; 400 when it is none."""
    try:
        return Selection.parse(request.args.items(multi=True))
    except BadSelection as error:
        abort(400, str(error))


def cursor(name: str) -> Cursor | None:
    """The place named by `after` or `through`; 400 when it is not one of ours."""
    try:
        return Cursor.parse(request.args.get(name))
    except BadCursor as error:
        abort(400, str(error))


def choice(name: str, allowed: tuple[T, ...], default: T) -> T:
    """One of a few words; 400 for any other."""
    word = request.args.get(name) or default
    known = next((each for each in allowed if each == word), None)
    if known is None:
        abort(400, f"“{name}” must be one of: {', '.join(allowed)}.")
    return known


def is_part() -> bool:
    """Whether the address is a part's, to be swapped into an open page."""
    return request.path.startswith("/partials/")


def _refuse_foreign_host() -> None:
    """S34. The header itself is read: where it is missing, `request.host` would be the server's own name."""
    if not current_app.extensions["is_ours"](request.headers.get("Host", "")):
        abort(400, "This site does not answer to that host name.")


def is_our_name(host: str, config: Config) -> bool:
    """Whether a Host header names this site, its case and port aside."""
    host = host.lower()
    name = (host if host.endswith("]") else host.rsplit(":", 1)[0]).strip("[]")
    ours = {urlsplit(config.base_url).hostname, *(extra.lower() for extra in config.extra_hosts)}
    return name in ours or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _refuse_large_body() -> None:
    """S38: whoever sends more than MAX_CONTENT_LENGTH, declared or in chunks, gets 413, at every address."""
    try:
        body = request.get_data()
    except HTTPException:
        raise
    except Exception:  # broken chunks: each server has an error of its own for them
        abort(400)
    in_chunks = request.content_length is None
    if in_chunks and len(body) == current_app.config["MAX_CONTENT_LENGTH"]:  # read up to there, and cut
        abort(413)


def _close_session(_error: BaseException | None) -> None:
    scope = g.pop("session_scope", None)
    if scope is not None:
        scope.__exit__(None, None, None)
