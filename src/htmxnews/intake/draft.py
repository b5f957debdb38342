"""What a parser hands on: a story as its source wrote it, nothing cleaned, nothing trusted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

BodyKind = Literal["html", "markdown", "text"]


class Unreadable(Exception):
    """An input that no story can be read from; the message says why, as the rest of "FILE …"."""


class Lines(list[str]):
    """Lines of a report: the first are kept, and how many more there were, as an input may be all wrong."""

    MOST = 500
    more = 0

    def __init__(self, lines: Iterable[str] = ()) -> None:
        super().__init__()
        self.extend(lines)

    def append(self, line: str) -> None:
        self.extend((line,))

    def extend(self, lines: Iterable[str]) -> None:
        for line in lines:
            if len(self) < self.MOST:
                super().append(line)
            else:
                self.more += 1
        self.more += lines.more if isinstance(lines, Lines) else 0

    def __iadd__(self, lines: Iterable[str]) -> Self:  # type: ignore[misc, override]
        self.extend(lines)
        return self

    def told(self) -> list[str]:
        """All that is to be said."""
        return [*self, f"and {self.more:,} more like these"] if self.more else list(self)


@dataclass(frozen=True)
class PictureDraft:
    """A lead picture: an address, or a file beside the story, with what the source says of it."""

    url: str | None = None
    file: Path | None = None
    alt: str = ""
    credit: str = ""
    caption: str = ""


@dataclass(frozen=True)
class StoryDraft:
    """One story on its way in. Texts may hold anything; `run` and `clean` make them harmless."""

    key: str | None  # the source's own id; None: run falls back on the link, then on the content
    title: str
    body: str = ""
    body_kind: BodyKind = "html"
    base_url: str | None = None
    url: str | None = None
    slug: str | None = None
    summary: str = ""  # may hold HTML
    published: datetime | str | None = None  # a string is parsed by `dates`; None: time of import
    updated: datetime | str | None = None
    authors: tuple[str, ...] = ()
    category: str | None = None
    tags: tuple[str, ...] = ()
    picture: PictureDraft | None = None
    files: tuple[tuple[str, Path], ...] = ()  # pictures inside Markdown, by the addresses it has for them
    lang: str | None = None
    pinned: bool = False
    old_addresses: tuple[str, ...] = ()


@dataclass
class Parsed:
    """Everything a parser found in one input: drafts, and a line for each thing that it left out.

    `drafts` may be read from the file while it is walked, and only once: `skipped`, `refused` and
    `warnings` are complete after the last draft.
    """

    source_name: str = ""
    site_url: str | None = None
    lang: str | None = None
    drafts: Iterable[StoryDraft] = ()
    total: int | None = None  # how many drafts at most, where the parser knows it beforehand
    skipped: int = 0  # items that are no public story, by intent (a draft, a page, a comment)
    refused: int = 0  # items that are broken
    warnings: Lines = field(default_factory=Lines)
    ttl: timedelta | None = None  # how long the feed itself asks to be left alone between two fetches
