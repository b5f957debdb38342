"""Files and feeds → drafts, parsed in a process of their own (S14)."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

from htmxnews.intake import child, feeds, jsonl, markdown, wxr
from htmxnews.intake.detect import Kind
from htmxnews.intake.draft import Parsed, StoryDraft

_AT_ONCE = 25  # drafts that come over together
_LONG = 2_000_000  # characters of bodies that are enough for a batch
_PICTURE = 100_000  # of them take as long to be cleaned as a picture beside a text to be made ready


def parse_file(path: Path, kind: Kind) -> Parsed:
    """Read a file or a folder of Markdown; its drafts come as they are asked for. Raises Unreadable."""
    size = path.stat().st_size if path.is_file() else 0
    return _handed_over(child.stream(size, _parts_of_file, path, kind))


def parse_feed(data: bytes, address: str | None = None, content_type: str = "") -> Parsed:
    """Read what a server has sent; `address` is where it came from, `content_type` what it said of it.

    Raises Unreadable.
    """
    return _handed_over(child.stream(len(data), _parts_of_feed, data, address, content_type))


def _handed_over(parts: Iterator[Parsed | list[StoryDraft]]) -> Parsed:
    """What was read so far, its drafts to come; the counts are complete behind the last draft."""
    parsed = cast(Parsed, next(parts))
    parsed.drafts = _drafts(parts, parsed)
    return parsed


def _drafts(parts: Iterator[Parsed | list[StoryDraft]], parsed: Parsed) -> Iterator[StoryDraft]:
    for part in parts:
        if isinstance(part, list):
            yield from part
        else:
            parsed.skipped, parsed.refused, parsed.warnings = part.skipped, part.refused, part.warnings


def _parts_of_file(path: Path, kind: Kind) -> Iterator[Parsed | list[StoryDraft]]:
    return _parts(_parsers[kind](path))


def _parts_of_feed(
    data: bytes, address: str | None, content_type: str
) -> Iterator[Parsed | list[StoryDraft]]:
    return _parts(feeds.parse(data, address, content_type))


def _parts(parsed: Parsed) -> Iterator[Parsed | list[StoryDraft]]:
    """What is known before the drafts, the drafts some at a time, and what is known behind them."""
    drafts, parsed.drafts = parsed.drafts, ()
    yield parsed
    try:
        yield from batches(drafts, _AT_ONCE)
    except Exception:
        yield parsed
        raise
    yield parsed


def batches(drafts: Iterable[StoryDraft], size: int) -> Iterator[list[StoryDraft]]:
    """Drafts in batches of `size`, or fewer where they are long or have many pictures beside them.

    When reading fails, those that came before are still handed on.
    """
    batch: list[StoryDraft] = []
    letters = 0
    try:
        for draft in drafts:
            batch.append(draft)
            letters += len(draft.body) + _PICTURE * len(draft.files)
            if len(batch) == size or letters > _LONG:
                full, batch, letters = batch, [], 0
                yield full
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


_parsers: dict[Kind, Callable[[Path], Parsed]] = {
    "feed": feeds.parse,
    "wxr": wxr.parse,
    "markdown": markdown.parse,
    "jsonl": jsonl.parse,
}
