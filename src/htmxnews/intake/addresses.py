"""Foreign addresses: made absolute, checked, written plainly, or refused (S03)."""

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import idna

ADDRESS_MAX = 2_000  # characters

# Browsers skip some of these inside an address, and readers do not see the others.
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]+"
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_KEEP = "!$&'()*+,;=:@/?%~-._[]#"


def web_address(raw: object, base: str | None = None) -> str | None:
    """Return the http or https address that `raw` means, resolved against `base`, or None.

    The host is written in ASCII, as browsers do; a user name, or a host that is a bare number, is refused.
    """
    text = _visible(raw)[: ADDRESS_MAX + 1].replace("\\", "/")
    if not text or len(text) > ADDRESS_MAX:
        return None
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit(
        (parts.scheme, netloc, _quoted(parts.path), _quoted(parts.query), _quoted(parts.fragment))
    )


def link_address(raw: object, base: str | None, own_hosts: frozenset[str]) -> str | None:
    """Return the address of a link that may stay in a text: web or mailto, and not on a host of ours."""
    text = _visible(raw)
    if text[:7].lower() == "mailto:":
        mailbox = text[7:].split("?")[0]
        return f"mailto:{mailbox}" if _MAILBOX.fullmatch(mailbox) else None
    address = web_address(text, base)
    if address is None or (urlsplit(address).hostname or "").rstrip(".") in own_hosts:
        return None
    return address


def own_hosts(base_url: str, extra: tuple[str, ...] = ()) -> frozenset[str]:
    """The host names that are ours."""
    return frozenset({(urlsplit(base_url).hostname or "").lower(), *(host.lower() for host in extra)})


def is_served_here(address: str, base_url: str, extra: tuple[str, ...] = ()) -> bool:
    """Whether a web address is answered by ourselves: another port of our host is another server."""
    asked, ours = urlsplit(address), urlsplit(base_url)
    host = (asked.hostname or "").rstrip(".")
    ports = {"http": 80, "https": 443}
    same_port = (asked.port or ports.get(asked.scheme)) == (ours.port or ports.get(ours.scheme))
    return host in map(str.lower, extra) or (host == ours.hostname and same_port)


def path_of(address: str | None) -> str | None:
    """Path and query of an address, None for none and for the root: what an old address is looked up by.

    The path is unescaped, as a web server hands it on: `%e6%97%a5` and `%E6%97%A5` are one place.
    """
    if not address:
        return None
    parts = urlsplit(address)
    path = urlunsplit(("", "", unquote(parts.path) or "/", parts.query, ""))
    return path if path != "/" else None


def _visible(raw: object) -> str:
    return _INVISIBLE.sub("", str(raw or "")).strip()


def _host(name: str) -> str:
    """The host as it is looked up, empty when it is none."""
    name = name.lower().rstrip(".")
    if ":" in name:
        return f"[{IPv6Address(name)}]"
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    if not _HOST.fullmatch(name) or len(name) > 253 or ".." in name:
        return ""
    if _NUMBER.fullmatch(name.rsplit(".", 1)[-1]):
        return str(IPv4Address(name))
    return name


def _quoted(part: str) -> str:
    """Percent-encode what could end an attribute or a tag; letters of any script stay readable."""
    return "".join(c if c in _KEEP or c.isalnum() else quote(c) for c in part)
