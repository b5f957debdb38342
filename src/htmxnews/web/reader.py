"""The pages that people read, and the parts of them that htmx asks for.

A page is its parts: both come from the same view data and the same templates.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import unescape
from typing import get_args

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from htmxnews import fields
from htmxnews.finding import editions, index, listing, popular, related
from htmxnews.finding.facets import Facets, TagCount, facets
from htmxnews.finding.listing import Page
from htmxnews.finding.popular import Popular, Window
from htmxnews.finding.rows import FullStory, StoryRow, full
from htmxnews.finding.search import marked
from htmxnews.finding.spelling import meant
from htmxnews.finding.suggestions import suggestions
from htmxnews.selection import Selection
from htmxnews.text import letters_of
from htmxnews.web import asked, errors
from htmxnews.web.words import page_url

bp = Blueprint("reader", __name__)

LEADS = 5
CHIPS = 24
RAIL_TAGS = 12
PANEL = 5
RELATED = 6
POPULAR_PAGE = 30
STANDFIRST_IN = 8_000  # characters of a body, markup and all
EDITION = 200
WINDOWS: tuple[Window, ...] = get_args(Window)


@dataclass(frozen=True)
class Chip:
    """Something chosen, that can be taken back: a query parameter, its value, and how it reads."""

    kind: str
    slug: str
    name: str


@dataclass(frozen=True)
class Listing:
    """All that the list view shows of one selection."""

    selection: Selection
    page: Page
    tags: Facets
    leads: tuple[StoryRow, ...]
    popular: tuple[Popular, ...]
    chips: tuple[Chip, ...]
    sentence: str  # "on Russia and Trade, without Sport"; empty for everything
    everything: int  # stories in all
    updated: datetime | None
    meant: Selection | None  # the same with words in the place of those that no story has

    @property
    def title(self) -> str:
        """What stands in the tab; empty for the whole front."""
        return f"Stories {self.sentence}" if self.sentence else ""

    @property
    def offered(self) -> list[TagCount]:
        """The tags that can still be chosen."""
        chosen = {*self.selection.tag, *self.selection.any}
        return [tag for tag in self.tags.tags if tag.slug not in chosen]

    @property
    def from_top(self) -> bool:
        """Whether the first story of the result is on the page, or would be if there were one."""
        return self.page.first == 1

    @property
    def here(self) -> str:
        """The address that brings back exactly these rows."""
        if not self.from_top:
            return page_url(self.selection, after=request.args["after"])
        if self.page.last is None or len(self.page.stories) <= asked.config().page_size:
            return page_url(self.selection)
        return page_url(self.selection, through=str(self.page.last))


@bp.get("/")
def front() -> str | AnyResponse:
    """The front page of a selection: masthead, headlines, filter, list, popular, tags."""
    if "p" in request.args and (moved := errors.moved()):  # WordPress's shortest addresses: /?p=17
        return moved
    chosen = asked.selection()
    if fields.parted(request.args.get("q", ""))[
        0
    ]:  # they have parameters of their own: one list, one address
        here = {name: request.args.get(name, "") for name in ("after", "through")}
        return redirect(page_url(chosen, **here))
    return render_template("index.html", listing=listing_of(chosen))


@bp.get("/partials/listing")
def listing_part() -> Response:
    """Filter, headlines, counts and first rows together; the address bar follows."""
    found = listing_of(asked.selection())
    response = make_response(render_template("partials/listing.html", listing=found))
    response.headers["HX-Push-Url"] = found.here
    return response


@bp.get("/partials/stories")
def stories_part() -> Response:
    """The next rows, and the link to those after them; the address bar names the loaded extent."""
    chosen, place = asked.selection(), asked.cursor("after")
    page = find(chosen)
    response = make_response(
        render_template("partials/stories.html", selection=chosen, page=page, first_page=place is None)
    )
    if page.last:
        response.headers["HX-Replace-Url"] = page_url(chosen, through=str(page.last))
    return response


@bp.get("/partials/suggestions")
def suggestions_part() -> str:
    """Tags and titles for the words that are being typed."""
    return render_template(
        "partials/suggestions.html", suggestions=suggestions(asked.session(), asked.selection().q)
    )


@bp.get("/a/<slug>")
def story(slug: str) -> str:
    """One story with its related and popular panels."""
    return render_template("story.html", **_story(slug))


@bp.get("/partials/a/<slug>")
def story_part(slug: str) -> str:
    """The same story for the open page."""
    return render_template("partials/story.html", **_story(slug))


@bp.get("/tags")
def tags() -> str:
    """All tags of a selection with their counts, by weight and from A to Z."""
    return render_template("tags.html", **_tags())


@bp.get("/partials/tags")
def tags_part() -> str:
    """The same lists for the open page."""
    return render_template("partials/tags.html", **_tags())


@bp.get("/popular")
def popular_page() -> str:
    """The most read stories of a day, a week or a month."""
    return render_template("popular.html", **_popular())


@bp.get("/partials/popular")
def popular_part() -> str:
    """The same list for the open page."""
    return render_template("partials/popular.html", **_popular())


@bp.get("/editions/<day>")
def edition(day: str) -> str:
    """The front page of one day."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        wanted = None
    if wanted is None or wanted.isoformat() != day:
        abort(400, "An edition's address ends in a day such as 2026-11-23.")
    today, zone = asked.now().date(), asked.config().zone
    if wanted > today:
        abort(404, "That day's paper has not been made yet.")
    return render_template(
        "edition.html",
        edition=editions.edition(asked.session(), wanted, zone=zone, limit=EDITION),
        calendar=editions.month(asked.session(), wanted, zone=zone, today=today),
        whole=Selection(from_=wanted, to=wanted),
    )


