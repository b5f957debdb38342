"""oEmbed (https://oembed.com): what to show where an address of ours was pasted, as a frame."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from flask import Blueprint, Response, abort, render_template, request
from lxml.builder import E

from htmxnews.finding.rows import full
from htmxnews.web import asked, embed, snippets
from htmxnews.web.embed import Options
from htmxnews.web.machine import as_json
from htmxnews.web.syndication import to_bytes, xml_text
from htmxnews.web.words import absolute

bp = Blueprint("oembed", __name__)

WIDTH = 640  # CSS pixels, unless less is asked for
CARD_HEIGHT = 220
CACHE_SECONDS = 3600


@dataclass(frozen=True)
class Embedding:
    """A frame of ours: what it shows, and how high it is at the usual text size."""

    title: str
    path: str
    height: int  # CSS pixels
    author: str | None = None


@bp.get("/oembed")
def oembed() -> Response:
    """The frame for one of our addresses, as JSON or XML."""
    form = request.args.get("format") or "json"
    if form not in ("json", "xml"):
        abort(501, "oEmbed is to be had as json and as xml.")
    found = _answer(_embedding(request.args.get("url", "")))
    if form == "json":
        return as_json(found)
    fields = (E(name, xml_text(str(value))) for name, value in found.items())
    return Response(to_bytes(E("oembed", *fields)), content_type="text/xml")


def _embedding(url: str) -> Embedding:
    """What stands at an address of ours; 404 for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        abort(404, "That is not an address.")
    ours = urlsplit(asked.config().base_url).netloc
    if parts.scheme not in ("http", "https") or parts.netloc.lower() != ours.lower():
        abort(404, "That address is not one of ours.")
    path = unquote(parts.path) or "/"
    if path != "/" and not path.startswith("/a/"):
        abort(404, "Only lists of stories and single stories can be embedded.")
    return _list(parse_qsl(parts.query)) if path == "/" else _story(path.removeprefix("/a/"))


def _list(pairs: list[tuple[str, str]]) -> Embedding:
    only_any = not any(name == "tag" for name, _ in pairs) and any(name == "any" for name, _ in pairs)
    match: embed.Match = "any" if only_any else "all"
    options = Options(embed.selection(pairs, match), match)
    embed.widget(options)  # 404 for a tag that does not exist
    words = embed.in_words(options.selection)
    title = f"Stories {words}" if words else asked.config().site_name
    height = round(snippets.HEAD + snippets.ROW * options.count) + snippets.FRAME_PADDING
    return Embedding(title, "/embed/v1/frame" + options.query(), height)


def _story(slug: str) -> Embedding:
    found = full(asked.session(), slug)
    if found is None:
        abort(404, "There is no story at this address.")
    row = found.row
    author = ", ".join(author.name for author in row.authors) or row.source.name
    return Embedding(row.title, f"/embed/v1/a/{quote(row.slug)}", CARD_HEIGHT, author)


def _answer(found: Embedding) -> dict[str, Any]:
    width, height = _at_most("maxwidth", WIDTH), _at_most("maxheight", found.height)
    html = render_template(
        "embed/iframe.html",
        root=asked.config().base_url,
        path=found.path,
        title=found.title,
        width=width,
        height=height,
    )
    fields = {
        "version": "1.0",
        "type": "rich",
        "title": found.title,
        "author_name": found.author,
        "provider_name": asked.config().site_name,
        "provider_url": absolute("/"),
        "cache_age": CACHE_SECONDS,
        "width": width,
        "height": height,
        "html": html.strip(),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _at_most(name: str, usual: int) -> int:
    """A size in CSS pixels, no larger than asked."""
    text = request.args.get(name) or str(usual)
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or int(text) < 1:
        abort(400, f"“{name}” must be a number of pixels.")
    return min(int(text), usual)
