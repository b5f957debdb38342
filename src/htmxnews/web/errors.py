"""Any error, as a whole page, as a part of the open one, or as JSON or a line of text for machines."""

import logging
from difflib import get_close_matches
from itertools import islice

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request
from sqlalchemy.exc import DatabaseError
from werkzeug.exceptions import HTTPException, NotFound, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from htmxnews.finding import index
from htmxnews.finding.index import Named, UnknownName
from htmxnews.finding.rows import by_old_address
from htmxnews.web import asked
from htmxnews.web.answers import FRAMES

log = logging.getLogger(__name__)

SUGGEST_AMONG = 5_000  # names compared with an unknown one

SENTENCES = {
    400: "That address has something in it that we cannot read.",
    404: "There is nothing at this address.",
    405: "This address cannot be used in that way.",
    413: "That was too much at once.",
    500: "Something went wrong on our side.",
    503: "The paper cannot be read at the moment. Please try again shortly.",
}


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(UnknownName, show_unknown)
    app.register_error_handler(DatabaseError, show_database_trouble)


def show(error: HTTPException, ways_on: tuple[Named, ...] = (), way_kind: str = "tag") -> AnyResponse:
    """Say what went wrong and how to go on, with the error's own status."""
    status = error.code or 500
    if status == 404:
        try:
            if found := moved():
                return found
        except DatabaseError as trouble:
            return show_database_trouble(trouble)
    said = error.description if _is_ours(error) else SENTENCES.get(status, "That did not work.")
    if request.path.endswith((".json", "/oembed")):
        response: Response = jsonify(error=said)
    elif request.path.endswith((".atom", ".rss", ".xml", ".txt")):
        response = make_response(f"{said}\n", {"Content-Type": "text/plain; charset=utf-8"})
    else:
        response = make_response(
            render_template(_template(), status=status, sentence=said, ways_on=ways_on, way_kind=way_kind)
        )
    response.status_code = status
    if asked.is_part():
        response.headers["HX-Push-Url"] = "false"  # htmx would put the failed address in the bar
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _template() -> str:
    if asked.is_part():
        return "partials/error.html"
    return "embed/error.html" if request.path.startswith(FRAMES) else "error.html"


def show_unknown(error: UnknownName) -> AnyResponse:
    """404 for a tag, category, source or author that no story has, with the nearest that exist."""
    names = index.current(asked.session()).names
    ids = names.ids[error.kind]
    near = get_close_matches(error.slug[:80], islice(ids, SUGGEST_AMONG), n=5, cutoff=0.6)
    sentence = f"There is no {error.kind} of that name here."
    return show(NotFound(sentence), tuple(names.by_id[error.kind][ids[slug]] for slug in near), error.kind)


def show_database_trouble(error: DatabaseError) -> AnyResponse:
    """503: the database is away, busy, damaged or not made yet, or had no answer in time (S23)."""
    log.error("the database cannot be read: %s", error.orig)
    return show(ServiceUnavailable(retry_after=5))


def moved() -> AnyResponse | None:
    """Where an imported story stands now, when the address is one that it had before it was imported."""
    slugs = (by_old_address(asked.session(), path) for path in _spellings())
    slug = next(filter(None, slugs), None)
    return redirect(f"/a/{slug}", 301) if slug else None


def _spellings() -> dict[str, None]:
    """How the address may stand among the old ones: whole, without its query, its last slash there or not."""
    path, query = request.path, request.query_string.decode("ascii", "replace")
    whole = f"{path}?{query}" if query else path
    if path == "/":
        return dict.fromkeys((whole, f"/?p={request.args.get('p', '')}"))
    return dict.fromkeys((whole, path, path.rstrip("/") + "/", path.rstrip("/")))


def _is_ours(error: HTTPException) -> bool:
    """Whether the sentence is one that we wrote, not the library's."""
    return error.description is not None and error.description != type(error).description
