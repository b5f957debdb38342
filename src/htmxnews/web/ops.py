"""For those who run the site: is it alive, is it ready."""

from flask import Blueprint
from sqlalchemy.exc import DatabaseError

from htmxnews.store import migrate
from htmxnews.web import asked
from htmxnews.web.answers import NEVER

bp = Blueprint("ops", __name__)

_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": NEVER}


@bp.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """200 as long as the process answers."""
    return "alive\n", 200, _PLAIN


@bp.get("/readyz")
def readyz() -> tuple[str, int, dict[str, str]]:
    """200 when the database answers and has the schema that this code needs, else 503."""
    try:
        ready = migrate.is_current(asked.store())
    except DatabaseError:
        return "the database does not answer\n", 503, _PLAIN
    if not ready:
        return "the schema is not current; run: htmxnews migrate\n", 503, _PLAIN
    return "ready\n", 200, _PLAIN
