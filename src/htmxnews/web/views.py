"""The one write: a page that was looked at for a while says so, once, with nothing about its reader."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from secrets import token_bytes
from time import monotonic
from urllib.parse import urlsplit
from weakref import WeakSet

from flask import Blueprint, Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import Forbidden

from htmxnews.finding.popular import record
from htmxnews.store.engine import Store
from htmxnews.web import asked

log = logging.getLogger(__name__)
bp = Blueprint("views", __name__)

FLUSH_SECONDS = 5.0
ONCE_SECONDS = 30 * 60.0  # S31: a reader's second look within this time is the same look
MARK = "X-Htmxnews-View"  # a cross-site form cannot send it (S30)

_BOTS = ("bot", "crawl", "spider", "slurp", "preview", "lighthouse")


class ViewCounter:
    """Counts views in memory and writes them in batches, off the request's way.

    A reader is known for half an hour by a hash whose salt is made anew at each start and each day; neither
    the hash nor the salt is ever written down.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[int] = Counter()
        self._seen: dict[bytes, float] = {}
        self._salt = token_bytes(16)
        self._salt_day = datetime.now(UTC).date()
        self._timer: threading.Timer | None = None

    def count(self, story_id: int, reader: str) -> None:
        """Count one look at a story, unless this reader has had one lately."""
        now = self._clock()
        with self._lock:
            self._renew_salt()
            key = blake2b(f"{story_id} {reader}".encode(), key=self._salt, digest_size=12).digest()
            if now - self._seen.get(key, -ONCE_SECONDS) < ONCE_SECONDS:
                return
            self._seen[key] = now
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
            old = self._clock() - ONCE_SECONDS
            self._seen = {key: at for key, at in self._seen.items() if at > old}
        if not counts:
            return
        try:
            record(self._store, counts, int(datetime.now(UTC).timestamp() // 3600))
        except SQLAlchemyError as error:
            log.warning("views could not be written and are kept: %s", error)
            with self._lock:
                self._counts.update(counts)

    def _renew_salt(self) -> None:
        today = datetime.now(UTC).date()
        if today != self._salt_day:
            self._salt, self._salt_day, self._seen = token_bytes(16), today, {}


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
    """Count a look at a story. 204 whether it counted or not, so that asking tells nothing."""
    if not _from_our_page():
        raise Forbidden("Only the pages of this site count views.")
    agent = request.user_agent.string.lower()
    if not any(word in agent for word in _BOTS):
        counter: ViewCounter = current_app.extensions["views"]
        counter.count(story_id, f"{request.remote_addr} {agent} {request.accept_languages}")
    return "", 204


def _from_our_page() -> bool:
    """S30: our own script sent it, from a page of this very site."""
    if MARK not in request.headers:
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc in (
        request.host,
        urlsplit(asked.config().base_url).netloc,
    )
