"""The one write: a page that was looked at for a while says so, once, with nothing about its reader."""

import logging
import threading
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urlsplit
from weakref import WeakSet

from flask import Blueprint, Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from htmxnews.finding.popular import hour_of, record
from htmxnews.store.engine import Store
from htmxnews.web import asked
from htmxnews.web.seen import SHARED, Seen

log = logging.getLogger(__name__)
bp = Blueprint("views", __name__)

FLUSH_SECONDS = 5.0
MARK = "X-Htmxnews-View"  # a cross-site form cannot send it (S30)

_BOTS = ("bot", "crawl", "spider", "slurp", "preview", "lighthouse")


class ViewCounter:
    """Counts views in memory and writes them in batches, off the request's way.

    A reader is known for half an hour by a salted hash (`seen`), and by nothing in the database.
    """

    def __init__(self, store: Store, seen: Seen = SHARED) -> None:
        self._store = store
        self._seen = seen
        self._lock = threading.Lock()
        self._counts: Counter[int] = Counter()
        self._timer: threading.Timer | None = None

    def count(self, story_id: int, reader: str) -> None:
        """Count one look at a story, unless this reader has had one lately."""
        if not self._seen.first(f"{self._store.path} {story_id} {reader}"):
            return
        with self._lock:
            self._counts[story_id] += 1
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what was counted; what cannot be written now is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._timer = None
        if not counts:
            return
        try:
            record(self._store, counts, hour_of(datetime.now(UTC)))
        except SQLAlchemyError as error:
            log.warning("views could not be written and are kept: %s", error)
            with self._lock:
                self._counts.update(counts)


_counters: WeakSet[ViewCounter] = WeakSet()


def init_app(app: Flask) -> None:
    counter = ViewCounter(app.extensions["store"])
    app.extensions["views"] = counter
    _counters.add(counter)


def flush_all() -> None:
    """Write every count of this process: it is about to leave."""
    for counter in _counters:
        counter.flush()


@bp.post("/views/<int:story_id>")
def view(story_id: int) -> tuple[str, int]:
    """Count a look at a story. 204 whether it counted or not, so that asking tells nothing (S30)."""
    if _from_our_page() and _from_a_reader():
        counter: ViewCounter = current_app.extensions["views"]
        agent = request.user_agent.string
        counter.count(story_id, f"{request.remote_addr} {agent} {request.accept_languages}")
    return "", 204


def _from_our_page() -> bool:
    """S30: our own script sent it, with nothing in it, from a page of this very site."""
    if MARK not in request.headers or request.get_data():
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc in (
        request.host,
        urlsplit(asked.config().base_url).netloc,
    )


def _from_a_reader() -> bool:
    """S31: an open page asks; no picture, no frame, nothing fetched ahead, no bot that says so."""
    agent = request.user_agent.string.lower()
    ahead = "Sec-Purpose" in request.headers or "Purpose" in request.headers
    by_script = request.headers.get("Sec-Fetch-Dest", "empty") == "empty"
    return by_script and not ahead and bool(agent) and not any(word in agent for word in _BOTS)
