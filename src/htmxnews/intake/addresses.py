"""Foreign addresses: made absolute, checked, written plainly, or refused (S03)."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import idna

ADDRESS_MAX = 2_000  # characters, and bytes of the address as it is kept: a database can index no long ones

# Browsers skip some of these inside an address, and readers do not see the others.
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]+"
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_UNQUOTED = re.compile(r"[^\w!$&'()*+,;=:@/?%~.\[\]#-]")


def web_address(raw: object, base: str | None = None) -> str | None:
    """Return the http or https address that `raw` means, resolved against `base`, or None.

    The host is written in ASCII, as browsers do; a user name, or a host that is a bare number, is refused.
    """
    return _read(_visible(raw), base)[0]


def link_address(raw: object, base: str | None, own_hosts: frozenset[str]) -> str | None:
    """Return the address of a link that may stay in a text: web or mailto, and not on a host of ours."""
    text = _visible(raw)
    if text[:7].lower() == "mailto:":
        mailbox = text[7:].split("?")[0]
        return f"mailto:{mailbox}" if _MAILBOX.fullmatch(mailbox) else None
    address, host = _read(text, base)
    return None if host.strip("[]") in own_hosts else address


def own_hosts(base_url: str, extra: tuple[str, ...] = ()) -> frozenset[str]:
    """The host names that are ours."""
    return frozenset({(urlsplit(base_url).hostname or "").lower(), *(host.lower() for host in extra)})


def is_served_here(address: str, base_url: str, extra: tuple[str, ...] = ()) -> bool:
    """Whether a web address is answered by ourselves: an odd port of our host is another server."""
    asked, ours = urlsplit(address), urlsplit(web_address(base_url) or base_url)
    host, web = asked.hostname or "", {80, 443}
    ports = {one.port or {"http": 80, "https": 443}.get(one.scheme) for one in (asked, ours)}
    same_port = len(ports) == 1 or ports == web
    same_host = host == ours.hostname or (_is_loopback(host) and _is_loopback(ours.hostname or ""))
    return host in map(_plain_host, extra) or (same_host and same_port)


def path_of(address: str | None) -> str | None:
    """Path and query of an address, None for the root or no usable one: what an old address is looked up by.

    The path is unescaped, as a web server hands it on: `%e6%97%a5` and `%E6%97%A5` are one place.
    """
    if not address:
        return None
    parts = urlsplit(address)
    path = urlunsplit(("", "", unquote(parts.path) or "/", parts.query, ""))
    is_usable = path != "/" and "\x00" not in path and len(path.encode()) <= ADDRESS_MAX
    return path if is_usable else None


def _plain_host(name: str) -> str:
    """A host as a setting names it, written as `web_address` writes hosts."""
    return urlsplit(web_address(f"https://{name}") or "").hostname or name.lower()


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine: such names are answered whatever the settings say."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _visible(raw: object) -> str:
    return _INVISIBLE.sub("", str(raw or "")).strip()


def _read(text: str, base: str | None) -> tuple[str | None, str]:
    """The web address that `text` means and its host, None and nothing where it means none."""
    text = text[: ADDRESS_MAX + 1].replace("\\", "/")
    if not text or len(text) > ADDRESS_MAX:
        return None, ""
    try:
        parts = urlsplit(urljoin(base, text) if base and not _ABSOLUTE.match(text) else text)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        return None, ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None, ""
    netloc = host if port is None else f"{host}:{port}"
    path, query, fragment = map(_quoted, parts[2:])
    address = urlunsplit((parts.scheme, netloc, path, query, fragment))
    return (address, host) if len(address.encode()) <= ADDRESS_MAX else (None, "")


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
    return _UNQUOTED.sub(lambda found: quote(found[0]), part)
