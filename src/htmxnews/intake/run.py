"""The way in: drafts → clean → identify → store, in whole batches, with a report that misses nothing."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ParamSpec, Self
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from htmxnews.config import Config
from htmxnews.intake import detect, markdown, parsing
from htmxnews.intake.detect import Input, Kind
from htmxnews.intake.draft import Lines, Parsed, StoryDraft, Unreadable
from htmxnews.intake.identity import Met, Told, key_of, says_nothing
from htmxnews.intake.keep import Item, fingerprints, fold_log, keep
from htmxnews.intake.language import tag
from htmxnews.intake.names import Names, find
from htmxnews.intake.opml import Subscription
from htmxnews.intake.prepare import Ready, Terms, prepare
from htmxnews.intake.report import Progress, Report, Stopped
from htmxnews.intake.subscribing import brought, subscribe_list
from htmxnews.intake.workers import Batch, Spoilt, Workers
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story
from htmxnews.text import field

P = ParamSpec("P")

BATCH = 100  # stories a writing transaction: readers wait for none, and a kill loses at most these
AHEAD = 2  # batches that are being cleaned while one is stored
LARGE = 1_000  # stories of one input: afterwards the log is folded into the database


@dataclass(frozen=True)
class _Started:
    """A batch whose new and changed stories are being cleaned; `told` is its share of the report."""

    size: int
    source_id: int
    items: dict[str, Told]  # new and changed ones by the key to store them under
    renamed: dict[str, str]  # that key → the one that the story had before
    cleaning: Batch[StoryDraft, Ready]
    told: Report


class Importer:
    """One run over one or many inputs; it knows which item came from where.

    To be closed, or used in a `with` block: its processes end with it.
    """

    def __init__(self, store: Store, config: Config, *, now: datetime | None = None) -> None:
        self.store, self.config = store, config
        self.terms = Terms.of(config, now or datetime.now(UTC))
        self.workers = Workers()
        self._names = Names()
        self._met = Met()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.workers.close()

    def import_path(
        self,
        path: Path,
        kind: Kind | None = None,
        source_name: str | None = None,
        on_progress: Progress | None = None,
        came_from: str | None = None,
    ) -> Iterator[Report]:
        """Import a file or a folder and yield a report for each input in it.

        `came_from` is the address that a file was fetched from.
        """
        try:
            for one in detect.inputs(path, kind):
                report = Report(str(one.path), one.kind)
                yield from reported(
                    report, self._import_one, one, report, source_name, on_progress, came_from
                )
                if report.stopped:
                    return
        except Unreadable as error:
            yield Report(str(path), kind, refused=1, warnings=Lines([f"it {error}"]), failed=True)

    def take(
        self,
        parsed: Parsed,
        report: Report,
        *,
        source: Source | None = None,
        source_name: str | None = None,
        came_from: str | None = None,
        shift: timedelta = timedelta(),
        on_progress: Progress | None = None,
    ) -> int | None:
        """Store what a parser found, in whole batches; the counts go into `report`.

        The source is `source`, or the one named `source_name`, or that of the address it `came_from`, or the
        one that the input names. Returns its id, None when there was nothing to store. An interrupt between
        batches loses nothing.
        """
        self._met.next_input()
        source_id = source.id if source else None
        lang = parsed.lang or (source.lang if source else None)
        terms = replace(self.terms, lang=lang, shift=shift)
        done = 0

        def begin(drafts: list[StoryDraft]) -> _Started:
            nonlocal source_id
            if source_id is None:
                source_id = self._source_id(parsed, report.input, source_name, came_from)
            return self._start(drafts, source_id, terms)

        try:
            for batch in _ahead(map(begin, parsing.batches(parsed.drafts, BATCH))):
                self._finish(batch, report)
                done += batch.size
                if on_progress:
                    on_progress(done, parsed.total)
        except Stopped:
            report.stop()
        finally:
            report.skipped += parsed.skipped
            report.refused += parsed.refused
            report.warnings.extend(parsed.warnings)
        if report.added + report.updated > LARGE:
            fold_log(self.store)
        return source_id

    def _import_one(
        self,
        one: Input,
        report: Report,
        source_name: str | None,
        on_progress: Progress | None,
        came_from: str | None,
    ) -> None:
        try:
            report.kind = one.kind or detect.kind_of(one.path)
            if report.kind == "opml":
                subscribe_list(self.store, self.config, one.path, report, on_progress)
                return
            parsed = parsing.parse_file(one.path, report.kind)
            source_id = self.take(
                parsed, report, source_name=source_name, came_from=came_from, on_progress=on_progress
            )
        except (Unreadable, EOFError, OSError) as error:
            report.refused += 1
            report.failed = True
            report.warnings.append(f"it {_reason(error, one.path)}")
            return
        if report.kind == "markdown" and not report.stopped and one.path.is_dir() and source_id is not None:
            report.warnings.extend(self._gone(one.path, source_id))

    def _source_id(self, parsed: Parsed, name: str, source_name: str | None, came_from: str | None) -> int:
        """The source that these stories belong to, made when it is new."""
        if came_from and not source_name:
            told = Subscription(field(parsed.source_name), came_from, parsed.site_url)
            with self.store.writing() as session:
                row = brought(session, told)
                row.lang = row.lang or tag(parsed.lang)
                return row.id
        wanted = field(source_name or parsed.source_name or Path(name).resolve().stem) or "Imported stories"
        with self.store.reading() as session:
            known = find(session, Source, wanted)
            if known and not source_name and _elsewhere(known.site_url, parsed.site_url):
                wanted = f"{wanted} ({urlsplit(parsed.site_url or '').hostname})"
                known = find(session, Source, wanted)
            if known:
                return known.id
        with self.store.writing() as session:
            source_id = self._names.id_of(session, Source, wanted)
            row = session.get_one(Source, source_id)
            row.site_url = row.site_url or parsed.site_url
            row.lang = row.lang or tag(parsed.lang)
        return source_id

    def _start(self, drafts: list[StoryDraft], source_id: int, terms: Terms) -> _Started:
        """Compare a batch with what is stored, and begin to clean what is new."""
        told = Report("")
        said = [Told.of(draft) for draft in drafts if not says_nothing(draft)]
        if empty := len(drafts) - len(said):
            told.skipped += empty
            told.warnings.append(f"{empty} without title, text, link and picture were left out")
        with self.store.reading() as session:
            stored = fingerprints(session, source_id, {key for one in said for key in (one.key, one.variant)})
            items: dict[str, Told] = {}
            for one in said:
                key = self._met.place(one, source_id, stored, told)
                if key is not None and stored.get(key) == one.mark:
                    told.unchanged += 1
                elif key is not None:
                    items[key] = one
            new = {key: one for key, one in items.items() if key not in stored}
            renamed = self._met.renamed(session, source_id, new)
        told.warnings += [
            f"{items[key].name!r} had the id {old[:80]!r} before" for key, old in renamed.items()
        ]
        cleaning = self.workers.start(
            partial(prepare, terms=terms),
            [one.draft for one in items.values()],
            lambda draft: 1 + len(draft.files),
        )
        return _Started(len(drafts), source_id, items, renamed, cleaning, told)

    def _finish(self, batch: _Started, report: Report) -> None:
        """Write a batch in one transaction as soon as it is clean."""
        told, items = batch.told, []
        for (key, one), ready in zip(batch.items.items(), batch.cleaning.results(), strict=True):
            if isinstance(ready, Spoilt):
                told.refused += 1
                told.warnings.append(f"{one.name!r} was left out: cleaning it {ready.reason}")
                continue
            told.warnings.extend(ready.warnings)
            items.append(Item(key, one.mark, ready, batch.renamed.get(key)))
        if items:
            try:
                with self.store.writing() as session:
                    added, updated = keep(session, self._names, batch.source_id, items, self.terms.now)
            except BaseException:
                self._names.forget()
                raise
            told.added, told.updated = added, updated
            told.unchanged += len(items) - added - updated
        report.add(told)

    def _gone(self, folder: Path, source_id: int) -> list[str]:
        """A line for each story of the source whose file is no longer in its folder."""
        if markdown.closed_folders(folder):
            return []  # who knows what is in there
        there = {key_of(markdown.name_of(file, folder)) for file in markdown.story_files(folder)}
        with self.store.reading() as session:
            keys = session.scalars(select(Story.key).where(Story.source_id == source_id).order_by(Story.key))
            return [
                f"{key} is gone from the folder; its story was kept"
                for key in keys
                if key.endswith(markdown.SUFFIXES) and key not in there
            ]


def reported(report: Report, work: Callable[P, object], *args: P.args, **named: P.kwargs) -> Iterator[Report]:
    """Do what the report is of, and yield it: also where the database ends the work, and all else."""
    try:
        work(*args, **named)
    except SQLAlchemyError:
        report.failed = True
        report.warnings.append("the database ended it; importing it again goes on")
        yield report
        raise
    yield report


def _ahead(batches: Iterator[_Started]) -> Iterator[_Started]:
    """Batches in order, each handed on when a few more are under way.

    When reading fails, those that came before are still handed on.
    """
    under_way: deque[_Started] = deque()
    try:
        try:
            for batch in batches:
                under_way.append(batch)
                if len(under_way) > AHEAD:
                    yield under_way.popleft()
        except (Unreadable, EOFError, OSError):
            while under_way:
                yield under_way.popleft()
            raise
        while under_way:
            yield under_way.popleft()
    finally:
        for batch in under_way:
            batch.cleaning.cancel()


def _reason(error: Exception, path: Path) -> str:
    """Why an input could not be read to its end, or what beside it stood in the way."""
    if isinstance(error, EOFError):
        return "ends too early; what came before was taken"
    if not isinstance(error, OSError):
        return str(error)
    elsewhere = error.filename and Path(str(error.filename)) != path
    where = f"{error.filename}: " if elsewhere else ""
    return f"cannot be {'stored' if elsewhere else 'read'} ({where}{error.strerror or error})"


def _elsewhere(one: str | None, other: str | None) -> bool:
    return bool(one and other and urlsplit(one).hostname != urlsplit(other).hostname)
