"""The way in: drafts → clean → identify → store, in whole batches, with a report that misses nothing."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from htmxnews.config import Config
from htmxnews.intake import detect, feeds, jsonl, markdown, wxr
from htmxnews.intake.detect import Input, Kind
from htmxnews.intake.draft import Parsed, StoryDraft, Unreadable
from htmxnews.intake.jsonl import opened
from htmxnews.intake.keep import Item, fingerprints, fold_log, keep
from htmxnews.intake.names import Names, find
from htmxnews.intake.prepare import CONTENT, Terms, fingerprint, identity, prepare, says_nothing
from htmxnews.intake.report import Progress, Report, Stopped
from htmxnews.intake.subscribing import subscribe_list
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story
from htmxnews.text import field

BATCH = 100  # stories a writing transaction: readers wait for none, and a kill loses at most these
LARGE = 1_000  # stories of one input: afterwards the log is folded into the database
WARNINGS_MAX = 500
FEED_MAX = 100_000_000  # bytes of a feed's file


class Importer:
    """One run over one or many inputs; it knows which item came from where."""

    def __init__(self, store: Store, config: Config, *, now: datetime | None = None) -> None:
        self.store = store
        self.terms = Terms.of(config, now or datetime.now(UTC))
        self._names = Names()
        # Hash of source and key → hash of the content, in this input and in those before it. Numbers, since
        # an input may have a million items.
        self._here: dict[int, int] = {}
        self._before: dict[int, int] = {}

    def import_path(
        self,
        path: Path,
        kind: Kind | None = None,
        source_name: str | None = None,
        on_progress: Progress | None = None,
    ) -> Iterator[Report]:
        """Import a file or a folder and yield a report for each input in it."""
        try:
            for one in detect.inputs(path, kind):
                report = self._import_one(one, source_name, on_progress)
                yield report
                if report.stopped:
                    return
        except Unreadable as error:
            yield Report(str(path), kind, refused=1, warnings=[f"it {error}"], failed=True)

    def take(
        self,
        parsed: Parsed,
        report: Report,
        *,
        source: Source | None = None,
        source_name: str | None = None,
        shift: timedelta = timedelta(),
        on_progress: Progress | None = None,
    ) -> int | None:
        """Store what a parser found, in whole batches; the counts go into `report`.

        The source is `source`, or the one named `source_name`, or the one that the input names. Returns its
        id, None when there was nothing to store. An interrupt between batches loses nothing.
        """
        self._before.update(self._here)
        self._here.clear()
        source_id = source.id if source else None
        lang = parsed.lang or (source.lang if source else None)
        terms = replace(self.terms, lang=lang, shift=shift)
        done = 0
        try:
            for drafts in _batches(parsed.drafts):
                if source_id is None:
                    source_id = self._source_id(parsed, report.input, source_name)
                self._store(drafts, source_id, terms, report)
                done += len(drafts)
                if on_progress:
                    on_progress(done, parsed.total)
        except Stopped:
            report.stopped = True
            report.warnings.append("it was stopped before its end; importing it again goes on")
        finally:
            report.skipped += parsed.skipped
            report.refused += parsed.refused
            report.warnings.extend(parsed.warnings)
            _shorten(report.warnings)
        if report.added + report.updated > LARGE:
            fold_log(self.store)
        return source_id

    def _import_one(self, one: Input, source_name: str | None, on_progress: Progress | None) -> Report:
        report = Report(str(one.path), one.kind)
        try:
            report.kind = one.kind or detect.kind_of(one.path)
            if report.kind == "opml":
                subscribe_list(self.store, one.path, report)
                return report
            parsed = _parsers[report.kind](one.path)
            source_id = self.take(parsed, report, source_name=source_name, on_progress=on_progress)
        except (Unreadable, EOFError, OSError) as error:
            report.refused += 1
            report.failed = True
            report.warnings.append(f"it {_reason(error, one.path)}")
            return report
        if report.kind == "markdown" and not report.stopped and one.path.is_dir() and source_id is not None:
            report.warnings.extend(self._gone(one.path, source_id))
        return report

    def _source_id(self, parsed: Parsed, name: str, source_name: str | None) -> int:
        """The source that these stories belong to, made when it is new."""
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
            row.lang = row.lang or parsed.lang
        return source_id

    def _store(self, drafts: list[StoryDraft], source_id: int, terms: Terms, report: Report) -> None:
        """One batch: compare, clean what is new outside of the transaction, then write it in one."""
        told = [(identity(draft), fingerprint(draft), draft) for draft in drafts if not says_nothing(draft)]
        if empty := len(drafts) - len(told):
            report.skipped += empty
            report.warnings.append(f"{empty} without title, text, link and picture were left out")
        with self.store.reading() as session:
            wanted = {key for key, _, _ in told} | {_variant(key, mark) for key, mark, _ in told}
            stored = fingerprints(session, source_id, wanted)
        items, same = [], 0
        for given, mark, draft in told:
            name = draft.title[:80] if given.startswith(CONTENT) and draft.title else given[:80]
            key = self._placed(given, mark, source_id, stored, report, repr(name))
            if key is None:
                continue
            if stored.get(key) == mark:
                same += 1
                continue
            ready = prepare(draft, terms)
            report.warnings.extend(ready.warnings)
            items.append(Item(key, mark, ready))
        if items:
            try:
                with self.store.writing() as session:
                    added, updated = keep(session, self._names, source_id, items, terms.now)
            except BaseException:
                self._names.forget()
                raise
            report.added += added
            report.updated += updated
            same += len(items) - added - updated
        report.unchanged += same

    def _placed(
        self, key: str, mark: str, source_id: int, stored: dict[str, str], report: Report, name: str
    ) -> str | None:
        """The key to store an item under, None when it is left out (S17).

        Several items of one input with one id are all kept: the later ones get a hash of their content
        behind it. What another input of this run has brought already is not overwritten.
        """
        place, content, variant = hash((source_id, key)), hash(mark), _variant(key, mark)
        if place not in self._here and place not in self._before:
            if variant in stored and stored.get(key) != mark:
                return self._placed(variant, mark, source_id, stored, report, name)
            self._here[place] = content
            return key
        if self._before.get(place) == content:
            report.unchanged += 1
            return None
        if place in self._before:
            report.skipped += 1
            report.warnings.append(f"{name} came in another version from an input before; that one stays")
            return None
        if self._here[place] == content:
            report.skipped += 1
            report.warnings.append(f"{name} is there twice; it was taken once")
            return None
        report.warnings.append(f"several stories have the id {name}; all were kept")
        return self._placed(variant, mark, source_id, stored, report, name)

    def _gone(self, folder: Path, source_id: int) -> list[str]:
        """A line for each story of the source whose file is no longer in its folder."""
        with self.store.reading() as session:
            keys = session.scalars(select(Story.key).where(Story.source_id == source_id).order_by(Story.key))
            return [
                f"{key} is gone from the folder; its story was kept"
                for key in keys
                if key.endswith(markdown.SUFFIXES) and not (folder / key).is_file()
            ]


def _feed(path: Path) -> Parsed:
    with opened(path) as file:
        data = file.read(FEED_MAX + 1)
    if len(data) > FEED_MAX:
        raise Unreadable(f"is larger than {FEED_MAX // 1_000_000} MB, which no feed is")
    return feeds.parse(data)


_parsers: dict[str, Callable[[Path], Parsed]] = {
    "feed": _feed,
    "wxr": wxr.parse,
    "markdown": markdown.parse,
    "jsonl": jsonl.parse,
}


def _reason(error: Exception, path: Path) -> str:
    """Why an input could not be read to its end, or what beside it stood in the way."""
    if isinstance(error, EOFError):
        return "ends too early; what came before was taken"
    if not isinstance(error, OSError):
        return str(error)
    elsewhere = error.filename and Path(str(error.filename)) != path
    where = f"{error.filename}: " if elsewhere else ""
    return f"cannot be {'stored' if elsewhere else 'read'} ({where}{error.strerror or error})"


def _batches(drafts: Iterable[StoryDraft]) -> Iterator[list[StoryDraft]]:
    """Drafts in batches; when reading fails, those that came before are still handed on."""
    batch: list[StoryDraft] = []
    try:
        for draft in drafts:
            batch.append(draft)
            if len(batch) == BATCH:
                full, batch = batch, []
                yield full
    except (Unreadable, EOFError, OSError):
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _variant(key: str, mark: str) -> str:
    return f"{key}#{hashlib.sha256(mark.encode()).hexdigest()[:12]}"


def _elsewhere(one: str | None, other: str | None) -> bool:
    return bool(one and other and urlsplit(one).hostname != urlsplit(other).hostname)


def _shorten(warnings: list[str]) -> None:
    if (more := len(warnings) - WARNINGS_MAX) > 0:
        warnings[WARNINGS_MAX:] = [f"and {more} more like these"]
