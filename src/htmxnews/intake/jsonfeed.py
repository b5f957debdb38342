"""JSON Feed 1.0 and 1.1: bytes → drafts."""

import json
from typing import Any

from htmxnews.intake.addresses import web_address
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft, Unreadable
from htmxnews.intake.leads import lead_in
from htmxnews.intake.values import names, text

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
    site = web_address(text(feed.get("home_page_url")), address)
    parsed = Parsed(
        text(feed.get("title")), site, text(feed.get("language")) or None, total=len(feed["items"])
    )
    items = [item for item in feed["items"] if isinstance(item, dict)]
    parsed.refused = len(feed["items"]) - len(items)
    if parsed.refused:
        parsed.warnings.append(f"{parsed.refused} of its items are no objects")
    parsed.drafts = [_draft(item, site or address, _authors(feed)) for item in items]
    return parsed


def _draft(item: Item, site: str | None, feed_authors: tuple[str, ...]) -> StoryDraft:
    link = web_address(text(item.get("url")), site) or web_address(text(item.get("external_url")), site)
    markup, plain = text(item.get("content_html")), text(item.get("content_text"))
    return StoryDraft(
        key=text(item.get("id")) or None,
        title=text(item.get("title")),
        body=markup or plain,
        body_kind="html" if markup else "text",
        base_url=link or site,
        url=link,
        summary=text(item.get("summary")),
        published=text(item.get("date_published")) or text(item.get("date_modified")) or None,
        updated=text(item.get("date_modified")) or None,
        authors=_authors(item) or feed_authors,
        tags=names(item.get("tags")),
        picture=_picture(item, link or site) or lead_in(markup, link or site),
        lang=text(item.get("language")) or None,
    )


def _authors(item: Item) -> tuple[str, ...]:
    """Names of `authors` (1.1) or `author` (1.0)."""
    return names(item.get("authors")) or names(item.get("author"))


def _picture(item: Item, base: str | None) -> PictureDraft | None:
    attached = item.get("attachments")
    offers = [text(item.get("image")), text(item.get("banner_image"))]
    offers += [
        text(part.get("url"))
        for part in (attached if isinstance(attached, list) else ())
        if isinstance(part, dict) and text(part.get("mime_type")) in ("image/jpeg", "image/png", "image/webp")
    ]
    address = next((found for offer in offers if offer and (found := web_address(offer, base))), None)
    return PictureDraft(url=address) if address else None
