"""The same selections for machines: feeds, tag counts, related and popular stories."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, request

from htmxnews.finding import index, listing, related
from htmxnews.finding.facets import facets
from htmxnews.finding.popular import popular
from htmxnews.finding.rows import StoryRow, full, fulls
from htmxnews.selection import Selection
from htmxnews.web import asked, reader, syndication
from htmxnews.web.syndication import Feed
from htmxnews.web.words import absolute, page_url, story_url

bp = Blueprint("machine", __name__)


@bp.get("/feed.atom")
def atom() -> Response:
    """A selection as Atom 1.0."""
    return Response(syndication.atom(feed_of(asked.selection())), content_type="application/atom+xml")


@bp.get("/feed.rss")
def rss() -> Response:
    """A selection as RSS 2.0."""
    return Response(syndication.rss(feed_of(asked.selection())), content_type="application/rss+xml")


@bp.get("/feed.json")
def json_feed() -> Response:
    """A selection as JSON Feed 1.1."""
    return as_json(syndication.json_feed(feed_of(asked.selection())), "application/feed+json")


@bp.get("/tags.json")
def tags() -> Response:
    """How many stories a selection has, and how many of them have each tag, most first."""
    found = facets(asked.session(), asked.selection(), zone=asked.config().zone, limit=None)
    counts = [{"slug": tag.slug, "name": tag.name, "count": tag.count} for tag in found.tags]
    return as_json({"total": found.total, "tags": counts})


@bp.get("/a/<slug>/related.json")
def related_stories(slug: str) -> Response:
    """What else to read after a story, best first, each with its reason; honours `not`."""
    story = full(asked.session(), slug)
    if story is None:
        abort(404, "There is no story at this address.")
    found = related.related(
        asked.session(),
        story.row.id,
        selection=Selection(not_=asked.selection().not_),
        limit=reader.RELATED,
    )
    lines = _lines(other.row for other in found)
    return as_json([line | {"reason": other.reason} for line, other in zip(lines, found, strict=True)])


@bp.get("/popular.json")
def popular_stories() -> Response:
    """The most read stories of a selection in a day, a week or a month."""
    found = popular(
        asked.session(),
        asked.selection(),
        asked.choice("window", reader.WINDOWS, "week"),
        zone=asked.config().zone,
        limit=reader.POPULAR_PAGE,
        now=asked.now(),
    )
    lines = _lines(read.row for read in found)
    return as_json([line | {"views": read.views} for line, read in zip(lines, found, strict=True)])


def feed_of(selection: Selection) -> Feed:
    """The feed of a selection at the place that the request names: the stories that the page has there."""
    session, config = asked.session(), asked.config()
    page = reader.find(selection)
    sentence = selection.sentence(index.current(session).name)
    stories = tuple(fulls(session, [story.id for story in page.stories]))
    changes = [syndication.changed_at(story.row) for story in stories]
    here = {name: request.args.get(name, "") for name in ("after", "through")}
    return Feed(
        site=config.site_name,
        title=f"{config.site_name} — stories {sentence}" if sentence else config.site_name,
        description=config.site_tagline,
        lang=config.lang,
        page_url=absolute(page_url(selection)),
        first_url=absolute(request.path + selection.query()),
        own_url=absolute(request.path + selection.query(**here)),
        next_url=absolute(request.path + selection.query(after=str(page.next))) if page.next else None,
        updated=max(changes, default=listing.newest_change(session) or datetime.fromtimestamp(0, UTC)),
        stories=stories,
    )


def as_json(value: Any, content_type: str = "application/json") -> Response:
    """An answer in JSON, its keys in the order given."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text + "\n", content_type=content_type)


def _lines(stories: Iterable[StoryRow]) -> list[dict[str, Any]]:
    rows = list(stories)
    return [
        {
            "id": story.key,
            "slug": story.row.slug,
            "title": story.row.title,
            "url": story_url(story.row.slug),
        }
        for story in fulls(asked.session(), [row.id for row in rows])
    ]
