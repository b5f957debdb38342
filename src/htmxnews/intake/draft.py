"""What a parser hands on: a story as its source wrote it, nothing cleaned, nothing trusted."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

BodyKind = Literal["html", "markdown", "text"]


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
    lang: str | None = None
    pinned: bool = False
    old_addresses: tuple[str, ...] = ()


@dataclass
class Parsed:
    """Everything a parser found in one input: drafts, and a line for each thing that it left out."""

    source_name: str = ""
    site_url: str | None = None
    lang: str | None = None
    drafts: list[StoryDraft] = field(default_factory=list)
    skipped: int = 0  # items that are no public story, by intent (a draft, a page, a comment)
    refused: int = 0  # items that are broken
    warnings: list[str] = field(default_factory=list)
