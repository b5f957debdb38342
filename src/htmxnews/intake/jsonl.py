"""Story JSONL, one story a line, `.gz` or not: a stream of drafts."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from htmxnews.intake.addresses import web_address
from htmxnews.intake.draft import BodyKind, Parsed, PictureDraft, StoryDraft
from htmxnews.intake.leads import lead_in

LINE_MAX = 4_000_000  # bytes
_BODIES: tuple[tuple[str, BodyKind], ...] = (
    ("body_html", "html"),
    ("body_md", "markdown"),
    ("body_text", "text"),
)
_NEEDED = ("id", "title", "published")


def parse(path: Path) -> Parsed:
    """Read stories from a file; a line that is none is counted as refused and reported with its number."""
    parsed = Parsed(source_name=path.name.removesuffix(".gz").removesuffix(".jsonl"))
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
                yield _draft(_record(line))
            except ValueError as error:
                parsed.refused += 1
                parsed.warnings.append(f"line {number}: {error}")
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
    missing = [name for name in _NEEDED if not _text(record, name)]
    if missing:
        raise ValueError(f"it has no {' and no '.join(missing)}")
    return record


def _draft(record: dict[str, Any]) -> StoryDraft:
    name, kind = next(((n, k) for n, k in _BODIES if _text(record, n)), _BODIES[0])
    body, url = _text(record, name), web_address(_text(record, "url"))
    return StoryDraft(
        key=_text(record, "id"),
        title=_text(record, "title"),
        body=body,
        body_kind=kind,
        base_url=url,
        url=url,
        slug=_text(record, "slug") or None,
        summary=_text(record, "summary"),
        published=_text(record, "published"),
        updated=_text(record, "updated") or None,
        authors=_texts(record, "authors") or _texts(record, "author"),
        category=_text(record, "category") or None,
        tags=_texts(record, "tags"),
        picture=_picture(record, url) or (lead_in(body, url) if kind == "html" else None),
        lang=_text(record, "lang") or None,
        pinned=record.get("pinned") is True,
    )


def _picture(record: dict[str, Any], url: str | None) -> PictureDraft | None:
    address = web_address(_text(record, "image"), url)
    if address is None:
        return None
    return PictureDraft(url=address, alt=_text(record, "image_alt"), credit=_text(record, "image_credit"))


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _texts(record: dict[str, Any], name: str) -> tuple[str, ...]:
    value = record.get(name)
    values = value if isinstance(value, list) else [value]
    return tuple(text for one in values if (text := _text({name: one}, name)))
