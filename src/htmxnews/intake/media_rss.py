"""Pictures, recordings and films of a feed's entry, each with its own words.

feedparser lists the contents of Media RSS, and the credits, but forgets which belongs to which, and takes the
description and the title of a picture for those of the entry. So the tags are marked before it reads them:
every credit says which content it stands in, and titles and descriptions become credits of their own roles.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from htmxnews.intake.addresses import web_address
from htmxnews.intake.clean import plain
from htmxnews.intake.draft import PictureDraft
from htmxnews.intake.enclosed import Enclosed, Kind, kind_of
from htmxnews.intake.media import same_picture
from htmxnews.intake.xml_gate import outside_cdata

Entry = dict[str, Any]  # a feedparser dictionary

_DECLARED = re.compile(
    r"\bxmlns:([\w.-]+)\s*=\s*[\"']\s*https?://search\.yahoo\.com/mrss/?\s*[\"']", re.IGNORECASE
)
_AVATAR = re.compile(
    r"\bgravatar\.com/avatar/"
)  # the face of the writer, which blogs send along with the pictures
_FACE = 48  # pixels: a thumbnail that is no wider shows who wrote, not what about
_SMALL = 160  # one that is no wider stands above a story only where there is nothing larger
_LOOKED_AT = 200  # contents of one entry
_PLACE = "number-of-content"  # an attribute: 0 for what belongs to all contents
_ROLES = {"description": "htmxnews-caption", "title": "htmxnews-title"}
_OWN_ROLES = frozenset(_ROLES.values())


def prefixes(markup: str) -> frozenset[str]:
    """The prefixes that stand for Media RSS."""
    return frozenset({"media", *_DECLARED.findall(markup)})


def marked(item: str, names: Iterable[str]) -> str:
    """The markup of an item with its media told apart."""
    tag = re.compile(
        rf"<(/?)({'|'.join(map(re.escape, names))}):(content|group|credit|description|title)(?![\w:.-])"
        r"((?:[^<>\"']++|\"[^\"<]*\"|'[^'<]*')*+)>"
    )
    contents, inside, in_group = 0, 0, False

    def mark(found: re.Match[str]) -> str:
        nonlocal contents, inside, in_group
        end, prefix, name, rest = found.groups()
        opens = not end and not rest.endswith("/")
        if name == "content":
            contents += not end
            inside = contents if opens else 0
        elif name == "group":
            in_group = opens
        elif name == "title" and not (inside or in_group):
            return found[0]  # as good as the entry's own
        elif end:
            return f"</{prefix}:credit>"
        elif name == "credit":
            return f'<{prefix}:credit {_PLACE}="{inside}"{rest}>'
        else:
            return f'<{prefix}:credit {_PLACE}="{inside}" role="{_ROLES[name]}"{"" if opens else "/"}>'
        return found[0]

    return outside_cdata(item, lambda part: tag.sub(mark, part))


@dataclass(frozen=True)
class _Medium:
    url: str
    kind: Kind
    place: int
    width: int = 0
    first: bool = False


def caption(entry: Entry) -> str:
    """What the entry's media say of themselves, as it was written: the text of an entry that has no other."""
    return next((words for words in _words(entry, _ROLES["description"], 0, any_place=True)), "")


def title(entry: Entry) -> str:
    return next((words for words in _words(entry, _ROLES["title"], 0, any_place=True)), "")


def lead(entry: Entry, base: str | None) -> PictureDraft | None:
    """The picture that the feed itself names: media, a picture enclosure, a thumbnail, an episode's cover."""
    pictures = [one for one in _contents(entry, base) if one.kind == "image"]
    pictures.sort(key=lambda one: -one.width)
    for one in pictures:
        return _drawn(entry, one.url, one.place)
    offers: list[Any] = [one.url for one in _links(entry, base) if one.kind == "image"]
    thumbnails = parts(entry, "media_thumbnail")
    offers += [part.get("url") for part in thumbnails if not 0 < _number(part.get("width")) <= _SMALL]
    cover = dict.get(entry, "image")
    offers += [cover.get("href") if isinstance(cover, dict) else None, dict.get(entry, "picturetext")]
    addresses = (web_address(offer, base) for offer in offers if isinstance(offer, str) and offer)
    address = next((found for found in addresses if found), None)
    return _drawn(entry, address, 0) if address else None


