"""What a source hangs on a story: recordings, films, pictures, files. Shown at the end of its text."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from htmxnews.intake.draft import BodyKind
from htmxnews.intake.limits import paragraphs

Kind = Literal["audio", "video", "image", "file"]

SHOWN_MAX = 20  # of one story
_SUFFIXES: dict[str, Kind] = {
    **dict.fromkeys((".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".flac", ".aac"), "audio"),
    **dict.fromkeys((".mp4", ".m4v", ".webm", ".mov", ".ogv", ".mkv", ".m3u8"), "video"),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"), "image"),
}
_KINDS: dict[str, Kind] = {"audio": "audio", "video": "video", "image": "image"}
_NOT_SHOWN = re.compile(r"svg|flash")  # by any browser of today, or by us


@dataclass(frozen=True)
class Enclosed:
    """One thing that hangs on a story."""

    url: str
    kind: Kind
    words: str = ""  # what the source says of it
    caption: str = ""


def kind_of(url: str, mime_type: str = "", medium: str = "") -> Kind:
    """What its type, its medium or else the name of its file say of a thing."""
    told = mime_type.strip().lower()
    if _NOT_SHOWN.search(told):
        return "file"
    by_name = _SUFFIXES.get(PurePosixPath(urlsplit(url).path).suffix.lower(), "file")
    return _KINDS.get(told.split("/")[0]) or _KINDS.get(medium) or by_name


def with_enclosed(body: str, kind: BodyKind, enclosed: Iterable[Enclosed]) -> tuple[str, BodyKind]:
    """The body, and behind it each thing that it does not name itself."""
    further = {one.url: one for one in enclosed if one.url not in body and escape(one.url) not in body}
    if not further:
        return body, kind
    shown = list(further.values())[:SHOWN_MAX]
    kinds = Counter(one.kind for one in shown)
    told = [markup(one if one.words or kinds[one.kind] == 1 else _named(one)) for one in shown]
    return "\n".join([paragraphs(body, in_lines=True) if kind == "text" else body, *told]), "html"


def markup(one: Enclosed) -> str:
    """An element as bodies have them; cleaning makes it the link that we show."""
    address, words = escape(one.url), escape(one.words)
    if one.kind == "image":
        caption = f"<figcaption>{escape(one.caption)}</figcaption>" if one.caption else ""
        return f'<figure><img src="{address}" alt="{words}">{caption}</figure>'
    if one.kind == "file":
        return f'<p><a href="{address}">{words or escape(_path(one).name) or address}</a></p>'
    return f'<p><{one.kind} src="{address}" title="{words}"></{one.kind}></p>'


def _named(one: Enclosed) -> Enclosed:
    """Told apart from others of its kind by its format."""
    return (
        replace(one, words=_path(one).suffix.lstrip(".").upper()) if one.kind in ("audio", "video") else one
    )


def _path(one: Enclosed) -> PurePosixPath:
    return PurePosixPath(unquote(urlsplit(one.url).path))
