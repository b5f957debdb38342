"""The demo newsroom: every folder of it is a desk; its dates are moved so that the newest story is fresh."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import exists, select

from htmxnews.intake import dates, markdown
from htmxnews.intake.draft import Parsed
from htmxnews.intake.report import Progress, Report
from htmxnews.intake.run import Importer
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Story

SHIFT = "demo_shift"  # whole seconds, kept under this name so that a second import moves nothing
FRESH = timedelta(minutes=40)


def has_stories(store: Store) -> bool:
    with store.reading() as session:
        return bool(session.scalar(select(exists(select(Story.id)))))


def import_demo(importer: Importer, folder: Path, on_progress: Progress | None = None) -> Iterator[Report]:
    """Import each desk of `folder` as a source of its own, "science-desk" as "Science desk"."""
    desks = [desk for desk in sorted(folder.iterdir()) if desk.is_dir() and any(markdown.story_files(desk))]
    parsed = {desk: _read(markdown.parse(desk)) for desk in desks}
    shift = _shift(importer, parsed.values())
    for desk, stories in parsed.items():
        report = Report(str(desk), "markdown")
        importer.take(stories, report, source_name=_name(desk), shift=shift, on_progress=on_progress)
        yield report


def _read(parsed: Parsed) -> Parsed:
    return replace(parsed, drafts=list(parsed.drafts))


def _shift(importer: Importer, desks: Iterable[Parsed]) -> timedelta:
    """How far every date is moved: what the first import remembered, else what makes the newest fresh."""
    with importer.store.reading() as session:
        seconds = revisions.current(session, SHIFT)
    if not seconds:
        zone, now = importer.terms.zone, importer.terms.now
        told = (dates.read(draft.published, zone) for desk in desks for draft in desk.drafts)
        newest = max((moment for moment in told if moment), default=now)
        seconds = int((now - FRESH - newest).total_seconds())
        with importer.store.writing() as session:
            revisions.remember(session, SHIFT, seconds)
    return timedelta(seconds=seconds)


def _name(desk: Path) -> str:
    return desk.name.replace("-", " ").capitalize()
