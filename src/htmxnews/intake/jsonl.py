"""Story JSONL, one story a line, `.gz` or not: a stream of drafts."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from htmxnews.intake.addresses import web_address
from htmxnews.intake.draft import BodyKind, Parsed, PictureDraft, StoryDraft
from htmxnews.intake.leads import lead_in
from htmxnews.intake.values import is_true, names, text

LINE_MAX = 4_000_000  # bytes
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


def parse(path: Path) -> Parsed:
    """Read stories from a file; a line that is none is counted as refused and reported with its number."""
    parsed = Parsed(source_name=Path(path.name.removesuffix(".gz")).stem)
    parsed.drafts = _drafts(path, parsed)
    return parsed


def _drafts(path: Path, parsed: Parsed) -> Iterator[StoryDraft]:
    with opened(path) as file:
        number = 0
        while line := file.readline(LINE_MAX + 1):
            number += 1
            if not line.strip():
                continue
            try:
                record = _record(line)
            except ValueError as error:
                parsed.refused += 1
                parsed.warnings.append(f"line {number}: {error}")
            else:
                parsed.warnings += [f"line {number}: {complaint}" for complaint in _complaints(record)]
                yield _draft(record)
            while len(line) > LINE_MAX and not line.endswith(b"\n"):
                line = file.readline(LINE_MAX + 1)


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacking it when its first bytes say gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]  # it is one in all but name


def _record(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_MAX:
        raise ValueError(f"longer than {LINE_MAX // 1_000_000} MB")
    try:
        record = json.loads(line)
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
        wanted = web_address(text(value), "https://a.invalid/") if name in _ADDRESSES else text(value)
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
        summary=told("summary", ""),
        published=told("published"),
        updated=told("updated") or None,
        authors=names(record.get("authors"), apart=True) or names(record.get("author")),
        category=told("category") or None,
        tags=names(record.get("tags"), apart=True),
        picture=_picture(record, url) or (lead_in(body, url) if kind == "html" else None),
        lang=told("lang") or None,
        pinned=is_true(record.get("pinned")),
    )


def _picture(record: dict[str, Any], url: str | None) -> PictureDraft | None:
    address = web_address(text(record.get("image")), url)
    if address is None:
        return None
    alt, credit = text(record.get("image_alt")), text(record.get("image_credit"))
    return PictureDraft(url=address, alt=alt, credit=credit)
