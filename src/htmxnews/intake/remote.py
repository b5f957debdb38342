"""Inputs that lie at a web address: fetched by the one client, then read like a file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from htmxnews.config import Config
from htmxnews.intake import detect, rests, rounds
from htmxnews.intake.asking import ask
from htmxnews.intake.detect import Kind
from htmxnews.intake.draft import Lines, Unreadable
from htmxnews.intake.fetch import Fetched, FetchError
from htmxnews.intake.report import Progress, Report
from htmxnews.intake.run import Importer, reported
from htmxnews.text import slug_of


def is_address(text: str) -> bool:
    """Whether an input is an address; which ones are fetched is for the fetcher to say."""
    return "://" in text


def import_address(
    importer: Importer,
    config: Config,
    address: str,
    kind: Kind | None = None,
    source_name: str | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Report]:
    """Fetch what lies at `address` and import it once; nothing is subscribed to."""
    now = importer.terms.now
    try:
        found = ask(rests.client(importer.store, config, now), address, on_progress)
        yield from _import(importer, found, address, kind, source_name, on_progress)
    except (FetchError, Unreadable) as error:
        if isinstance(error, FetchError):
            rests.remember(importer.store, error, now)
        yield Report(
            address,
            kind,
            refused=1,
            warnings=Lines([f"it {error}" if isinstance(error, Unreadable) else str(error)]),
            failed=True,
        )


def _import(
    importer: Importer,
    found: Fetched,
    address: str,
    kind: Kind | None,
    source_name: str | None,
    on_progress: Progress | None,
) -> Iterator[Report]:
    kind = kind or detect.kind_of_bytes(found.body[:64_000], address.split("?")[0].lower())
    if kind == "feed":
        report = Report(address, kind)
        yield from reported(report, _take, importer, found, report, source_name, on_progress)
        return
    with tempfile.TemporaryDirectory() as folder:
        # The other kinds are read from files, since they may be large. Their names tell one from another.
        parts = urlsplit(address)
        name = slug_of(unquote(f"{parts.path.removesuffix('.md')} {parts.query}")) or "story"
        path = Path(folder, f"{name}.{'md' if kind == 'markdown' else kind}")
        path.write_bytes(found.body)
        if kind in ("markdown", "jsonl"):
            source_name = source_name or parts.hostname
        for report in importer.import_path(path, kind, source_name, on_progress, found.lasting):
            report.input = address
            yield report


def _take(
    importer: Importer, found: Fetched, report: Report, source_name: str | None, on_progress: Progress | None
) -> None:
    """Take a feed in; where it breaks off, the report tells what came before."""
    try:
        importer.take(
            rounds.read(found),
            report,
            source_name=source_name,
            came_from=found.lasting,
            on_progress=on_progress,
        )
    except Unreadable as error:
        report.refused += 1
        report.failed = True
        report.warnings.append(f"it {error}")
