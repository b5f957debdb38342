"""The page for owners of other sites: choose what to show, look at it, copy the lines that show it.

The preview stands in a sandboxed frame: on an origin of its own, as another site would be.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request

from htmxnews.finding import index
from htmxnews.finding.facets import TagCount, facets
from htmxnews.selection import Selection
from htmxnews.text import slug_of
from htmxnews.web import asked, embed
from htmxnews.web.embed import Options

bp = Blueprint("snippets", __name__)

Show = Literal["everything", "all", "any"]
Kind = Literal["element", "frame"]
SHOWS: tuple[Show, ...] = get_args(Show)
KINDS: tuple[Kind, ...] = get_args(Kind)

CHOICES = 24  # tags to tick; any other can be named

# How high the widget is at the usual text size, in CSS pixels: all but the rows, a row, a row where it is
# narrow; and what a frame adds. Browser tests measure them.
HEAD, ROW, NARROW_ROW = 118, 65.6, 83.2
FRAME_PADDING = 24


@dataclass(frozen=True)
class Builder:
    """What was chosen on the page."""

    options: Options
    show: Show  # before a reader chooses: everything, or the stories with all or any of the tags
    kind: Kind
    unknown: tuple[str, ...]  # names of tags that do not exist

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that become buttons."""
        return self.options.chosen or self.options.offer

    @property
    def height(self) -> int:
        """The height where there is room, in CSS pixels."""
        return round(HEAD + ROW * self.options.count)

    @property
    def narrow_height(self) -> int:
        return round(HEAD + NARROW_ROW * self.options.count)

    def query(self) -> str:
        """The query string of the page that shows this."""
        pairs = [("tag", tag) for tag in self.tags]
        pairs += [("show", self.show), ("n", str(self.options.count)), ("theme", self.options.theme)]
        return "?" + urlencode([*pairs, ("kind", self.kind)])


@bp.get("/embed")
def page() -> str:
    """Choose, look, copy: a form that works without a script."""
    builder = _builder()
    return render_template("embed.html", choices=tuple(_choices(builder)), **_shown(builder))


@bp.get("/partials/embed")
def part() -> Response:
    """How it looks, and the lines to copy; the address bar follows."""
    builder = _builder()
    response = make_response(render_template("partials/embed.html", **_shown(builder)))
    response.headers["HX-Replace-Url"] = "/embed" + builder.query()
    return response


@bp.get("/embed/v1/preview")
def preview() -> str:
    """Somebody's page with the widget on it, for the frame of the page that offers it."""
    options = embed.options()
    return render_template("embed/preview.html", **_lines(options))


def _builder() -> Builder:
    known = index.current(asked.session()).names.ids["tag"]
    named = {word: word if word in known else slug_of(word) for word in request.args.getlist("tag") if word}
    tags = [slug for slug in named.values() if slug in known]
    show = asked.choice("show", SHOWS, "everything")
    match: embed.Match = "any" if show == "any" else "all"
    chosen = [("tag", tag) for tag in tags] if show != "everything" else []
    return Builder(
        options=Options(
            selection=embed.selection(chosen, match),
            match=match,
            offer=embed.offered(tags) if show == "everything" else (),
            count=embed.count(),
            theme=embed.theme(),
        ),
        show=show,
        kind=asked.choice("kind", KINDS, "element"),
        unknown=tuple(word for word, slug in named.items() if slug not in known),
    )


def _choices(builder: Builder) -> Iterator[TagCount]:
    """Tags to tick: the chosen ones, then the most used."""
    known = index.current(asked.session())
    most = facets(asked.session(), Selection(any=builder.tags), zone=asked.config().zone, limit=1).tags
    counts = {tag.slug: tag.count for tag in most}
    yield from (TagCount(tag, known.name("tag", tag), counts.get(tag, 0)) for tag in builder.tags)
    used = facets(asked.session(), Selection(), zone=asked.config().zone, limit=CHOICES).tags
    yield from (tag for tag in used if tag.slug not in builder.tags)


def _shown(builder: Builder) -> dict[str, Any]:
    return {"builder": builder, **_lines(builder.options)}


def _lines(options: Options) -> dict[str, Any]:
    """What the lines to copy are made of."""
    return {
        "options": options,
        "words": embed.in_words(options.selection),
        "version": embed.newest(),
        "integrity": embed.integrity,
    }