def small(entry: Entry, base: str | None) -> PictureDraft | None:
    """A thumbnail that is too small to lead a story which shows a picture itself."""
    thumbnails = [one for one in parts(entry, "media_thumbnail") if _number(one.get("width")) > _FACE]
    address = next((found for one in thumbnails if (found := web_address(one.get("url"), base))), None)
    return _drawn(entry, address, 0) if address else None


def enclosed(entry: Entry, base: str | None, led: PictureDraft | None) -> list[Enclosed]:
    """What else hangs on the entry: recordings, films, files, and further pictures in their order."""
    found = _links(entry, base)
    known = {one.url for one in found}
    for kind in ("audio", "video"):
        if not any(one.kind == kind for one in found):
            offers = [one for one in _contents(entry, base) if one.kind == kind and one.url not in known]
            offers.sort(key=lambda one: not one.first)  # of the same film in many sizes, one is enough
            found += [Enclosed(one.url, one.kind, _title(entry, one.place)) for one in offers[:1]]
    if not any(one.kind in ("audio", "video") for one in found):
        player = dict.get(entry, "media_player")
        address = web_address(player.get("url"), base) if isinstance(player, dict) else None
        found += [Enclosed(address, "video")] if address else []
    pictures = [one for one in _contents(entry, base) if one.kind == "image" and not one.width]
    shown = [led.url] if led and led.url else []
    for one in pictures:
        if not any(same_picture(one.url, other) for other in shown):
            drawn = _drawn(entry, one.url, one.place)
            found.append(Enclosed(one.url, "image", drawn.alt, drawn.caption))
            shown.append(one.url)
    return [one for one in found if one.kind != "image" or not (led and led.url == one.url)]


def parts(entry: Entry, name: str) -> list[Entry]:
    """A field that holds several things; whatever else feeds put there is left out."""
    value = dict.get(entry, name)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _contents(entry: Entry, base: str | None) -> list[_Medium]:
    found = []
    for place, part in enumerate(parts(entry, "media_content")[:_LOOKED_AT], start=1):
        address = web_address(part.get("url"), base)
        kind = kind_of(address, part.get("type") or "", part.get("medium") or "") if address else "file"
        if address and kind != "file" and not _AVATAR.search(address):
            first = str(part.get("isdefault")).lower() == "true"
            found.append(_Medium(address, kind, place, _number(part.get("width")), first))
    return found


def _links(entry: Entry, base: str | None) -> list[Enclosed]:
    """Enclosures, and contents of Atom that lie elsewhere."""
    links = [part for part in parts(entry, "links") if part.get("rel") == "enclosure"][:_LOOKED_AT]
    offers = [(part.get("href"), part) for part in links]
    offers += [(part.get("src"), part) for part in parts(entry, "content") if part.get("src")]
    found: dict[str, Enclosed] = {}
    for raw, part in offers:
        address = web_address(raw, base)
        if address:
            kind = kind_of(address, part.get("type") or "")
            found.setdefault(address, Enclosed(address, kind, plain(part.get("title") or "")))
    return list(found.values())


def _drawn(entry: Entry, address: str, place: int) -> PictureDraft:
    names = [plain(words) for words in _words(entry, None, place)]
    captions = [plain(words) for words in _words(entry, _ROLES["description"], place)]
    has_text = bool(dict.get(entry, "summary") or dict.get(entry, "content"))
    return PictureDraft(
        url=address,
        credit=", ".join(dict.fromkeys(filter(None, names))),
        caption=captions[0] if captions and has_text else "",
    )


def _title(entry: Entry, place: int) -> str:
    return next((plain(words) for words in _words(entry, _ROLES["title"], place)), "")


def _words(entry: Entry, role: str | None, place: int, *, any_place: bool = False) -> Iterator[str]:
    """Credits, or words of one of our roles: those of a content itself, then those that belong to all."""
    told = []
    for part in parts(entry, "media_credit"):
        words = part.get("content")
        ours = part.get("role") if part.get("role") in _OWN_ROLES else None
        if words and ours == role:
            told.append((str(part.get(_PLACE) or "0"), words))
    wanted = {str(place)} if any(at == str(place) for at, _ in told) else {"0"}
    return (words for at, words in told if any_place or at in wanted)


def _number(value: Any) -> int:
    return int(value) if str(value or "").isdecimal() and len(str(value)) < 7 else 0
