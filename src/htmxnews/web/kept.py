"""Answers kept as bytes: what every cache may keep, each worker keeps as well, and gives out ahead of Flask.

An answer is kept under its address and encoding as long as nothing moves in the database but views, and for
no longer than other caches are told: so what tells the time ("3h ago") or what is popular is never older here
than it may be anywhere.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

from htmxnews.store.engine import Store
from htmxnews.store.revisions import VIEWS, Moved
from htmxnews.web.asked import NUMBERS

BYTES_MAX = 32 * 1024 * 1024  # of all bodies together, in each worker
BODY_MAX = 1024 * 1024

_OF_A_BODY = ("Content-Type", "Content-Length", "Content-Encoding")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Key = tuple[str, str, str | None]  # path, query, encoding


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer as it goes over the wire."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    tag: str | None  # its entity tag, quotation marks included
    standing: Mapping[str, int]  # numbers of the database from before the answer was made; not that of views
    made: float  # monotonic seconds


class KeptAnswers:
    """A WSGI application in front of another: asks it only for what it does not have."""

    def __init__(
        self,
        application: Application,
        store: Store,
        *,
        is_ours: Callable[[str], bool],
        encoding: Callable[[str], str | None],
        kept_with: str,
        seconds: float,
    ) -> None:
        """`is_ours` says whether a Host is answered, `encoding` what suits an Accept-Encoding.

        Answers whose Cache-Control is `kept_with` are kept, for `seconds`.
        """
        self.application = application
        self._store = store
        self._is_ours = is_ours
        self._encoding = encoding
        self._kept_with = kept_with
        self._seconds = seconds
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        numbers = self._store.numbers() if self._may_be_kept(environ) else None
        if numbers is None:
            return self.application(environ, start_response)
        standing = {key: value for key, value in numbers.items() if key != VIEWS}
        encoding = self._encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        key = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""), encoding)
        answer = self._answers.get(key)
        if answer is None or answer.standing != standing or monotonic() - answer.made >= self._seconds:
            if environ["REQUEST_METHOD"] == "HEAD":
                return self.application(environ, start_response)
            answer = self._ask(environ, numbers, standing)
            if self._is_to_be_kept(answer):
                self._keep(key, answer)
        elif len(self._answers) > 1:
            self._touch(key)
        return _give(answer, environ, start_response)

    def _may_be_kept(self, environ: Environ) -> bool:
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and not environ["PATH_INFO"].startswith(("/static/", "/media/"))
            and environ.get("CONTENT_LENGTH") in (None, "", "0")
            and "HTTP_TRANSFER_ENCODING" not in environ
            and self._is_ours(environ.get("HTTP_HOST", ""))
        )

    def _ask(self, environ: Environ, numbers: Mapping[str, int], standing: Mapping[str, int]) -> Answer:
        """The whole answer, whatever the asker has of it already; made by the numbers while they hold."""
        whole = {name: value for name, value in environ.items() if name != "HTTP_IF_NONE_MATCH"}
        made = monotonic()
        try:
            status, headers, body = self._told(whole | {NUMBERS: numbers})
        except Moved:
            status, headers, body = self._told(whole)
        return Answer(status, headers, body, dict(headers).get("ETag"), standing, made)

    def _told(self, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _trouble: Any = None) -> None:
            told[:] = status, headers

        parts = self.application(environ, start)
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        status, headers = told
        return status, headers, body

    def _is_to_be_kept(self, answer: Answer) -> bool:
        headers = dict(answer.headers)
        told_apart = headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"  # by our key
        kept = told_apart and headers.get("Cache-Control") == self._kept_with
        return answer.status == "200 OK" and kept and len(answer.body) <= BODY_MAX

    def _keep(self, key: Key, answer: Answer) -> None:
        with self._lock:
            before = self._answers.pop(key, None)
            self._answers[key] = answer
            self._bytes += len(answer.body) - (len(before.body) if before else 0)
            while self._bytes > BYTES_MAX:
                self._bytes -= len(self._answers.popitem(last=False)[1].body)

    def _touch(self, key: Key) -> None:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)


def _give(answer: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and answer.tag and (answer.tag in asked or asked.strip() == "*"):
        start_response("304 NOT MODIFIED", [line for line in answer.headers if line[0] not in _OF_A_BODY])
        return (b"",)
    start_response(answer.status, list(answer.headers))
    return (b"",) if environ["REQUEST_METHOD"] == "HEAD" else (answer.body,)
