"""Story JSONL, one story a line, `.gz` or not: a stream of drafts."""

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from htmxnews.intake.addresses import web_address
from htmxnews.intake.clean import unmarked
from htmxnews.intake.draft import BodyKind, Parsed, PictureDraft, StoryDraft
from htmxnews.intake.leads import lead_of
from htmxnews.intake.reading import opened
from htmxnews.intake.values import is_true, names, text

LINE_MAX = 4_000_000  # bytes
_BETWEEN = (b"", b"[", b"]")  # lines of a list with one story a line, as many tools write it
UNKNOWN_MAX = 20  # names of fields that a report lists
_BODIES: tuple[tuple[str, BodyKind], ...] = (
    ("body_html", "html"),
    ("body_md", "markdown"),
    ("body_text", "text"),
)
_NEEDED = ("id", "title", "published")
_ADDRESSES = ("url", "image")
_LISTS = ("author", "authors", "tags")
_TEXTS = (
    *_ADDRESSES,
    *("slug", "updated", "category", "summary", "image_alt", "image_credit", "lang"),
    *(name for name, _ in _BODIES),
)
_KNOWN = {*_NEEDED, *_LISTS, *_TEXTS, "pinned"}


def parse(path: Path) -> Parsed:
    """Read stories from a file; a line that is none is counted as refused and reported with its number."""
    parsed = Parsed(source_name=Path(path.name.removesuffix(".gz")).stem)
    parsed.drafts = _drafts(path, parsed)
    return parsed


def _drafts(path: Path, parsed: Parsed) -> Iterator[StoryDraft]:
    unknown: dict[str, None] = {}
    with opened(path) as file:
        number = 0
        while line := file.readline(LINE_MAX + 1):
            number += 1
            if line.strip() in _BETWEEN:
                continue
            try:
                record = _record(line)
            except ValueError as error:
                parsed.refused += 1
                parsed.warnings.append(f"line {number}: {error}")
            else:
                parsed.warnings += [f"line {number}: {complaint}" for complaint in _complaints(record)]
                unknown.update(dict.fromkeys(name[:40] for name in record if name not in _KNOWN))
                unknown = dict.fromkeys(list(unknown)[:UNKNOWN_MAX])
                yield _draft(record)
            while len(line) > LINE_MAX and not line.endswith(b"\n"):
                line = file.readline(LINE_MAX + 1)
    if unknown:
        parsed.warnings.append(f"fields that no story has were left out: {', '.join(unknown)}")


def _record(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_MAX:
        raise ValueError(f"longer than {LINE_MAX // 1_000_000} MB")
    try:
        record = json.loads(line.rstrip().removesuffix(b","))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(record, dict):
        raise ValueError("not an object")
    missing = [name for name in _NEEDED if not _says(record, name)]
    if missing:
        raise ValueError(f"it has no {' and no '.join(missing)}")
    return record


def _says(record: dict[str, Any], name: str) -> bool:
    """Whether a needed value is there; a title may be empty, as the first words then stand for it."""
    value = record.get(name, False)
    return bool(text(value)) or (name == "title" and (value is None or isinstance(value, str)))


def _complaints(record: dict[str, Any]) -> Iterator[str]:
    """A line for each value that is there and that no story can take."""
    if not text(record["title"]):
        yield "its title is empty; its first words stand for it"
    for name in _TEXTS:
        value = record.get(name)
        wanted = text(value)
        if name in _ADDRESSES:
            wanted = web_address(wanted, _base(record) if name == "image" else None) or ""
        if value is not None and value != "" and not wanted:
            yield f"its {name} cannot be read and was left out"
    for name in _LISTS:
        values = record[name] if isinstance(record.get(name), list) else [record.get(name)]
        if len(names(values)) < sum(value is not None and value != "" for value in values):
            yield f"its {name} cannot be read in full"


def _draft(record: dict[str, Any]) -> StoryDraft:
    told = {name: text(value) for name, value in record.items()}.get
    name, kind = next(((n, k) for n, k in _BODIES if told(n)), _BODIES[0])
    body, url = told(name, ""), web_address(told("url"))
    return StoryDraft(
        key=told("id"),
        title=told("title", ""),
        body=body,
        body_kind=kind,
        base_url=url,
        url=url,
        slug=told("slug") or None,
        summary=html.escape(unmarked(told("summary", "")), quote=False),
        published=told("published"),
        updated=told("updated") or None,
        authors=names(record.get("authors"), apart=True) or names(record.get("author")),
        category=told("category") or None,
        tags=names(record.get("tags"), apart=True),
        picture=lead_of(_picture(record), body, url) if kind == "html" else _picture(record),
        lang=told("lang") or None,
        pinned=is_true(record.get("pinned")),
    )


def _base(record: dict[str, Any]) -> str:
    """What the address of a picture may be relative to."""
    return web_address(text(record.get("url"))) or "https:"


def _picture(record: dict[str, Any]) -> PictureDraft | None:
    address = web_address(text(record.get("image")), _base(record))
    if address is None:
        return None
    alt, credit = text(record.get("image_alt")), text(record.get("image_credit"))
    return PictureDraft(url=address, alt=alt, credit=credit)
