"""What stands on other people's pages: the widget's data, its scripts, and its frames.

All of it shows a Selection, as everywhere, and nothing of it but text, dates and links (S40).
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request

from htmxnews.finding import index, listing
from htmxnews.finding.facets import TagCount, facets
from htmxnews.finding.listing import Page
from htmxnews.finding.rows import StoryRow, full
from htmxnews.places import STATIC
from htmxnews.selection import TAGS_MAX, BadSelection, Selection
from htmxnews.web import asked, assets
from htmxnews.web.answers import FOREVER, LONG
from htmxnews.web.machine import as_json
from htmxnews.web.words import absolute, machine, page_url, plural, story_url

bp = Blueprint("embed", __name__)

Match = Literal["all", "any"]
Theme = Literal["auto", "light", "dark"]
MATCHES: tuple[Match, ...] = get_args(Match)
THEMES: tuple[Theme, ...] = get_args(Theme)

COUNT = 5  # stories, unless told otherwise
OFFERED = 6  # tags to choose from, when none are named
OFFER_MAX = 16

# For a page that asks again and again, a minute is soon enough.
KEPT = "public, max-age=60, s-maxage=60, stale-while-revalidate=300"


@dataclass(frozen=True)
class Options:
    """What a site wants to show: a Selection, and the query parameters `match`, `offer`, `n` and `theme`."""

    selection: Selection
    match: Match = "all"  # how further tags are added to the selection
    offer: tuple[str, ...] = ()  # tags to choose from, besides the chosen ones
    count: int = COUNT  # stories, 1 to 20
    theme: Theme = "auto"

    @property
    def chosen(self) -> tuple[str, ...]:
        """The tags that the selection has all of, and those that it has any of."""
        return (*self.selection.tag, *self.selection.any)

    def query(self) -> str:
        """The query string that brings them back, `?` included; what is as usual is left out."""
        pairs = self.selection.pairs() + [("offer", tag) for tag in self.offer]
        pairs += [("match", self.match)] if self.match != "all" else []
        pairs += [("n", str(self.count))] if self.count != COUNT else []
        pairs += [("theme", self.theme)] if self.theme != "auto" else []
        return "?" + urlencode(pairs) if pairs else ""

    def toggled(self, tag: str) -> "Options":
        """These options with `tag` chosen, or no longer; themselves when no more can be chosen."""
        found = self.selection
        if tag in found.any:
            return replace(self, selection=replace(found, any=tuple(t for t in found.any if t != tag)))
        if tag in found.tag or self.match == "all":
            return replace(self, selection=found.toggled(tag))
        return self if len(found.any) == TAGS_MAX else replace(self, selection=found.adding("any", tag))


@dataclass(frozen=True)
class Widget:
    """All that a widget shows."""

    options: Options
    page: Page
    tags: tuple[TagCount, ...]  # to choose from, the chosen ones among them
    sentence: str  # "64 stories on Russia and Trade"


@bp.get("/embed/v1/items.json")
def items() -> Response:
    """The newest stories of a selection, and how many of it have each of the tags to choose from."""
    found = widget(options())
    response = as_json(
        {
            "total": found.page.total,
            "sentence": found.sentence,
            "site": asked.config().site_name,
            "lang": asked.config().lang,
            "url": absolute(page_url(found.options.selection)),
            "tags": [{"slug": tag.slug, "name": tag.name, "count": tag.count} for tag in found.tags],
            "items": [_item(story) for story in found.page.stories],
        }
    )
    response.headers["Cache-Control"] = KEPT
    return response


@bp.get("/embed/v1/frame")
def frame() -> str:
    """The same for pages that let no script of ours in: a list whose tags are links."""
    found = widget(options())
    offered = replace(found.options, offer=tuple(tag.slug for tag in found.tags))
    return render_template("embed/frame.html", widget=found, options=offered)


@bp.get("/embed/v1/a/<slug>")
def card(slug: str) -> str:
    """A story as a card to frame: its title, teaser and date."""
    found = full(asked.session(), slug)
    if found is None:
        abort(404, "There is no story at this address.")
    return render_template("embed/card.html", row=found.row, theme=theme())


@bp.get("/embed/v1/<name>.js")
def newest_script(name: str) -> Response:
    """A script for other people's pages in its newest version; it follows our fixes."""
    response = assets.static(f"embed/{newest()}/{name}.js")
    response.headers["Cache-Control"] = LONG
    return response


