"""Which story an item is (S17): by its id, its link or its content; what an import has met before."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from htmxnews.intake import dates, pictures
from htmxnews.intake.addresses import web_address
from htmxnews.intake.draft import StoryDraft
from htmxnews.intake.report import Report
from htmxnews.store.models import Story
from htmxnews.text import field

KEY_MAX = 300  # characters of a source's own id
NEAR = timedelta(days=1)  # between the dates of one story that is told anew
_CONTENT = "content:"  # begins a key that is a hash of the content


@dataclass(frozen=True)
class Told:
    """An item as its source tells it: its key there, a hash of all that it says, and the draft."""

    key: str
    mark: str
    draft: StoryDraft

    @classmethod
    def of(cls, draft: StoryDraft) -> "Told":
        return cls(_key(draft), fingerprint(draft), draft)

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self.draft.title[:80] if self.key.startswith(_CONTENT) and self.draft.title else self.key[:80]

    @property
    def variant(self) -> str:
        """The key of a later item with an id that is taken."""
        return _variant(self.key, self.mark)


def key_of(own_id: str | None, link: str | None = None) -> str:
    """The key that a source's own id makes, else a link; empty without either."""
    key = field(own_id, KEY_MAX + 1) or link or ""
    return f"{key[:KEY_MAX]}#{_hash(own_id or key)}" if len(key) > KEY_MAX else key


def _key(draft: StoryDraft) -> str:
    """Return what the story is known by within its source (S17): its id, else its link, else its content."""
    return key_of(draft.key, draft.url) or _CONTENT + _hash(f"{draft.title}\n{draft.body}")


def says_nothing(draft: StoryDraft) -> bool:
    """Whether there is nothing in a draft that a page could show or lead to."""
    told = (draft.title, draft.body, draft.summary, draft.url or "")
    return draft.picture is None and not any(one.strip() for one in told)


def fingerprint(draft: StoryDraft) -> str:
    """Return a hash of all that a draft says, and of the files beside it; defaults do not count."""
    digest = ""
    if draft.picture and draft.picture.file:
        digest = pictures.digest(draft.picture.file)
        draft = replace(draft, picture=replace(draft.picture, file=None))
    files = [f"{address} {pictures.digest(file)}" for address, file in draft.files]
    draft = replace(draft, files=()) if files else draft
    said = [
        f"{one.name}={value!r}"
        for one in fields(draft)
        if (value := getattr(draft, one.name)) != one.default or one.default is MISSING
    ]
    return _hash("\n".join([*said, digest, *files]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class Met:
    """The items that one run has met, in this input and in those before it."""

    def __init__(self) -> None:
        # Hash of source and key → hash of the content: numbers, since an input may have a million items.
        self._here: dict[int, int] = {}
        self._before: dict[int, int] = {}

    def next_input(self) -> None:
        self._before.update(self._here)
        self._here.clear()

    def place(self, told: Told, source_id: int, stored: Mapping[str, str], report: Report) -> str | None:
        """Return the key to store an item under, None when it is left out; a line in the report says why.

        Several items of one input with one id are all kept: the later ones get a hash of their content
        behind it. What another input of this run has brought already is not overwritten.
        """
        return self._place(told.key, told, source_id, stored, report)

    def _place(
        self, key: str, told: Told, source_id: int, stored: Mapping[str, str], report: Report
    ) -> str | None:
        place, content, variant = hash((source_id, key)), hash(told.mark), _variant(key, told.mark)
        if place not in self._here and place not in self._before:
            if variant in stored and stored.get(key) != told.mark:
                return self._place(variant, told, source_id, stored, report)
            self._here[place] = content
            return key
        if self._before.get(place) == content:
            report.unchanged += 1
            return None
        if place in self._before:
            report.skipped += 1
            report.warnings.append(
                f"{told.name!r} came in another version from an input before; that one stays"
            )
            return None
        if self._here[place] == content:
            report.skipped += 1
            report.warnings.append(f"{told.name!r} is there twice; it was taken once")
            return None
        report.warnings.append(f"several stories have the id {told.name!r}; all were kept")
        return self._place(variant, told, source_id, stored, report)

    def renamed(self, session: Session, source_id: int, items: Mapping[str, Told]) -> dict[str, str]:
        """Of items with keys that are not stored: the key that a story had before its source gave it another.

        It is the same story where link and title are, no other one shares the link, and the dates are near.
        """
        links = {key: link for key, told in items.items() if (link := web_address(told.draft.url))}
        shared = Counter(links.values())
        stored = session.execute(_by_link, {"source_id": source_id, "links": list(shared)}).all()
        shared.update(story.url for story in stored)
        known = {story.url: story for story in stored if shared[story.url] == 2}
        return {
            key: known[link].key
            for key, link in links.items()
            if link in known
            and hash((source_id, known[link].key)) not in self._here
            and _is_same(items[key].draft, known[link])
        }


def _is_same(draft: StoryDraft, story: Any) -> bool:
    moment = dates.read(draft.published)
    near = moment is None or abs(moment - story.published_at) <= NEAR
    return bool(near and field(draft.title).casefold() == story.title.casefold())


def _variant(key: str, mark: str) -> str:
    return f"{key}#{_hash(mark)[:12]}"


_by_link = select(Story.key, Story.url, Story.title, Story.published_at).where(
    Story.source_id == bindparam("source_id"), Story.url.in_(bindparam("links", expanding=True))
)