@bp.get("/about")
def about() -> str:
    """What this site is, what it keeps of its readers (nothing), and where its feeds are."""
    known = index.current(asked.session())
    return render_template(
        "about.html",
        sources=sorted(known.names.by_id["source"].values(), key=lambda source: source.name.casefold()),
        total=len(known),
    )


@bp.get("/offline")
def offline() -> str:
    """What a reader without a connection sees."""
    return render_template("offline.html")


def find(selection: Selection) -> Page:
    """The stories of a selection at the place that the request names."""
    return listing.find(
        asked.session(),
        selection,
        zone=asked.config().zone,
        limit=asked.config().page_size,
        after=asked.cursor("after"),
        through=asked.cursor("through"),
    )


def listing_of(selection: Selection) -> Listing:
    """The list view of a selection at the place that the request names."""
    session, zone = asked.session(), asked.config().zone
    known = index.current(session)
    page = find(selection)
    whole_front = selection.is_everything and page.first == 1
    return Listing(
        selection=selection,
        page=page,
        tags=facets(session, selection, zone=zone, limit=CHIPS),
        leads=listing.headlines(session, selection, zone=zone, limit=LEADS) if whole_front else (),
        popular=_popular_panel(selection, fill=selection.is_everything),
        chips=tuple(_chips(selection, known)),
        sentence=selection.sentence(known.name),
        everything=len(known),
        updated=listing.newest_change(session),
        meant=_meant(selection, known) if page.first == 1 else None,
    )


def _meant(selection: Selection, known: index.Index) -> Selection | None:
    better = meant(asked.session(), known, selection.q) if selection.q else None
    return replace(selection, q=better) if better else None


def _chips(selection: Selection, known: index.Index) -> Iterator[Chip]:
    for kind, value in selection.pairs():
        match kind:
            case "sort":
                continue
            case "q":
                name = f"“{value}”"
            case "from" | "to":
                name = f"{'since' if kind == 'from' else 'until'} {value}"
            case "tag" | "any" | "not":
                name = known.name("tag", value)
            case _:
                name = known.name(kind, value)
        yield Chip(kind, value, name)


def _story(slug: str) -> dict[str, object]:
    session, zone = asked.session(), asked.config().zone
    found: FullStory | None = full(session, slug)
    if found is None:
        abort(404, "There is no story at this address. It may have been withdrawn.")
    chosen = Selection(not_=asked.selection().not_)
    shown = found.shown_as or found.row
    return {
        "story": found,
        "standfirst": _standfirst(found),
        "drop_cap": _begins_with_a_letter(found.html),
        "related": related.related(session, shown.id, selection=chosen, limit=RELATED),
        "popular": _popular_panel(chosen, fill=True, aside=shown.id),
        "tags": facets(session, chosen, zone=zone, limit=RAIL_TAGS),
    }


def _popular_panel(selection: Selection, *, fill: bool, aside: int | None = None) -> tuple[Popular, ...]:
    """The week's most popular stories of a selection, the one `aside` (the story being read) left out."""
    found = popular.popular(
        asked.session(),
        selection,
        "week",
        zone=asked.config().zone,
        limit=PANEL + 1,
        now=asked.now(),
        fill=fill,
    )
    return tuple(item for item in found if item.row.id != aside)[:PANEL]


def _tags() -> dict[str, object]:
    chosen = asked.selection()
    known = index.current(asked.session())
    found = facets(asked.session(), chosen, zone=asked.config().zone, limit=None)
    letters: dict[str, list[object]] = {}
    for tag in sorted(found.tags, key=lambda tag: tag.name.casefold()):
        letters.setdefault(tag.name[:1].upper(), []).append(tag)
    return {"selection": chosen, "tags": found, "letters": letters, "sentence": chosen.sentence(known.name)}


def _popular() -> dict[str, object]:
    window = asked.choice("window", WINDOWS, "week")
    chosen = asked.selection()
    found = popular.popular(
        asked.session(), chosen, window, zone=asked.config().zone, limit=POPULAR_PAGE, now=asked.now()
    )
    known = index.current(asked.session())
    return {
        "window": window,
        "windows": WINDOWS,
        "popular": found,
        "selection": chosen,
        "sentence": chosen.sentence(known.name),
    }


@bp.app_template_filter("marked")
def mark(text: str, q: str) -> list[tuple[str, bool]]:
    """Pieces of a text, each with whether it answers the search."""
    return marked(text, q, index.current(asked.session()).langs)


def _standfirst(story: FullStory) -> str:
    """The summary, unless the body begins with it, be it behind a heading or a picture.

    Quotation marks and spaces may differ.
    """
    beginning = letters_of(unescape(re.sub(r"<[^>]*>", " ", story.html[:STANDFIRST_IN])))
    return "" if letters_of(story.row.summary)[:50] in beginning else story.row.summary


def _begins_with_a_letter(html: str) -> bool:
    """Whether the body may have a drop capital: it opens with a paragraph and a Latin letter."""
    return bool(re.match(r"\s*<p>[A-Za-zÀ-ɏ]", html))
