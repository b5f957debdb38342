"""What is told of an input, and the stages behind storing it: pages, pictures, what is derived.

Each of them goes on where it was stopped or killed, in the next run of whatever command comes to it.
"""

from datetime import UTC, datetime
from math import inf

from htmxnews.commands.common import progress, say, warn
from htmxnews.config import Config
from htmxnews.finding import derive
from htmxnews.intake import copying, fulltext, reclean
from htmxnews.intake.report import Report, Stopped
from htmxnews.store.engine import Store
from htmxnews.text import field

LINE_MAX = 2_000  # characters of a line of a report


def tell(report: Report, as_json: bool) -> bool:
    """Print one report, and return whether a part of the input failed."""
    counts = ", ".join(
        f"{getattr(report, name)} {name}" for name in ("added", "updated", "unchanged", "skipped", "refused")
    )
    # Words of foreign files are among these, and a terminal obeys control characters.
    say(as_json, report.as_json(), f"{field(report.input, LINE_MAX)}: {counts}")
    if not as_json:
        tell_warnings(report)
    return bool(report.failed or report.refused)


def tell_warnings(report: Report) -> None:
    for warning in report.warnings.told():
        warn(f"  {field(warning, LINE_MAX)}")


def read_pages(store: Store, config: Config, as_json: bool) -> bool:
    """Read the pages that sources with full text want; return whether a story changed. Raises Stopped."""
    changed = stopped = False
    with progress("Reading pages") as step:
        for report in fulltext.complete(store, config, datetime.now(UTC), step):
            tell(report, as_json)
            changed |= bool(report.updated)
            stopped |= report.stopped
    if stopped:
        raise Stopped
    return changed


def copy_pictures(store: Store, config: Config, as_json: bool, *, seconds: float = inf) -> Report | None:
    """Copy the pictures that stories want, for so many seconds, and clean those stories again.

    None when none was due. Raises Stopped.
    """
    with progress("Copying pictures") as step:
        report = copying.copy(store, config, datetime.now(UTC), step, seconds=seconds)
    if report:
        _tell_pictures(report, as_json)
        if report.stopped:
            raise Stopped
    with progress("Cleaning") as step:
        cleaned = reclean.reclean(store, config, only_pictures=True, on_progress=step)
    tell_warnings(cleaned)
    return report


def derive_all(store: Store, config: Config) -> int:
    """Bring copies, search and related stories up to what was stored; return how many. Raises Stopped."""
    with progress("Indexing") as step:
        return derive.catch_up(store, step, fold=config.fold_copies)


def is_behind(store: Store) -> bool:
    """Whether a run before this one was stopped or killed with something left to derive."""
    with store.reading() as session:
        return derive.behind(session) > 0


def _tell_pictures(report: Report, as_json: bool) -> None:
    facts = {
        "pictures": report.added,
        "failed": report.refused,
        "left": report.skipped,
        "warnings": report.warnings.told(),
    }
    failed = f", {report.refused} failed and are tried again later" if report.refused else ""
    left = f", {report.skipped} are left for the next run" if report.skipped else ""
    say(as_json, facts, f"pictures: {report.added} copied{failed}{left}")
    if not as_json:
        tell_warnings(report)
