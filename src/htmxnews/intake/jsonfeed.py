"""JSON Feed 1.0 and 1.1: bytes → drafts."""

import json
from typing import Any

from htmxnews.intake.addresses import web_address
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft, Unreadable
from htmxnews.intake.leads import lead_in

Item = dict[str, Any]


def is_json(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def parse(data: bytes, address: str | None = None) -> Parsed:
    """Read a JSON Feed; `address` is where it came from. Raises Unreadable when it is none."""
    try:
        feed = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable("is neither a feed nor well-formed JSON") from None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise Unreadable("is JSON, but no JSON Feed: it has no list of items")
    site = web_address(_text(feed, "home_page_url"), address)
    parsed = Parsed(_text(feed, "title"), site, _text(feed, "language") or None, total=len(feed["items"]))
    items = [item for item in feed["items"] if isinstance(item, dict)]
    parsed.refused = len(feed["items"]) - len(items)
    if parsed.refused:
        parsed.warnings.append(f"{parsed.refused} of its items are no objects")
    parsed.drafts = [_draft(item, site or address, _authors(feed)) for item in items]
    return parsed


def _draft(item: Item, site: str | None, feed_authors: tuple[str, ...]) -> StoryDraft:
    link = web_address(_text(item, "url"), site) or web_address(_text(item, "external_url"), site)
    markup, text = _text(item, "content_html"), _text(item, "content_text")
    tags = item.get("tags")
    return StoryDraft(
        key=_text(item, "id") or None,
        title=_text(item, "title"),
        body=markup or text,
        body_kind="html" if markup else "text",
        base_url=link or site,
        url=link,
        summary=_text(item, "summary"),
        published=_text(item, "date_published") or _text(item, "date_modified") or None,
        updated=_text(item, "date_modified") or None,
        authors=_authors(item) or feed_authors,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        picture=_picture(item, link or site) or lead_in(markup, link or site),
        lang=_text(item, "language") or None,
    )


def _text(item: Item, name: str) -> str:
    """A string of the item; numbers are taken as written, since some feeds number their items."""
    value = item.get(name)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _authors(item: Item) -> tuple[str, ...]:
    """Names of `authors` (1.1) or `author` (1.0)."""
    people = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    return tuple(
        name for person in people or () if isinstance(person, dict) and (name := _text(person, "name"))
    )


def _picture(item: Item, base: str | None) -> PictureDraft | None:
    attached = item.get("attachments")
    offers = [_text(item, "image"), _text(item, "banner_image")]
    offers += [
        _text(part, "url")
        for part in (attached if isinstance(attached, list) else ())
        if isinstance(part, dict) and _text(part, "mime_type") in ("image/jpeg", "image/png", "image/webp")
    ]
    address = next((found for offer in offers if offer and (found := web_address(offer, base))), None)
    return PictureDraft(url=address) if address else None
