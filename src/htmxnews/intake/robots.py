"""What robots.txt allows us, asked once a server and run."""

from urllib.parse import urljoin, urlsplit

from protego import Protego

from htmxnews.intake.asking import Get
from htmxnews.intake.fetch import AGENT, FetchError

SIZE_MAX = 500_000  # bytes that are read of one (RFC 9309)


class Robots:
    """The rules of the servers that one run asks."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._rules: dict[str, Protego | FetchError] = {}

    def allow(self, url: str) -> bool:
        """Whether a page may be fetched. Raises FetchError while a server does not say."""
        parts = urlsplit(url)
        place = urljoin(url, "/robots.txt")
        server = f"{parts.scheme}://{parts.netloc}"
        if server not in self._rules:
            self._rules[server] = self._read(place)
        rules = self._rules[server]
        if isinstance(rules, FetchError):
            raise rules
        return rules.can_fetch(url, AGENT)

    def _read(self, place: str) -> Protego | FetchError:
        try:
            body = self._get(place).body
        except FetchError as error:
            # Where there is none, everything is allowed; a server in trouble is left alone.
            absent = error.status is not None and 400 <= error.status < 500 and error.status != 429
            return Protego.parse("") if absent else error
        return Protego.parse(body[:SIZE_MAX].decode("utf-8", "replace"))
