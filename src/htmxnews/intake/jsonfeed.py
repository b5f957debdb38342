"""JSON Feed 1.0 and 1.1: an object that is read member by member, and its items one at a time → drafts."""

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from htmxnews.intake.addresses import web_address
from htmxnews.intake.clean import says_nothing, unmarked
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft, Unreadable
from htmxnews.intake.enclosed import Enclosed, kind_of, with_enclosed
from htmxnews.intake.leads import lead_of
from htmxnews.intake.values import names, text
from htmxnews.intake.xml_gate import ITEM_MAX, Caps

Item = dict[str, Any]

_decoder = json.JSONDecoder(strict=False)  # line breaks in strings are a common fault, and harmless
_SPACE = " \t\r\n"
_STRAY_COMMA = re.compile(r"(\"(?:[^\"\\]++|\\.)*+(?:\"|\Z))|,(?=\s*+[}\]])", re.DOTALL)
_ITEMS_MAX = Caps().items
_ATTACHED_MAX = 200  # of one item


def is_json(document: Text) -> bool:
    return next(filter(None, (chunk.lstrip(_SPACE) for chunk in document.chunks())), "").startswith("{")


def parse(document: Text, address: str | None = None) -> Parsed:
    """Read a JSON Feed; `address` is where it came from. Raises Unreadable when it is none."""
    feed: Item = {}
    count, others, fault = 0, 0, ""
    try:
        for name, value in _members(document):
            if name == "item":
                count += isinstance(value, dict)
                others += not isinstance(value, dict)
            else:
                feed[name] = value
    except (ValueError, RecursionError, EOFError) as error:
        fault = str(error) if isinstance(error, _TooLarge) else "it is not well-formed JSON"
    if not isinstance(feed.get("items"), list):
        raise Unreadable(
            "is neither a feed nor well-formed JSON"
            if fault
            else "is JSON, but no JSON Feed: it has no list of items"
        )
    site = web_address(text(feed.get("home_page_url")), address)
    parsed = Parsed(text(feed.get("title")), site, text(feed.get("language")) or None)
    parsed.total, parsed.refused = min(count, _ITEMS_MAX), others + max(count - _ITEMS_MAX, 0) + bool(fault)
    if others:
        parsed.warnings.append(f"{others} of its items are no objects")
    if count > _ITEMS_MAX:
        parsed.warnings.append(f"{count - _ITEMS_MAX} items beyond the first {_ITEMS_MAX:,} were left out")
    if fault:
        parsed.warnings.append(f"{fault} behind item {count + others}; what came before was taken")
    parsed.drafts = _drafts(document, site, address, _authors(feed))
    return parsed


def _drafts(
    document: Text, site: str | None, address: str | None, feed_authors: tuple[str, ...]
) -> Iterator[StoryDraft]:
    count = 0
    with suppress(ValueError, RecursionError, EOFError):
        for name, value in _members(document):
            if name == "item" and isinstance(value, dict) and count < _ITEMS_MAX:
                count += 1
                yield _draft(value, site or address, feed_authors)


class _TooLarge(ValueError):
    """A value that is larger than any story."""


def _members(document: Text) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object by name; of its items an empty list, and then each as an "item"."""
    reader = _Reader(document.chunks())
    reader.take("{")
    while reader.next() != "}":
        name = reader.value()
        reader.take(":")
        if name == "items" and reader.next() == "[":
            reader.take("[")
            yield "items", []
            while reader.next() != "]":
                yield "item", reader.value()
                reader.pass_comma()
            reader.take("]")
        else:
            value = reader.value()
            if name != "item":
                yield str(name), value
        reader.pass_comma()


class _Reader:
    """Values of a JSON text, which is held no further than the value that is read."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._text, self._at = "", 0

    def next(self) -> str:
        """The character that comes next, which is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                raise ValueError("it ends too early")

    def take(self, character: str) -> None:
        if self.next() != character:
            raise ValueError(f"there is no {character}")
        self._at += 1

    def pass_comma(self) -> None:
        if self.next() == ",":
            self._at += 1

    def value(self) -> Any:
        self.next()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except ValueError:
                if not (self._without_stray_commas() or self._more()):
                    raise
                continue
            if end < len(self._text) or not self._more():  # a number may go on
                self._at = end
                return value

    def _without_stray_commas(self) -> bool:
        """Take out the commas behind a last value, which many a hand has left, and say if there were any."""
        length = len(self._text)
        self._text = self._text[: self._at] + _STRAY_COMMA.sub(r"\1", self._text[self._at :])
        return len(self._text) < length

    def _more(self) -> bool:
        """Read on, at least as much again as there is, so that a long value is not read too often."""
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > ITEM_MAX:
            raise _TooLarge(f"a part of it is larger than {ITEM_MAX // 1_000_000} MB")
        wanted = 2 * len(self._text)
        parts, length = [self._text], len(self._text)
        for chunk in self._chunks:
            parts.append(chunk)
            length += len(chunk)
            if chunk and length >= wanted:
                break
        grown = length > len(self._text)
        self._text = "".join(parts)
        return grown


def _draft(item: Item, base: str | None, feed_authors: tuple[str, ...]) -> StoryDraft:
    elsewhere = web_address(text(item.get("external_url")), base)
    link = web_address(text(item.get("url")), base) or elsewhere or web_address(text(item.get("id")))
    base = link or base
    markup, words = text(item.get("content_html")), text(item.get("content_text"))
    markup = "" if words and says_nothing(markup) else markup
    enclosed = _enclosed(item, base)
    picture = _picture(item, enclosed, base)
    if elsewhere and elsewhere != link:
        enclosed.append(Enclosed(elsewhere, "file", elsewhere))
    body, kind = with_enclosed(
        markup or words,
        "html" if markup else "text",
        [one for one in enclosed if not picture or one.url != picture.url],
    )
    return StoryDraft(
        key=text(item.get("id")) or None,
        title=unmarked(text(item.get("title"))),
        body=body,
        body_kind=kind,
        base_url=base,
        url=link,
        summary=html.escape(unmarked(text(item.get("summary"))), quote=False),
        published=text(item.get("date_published")) or text(item.get("date_modified")) or None,
        updated=text(item.get("date_modified")) or None,
        authors=_authors(item) or feed_authors,
        tags=names(item.get("tags"), apart=True),
        picture=lead_of(picture, markup, base),
        lang=text(item.get("language")) or None,
    )


def _authors(item: Item) -> tuple[str, ...]:
    """Names of `authors` (1.1) or `author` (1.0)."""
    return names(item.get("authors")) or names(item.get("author"))


def _enclosed(item: Item, base: str | None) -> list[Enclosed]:
    attached = item.get("attachments")
    found = []
    for part in attached[:_ATTACHED_MAX] if isinstance(attached, list) else ():
        address = web_address(text(part.get("url")), base) if isinstance(part, dict) else None
        if address:
            found.append(
                Enclosed(address, kind_of(address, text(part.get("mime_type"))), text(part.get("title")))
            )
    return found


def _picture(item: Item, enclosed: list[Enclosed], base: str | None) -> PictureDraft | None:
    offers = [web_address(text(item.get(name)), base) for name in ("image", "banner_image")]
    offers += [one.url for one in enclosed if one.kind == "image"]
    address = next((offer for offer in offers if offer), None)
    return PictureDraft(url=address) if address else None
