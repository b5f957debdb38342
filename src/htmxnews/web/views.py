"""The one write: a page that was looked at for a while says so, once, with nothing about its reader."""

import logging
import threading
from collections import Counter, deque
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
LOOKS_MAX = 100_000  # between two batches; no worker answers so many, so more are a flood
MARK = "X-Htmxnews-View"  # a cross-site form cannot send it (S30)

_BOTS = ("bot", "crawl", "spider", "slurp", "preview", "lighthouse")


class ViewCounter:
    """Takes down looks in memory; counts and writes them in batches, off the request's way.

    A reader is known for half an hour by a salted hash (`seen`), and by nothing in the database.
    """

    def __init__(self, store: Store, seen: Seen = SHARED) -> None:
        self._store = store
        self._seen = seen
        self._looks: deque[tuple[int, int]] = deque()
        self._counts: Counter[int] = Counter()  # to be written
        self._writing, self._starting = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None

    def count(self, story_id: int, reader: str) -> None:
        """Take down one look at a story; it counts unless this reader has had one lately."""
        if len(self._looks) < LOOKS_MAX:
            # Python salts its hashes anew in every server, and alike in all workers of one.
            self._looks.append((story_id, hash(reader)))
        if self._timer is None:
            self._start()

    def flush(self) -> None:
        """Count and write what was taken down; what cannot be written now is kept for the next time."""
        with self._writing:
            self._timer = None  # before the last look is taken, so that the next one starts another
            while self._looks:
                story_id, reader = self._looks.popleft()
                if self._seen.first(f"{self._store.name} {story_id} {reader}"):
                    self._counts[story_id] += 1
            if not self._counts:
                return
            try:
                record(self._store, self._counts, hour_of(datetime.now(UTC)))
                self._counts.clear()
            except SQLAlchemyError as error:
                log.warning("views could not be written and are kept: %s", error)

    def _start(self) -> None:
        with self._starting:
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()


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
