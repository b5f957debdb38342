"""What robots.txt allows us, asked once a server and run, and read in a process with limits (S14)."""

from urllib.parse import urljoin, urlsplit

from protego import Protego

from htmxnews.intake import child
from htmxnews.intake.asking import Get
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.fetch import PRODUCT, FetchError

SIZE_MAX = 500_000  # bytes that are read of one (RFC 9309)


class Robots:
    """The rules of the servers that one run asks."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._rules: dict[str, bytes | FetchError] = {}

    def allow(self, url: str) -> bool:
        """Whether a page may be fetched. Raises FetchError while a server does not say."""
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc}"
        if server not in self._rules:
            self._rules[server] = self._asked(urljoin(url, "/robots.txt"))
        rules = self._rules[server]
        if isinstance(rules, FetchError):
            raise rules
        try:
            return not rules or child.call(allowed, rules, url)
        except Unreadable as error:
            unread = self._rules[server] = FetchError(f"its server's robots.txt {error}")
            raise unread from None

    def _asked(self, place: str) -> bytes | FetchError:
        try:
            return self._get(place).body[:SIZE_MAX]
        except FetchError as error:
            # Where there is none, everything is allowed; a server in trouble is left alone.
            absent = error.status is not None and 400 <= error.status < 500 and error.status != 429
            return b"" if absent else error


def allowed(rules: bytes, url: str) -> bool:
    """Whether rules allow an address. To be run in a process with limits: few lines can mean very many."""
    return bool(Protego.parse(rules.decode("utf-8", "replace")).can_fetch(url, PRODUCT))