@bp.get("/embed/v1.<int:minor>.<int:fix>/<name>.js")
def script(minor: int, fix: int, name: str) -> Response:
    """A script in one version. It never changes, so its hash may stand beside it."""
    response = assets.static(f"embed/v1.{minor}.{fix}/{name}.js")
    response.headers["Cache-Control"] = FOREVER
    return response


@cache
def newest() -> str:
    """The name of the newest version: "v1.0.0"."""
    versions = (path.name for path in (STATIC / "embed").glob("v*.*.*"))
    return max(versions, key=lambda name: tuple(map(int, name[1:].split("."))))


@cache
def integrity(name: str) -> str:
    """What a page that pins the newest version of a script says of its bytes."""
    digest = hashlib.sha384((STATIC / "embed" / newest() / name).read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def options() -> Options:
    """What the query string asks for; 400 where it cannot be read."""
    only_any = "any" in request.args and "tag" not in request.args
    usual: Match = "any" if only_any else "all"
    match = asked.choice("match", MATCHES, usual)
    return Options(
        selection=selection(request.args.items(multi=True), match),
        match=match,
        offer=offered(request.args.getlist("offer")),
        count=count(),
        theme=theme(),
    )


def selection(pairs: Iterable[tuple[str, str]], match: Match) -> Selection:
    """The selection that these parameters spell. Where any of several tags will do, `tag` means `any`."""
    spelled = (("any" if match == "any" and name == "tag" else name, value) for name, value in pairs)
    try:
        return Selection.parse(spelled)
    except BadSelection as error:
        abort(400, str(error))


def offered(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags to choose from, each once, in their order."""
    found = tuple(dict.fromkeys(filter(None, map(str.strip, tags))))
    if len(found) > OFFER_MAX:
        abort(400, f"At most {OFFER_MAX} tags can be offered.")
    return found


def count() -> int:
    """How many stories are asked for."""
    text = request.args.get("n") or str(COUNT)
    if not re.fullmatch("[1-9]|1[0-9]|20", text):
        abort(400, "“n” must be a number of stories from 1 to 20.")
    return int(text)


def theme() -> Theme:
    """The light that is asked for."""
    return asked.choice("theme", THEMES, "auto")


def widget(options: Options) -> Widget:
    """Find what the options ask for. Raises UnknownName."""
    page = listing.find(asked.session(), options.selection, zone=asked.config().zone, limit=options.count)
    sentence = f"{plural(page.total, 'story', 'stories')} {in_words(options.selection)}".rstrip()
    return Widget(options, page, _tags(options), sentence)


def in_words(selection: Selection) -> str:
    """What a selection is about: "on Russia and Trade"; empty for everything."""
    return selection.sentence(index.current(asked.session()).name)


def _tags(options: Options) -> tuple[TagCount, ...]:
    """The tags that the options name, in their order, else the most used; with counts of the selection.

    What each of several tags adds is what it has without the others; so `any` is left aside in counting.
    """
    session, zone = asked.session(), asked.config().zone
    base = replace(options.selection, any=())
    # What is offered keeps its order, so that nothing jumps where a reader chooses.
    named = tuple(dict.fromkeys((*options.offer, *options.chosen)))
    if not named:
        return facets(session, base, zone=zone, limit=OFFERED).tags
    found = facets(session, replace(base, any=named), zone=zone, limit=1)  # counts each one that is named
    counts = {tag.slug: tag.count for tag in found.tags}
    known = index.current(session)
    return tuple(
        TagCount(slug, known.name("tag", slug), counts.get(slug, 0))
        for slug in named
        if slug in options.chosen or slug in known.names.ids["tag"]
    )


def _item(story: StoryRow) -> dict[str, str | None]:
    return {
        "title": story.title,
        "url": story_url(story.slug),
        "published": machine(story.published_at),
        "source": story.source.name,
        "lang": story.lang,
        "dir": story.dir,
    }
