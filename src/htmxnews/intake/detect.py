"""Which kind of file an input is, told by its content and not only by its name."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from htmxnews.intake import markdown
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.reading import start_of

Kind = Literal["feed", "wxr", "markdown", "jsonl", "opml"]

_LOOKED_AT = 64_000  # bytes
_SUFFIXES = (".xml", ".rss", ".atom", ".rdf", ".json", ".jsonl", ".opml", ".gz", ".wxr")
_FEED = re.compile(r"<(\w+:)?(rss|feed|rdf|channel|item|entry)\b", re.IGNORECASE)
_ITEMS = re.compile(r"[{,]\s*\"items\"\s*:\s*\[")
_WXR = re.compile(r"wordpress\.org/export/|<wp:wxr_version")


@dataclass(frozen=True)
class Input:
    """One thing to import: a file of some kind, or a whole folder of Markdown stories."""

    path: Path
    kind: Kind | None  # None: not told yet; `kind_of` looks


def inputs(path: Path, kind: Kind | None) -> Iterator[Input]:
    """Spread a path out: a file is itself; a folder is one Markdown input and an input for each other file.

    Raises Unreadable when there is nothing.
    """
    try:
        if not path.exists():
            raise Unreadable("does not exist")
        if not (path.is_file() or path.is_dir()):
            raise Unreadable("is no file that can be read more than once; store what it says in one")
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror})") from None
    if not path.is_dir() or kind == "markdown":
        yield Input(path, kind)
        return
    stories = any(True for _ in markdown.story_files(path)) and kind is None
    if stories:
        yield Input(path, "markdown")
    files = [file for file in sorted(_files(path)) if _is_ours(file, path)]
    if stories:
        # Beside stories lie pictures and notes; only what looks like an import is one.
        files = [file for file in files if file.suffix.lower() in _SUFFIXES]
    else:
        files += markdown.closed_folders(path)  # a line for each, as for a file that cannot be read
    if not files and not stories:
        raise Unreadable("is a folder without anything to import")
    for file in files:
        yield Input(file, kind)


def kind_of(path: Path) -> Kind:
    """Tell the kind of a file. Raises Unreadable for one that is none that we know."""
    try:
        start = start_of(path, _LOOKED_AT)
    except (OSError, EOFError) as error:
        raise Unreadable(f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    name = path.name.lower().removesuffix(".gz")
    return kind_of_bytes(start, name)


def kind_of_bytes(start: bytes, name: str = "") -> Kind:
    """Tell the kind from the first bytes of a file, and its name where they say little. Raises Unreadable."""
    text = "".join(Text.of(start).chunks()).lstrip()
    if not text:
        raise Unreadable("is empty")
    if name.endswith(markdown.SUFFIXES):
        return "markdown"
    if name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if text.startswith("{"):
        return "feed" if "jsonfeed.org/version" in text[:4_000].replace("\\", "") else _json_kind(text)
    if "<opml" in text[:4_000].lower():
        return "opml"
    if _WXR.search(text):
        return "wxr"
    if _FEED.search(text):
        return "feed"
    if text.startswith(("---", "+++")):
        return "markdown"
    raise Unreadable("is of no kind that can be imported")


def _json_kind(text: str) -> Kind:
    """One object a line is JSONL; one with items, or over several lines, is a feed without its version."""
    first, more, _ = text.partition("\n")
    return "feed" if (more and not first.rstrip().endswith("}")) or _ITEMS.search(first) else "jsonl"


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder, as far as it can be looked into."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _is_ours(file: Path, folder: Path) -> bool:
    """A file of the folder, not hidden, not a Markdown story, and no link that leads out of it (S16)."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    if hidden or file.suffix.lower() in markdown.SUFFIXES or not os.path.isfile(file):  # noqa: PTH113 (the other may raise)
        return False
    return file.resolve().is_relative_to(folder.resolve())
