"""Pictures, players and frames of a body: what they are, and as the links that they become."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from htmxnews.intake import limits
from htmxnews.intake.addresses import web_address
from htmxnews.text import field

# What a page of ours never loads from elsewhere: shown as a link that says what it is.
MEDIA = {
    "img": "Picture",
    "video": "Video",
    "audio": "Audio",
    "iframe": "Embedded page",
    "embed": "Embedded page",
}
MEDIA_ATTRIBUTES = frozenset(
    {
        "alt",
        "class",
        "title",
        "src",
        "width",
        "height",
        "poster",
        "data-src",
        "data-lazy-src",
        "data-original",
    }
)

_SIZE_SUFFIX = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w{3,4}$)")
_PICTURE_NAME = re.compile(r"\.(jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_SMILEY = re.compile(r"\b(smiley|emoji)\b")  # as WordPress and others name the class
_DATA_NAME = re.compile(rf"{limits.DATA_NAME}[0-9a-f]{{64}}")
_FILE_NAME = re.compile(
    r"""\S+\.(jpe?g|png|gif|webp|avif|heic)
    |(img|image|dsc[nf]?|pxl|photo|screen[-_ ]?shot|scan)[-_ ]?\d[-_.:\d]*  # as cameras do
        ([-_ ](at\ )?(wa)?[-_.:\d]+)?
    |[-_\d]{8,}|[-0-9a-f]{32,36}""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Label:
    """Words for something that is not shown, and where it is."""

    text: str
    address: str | None = None
    sign: bool = False  # part of the text, as a smiley is


def drop_lead(root: HtmlElement, base_url: str | None, lead: str | None) -> None:
    """Take the first picture out, with its figure, when it is the one that stands above the story anyway."""
    if lead is None:
        return
    first = next((img for img in root.iter("img") if not is_small(img)), None)
    address = address_of(first, base_url) if first is not None else None
    if first is None or address is None or not same_picture(address, lead):
        return
    figure = next(first.iterancestors("figure"), None)
    alone = figure is not None and len(list(figure.iter(*MEDIA))) == 1
    (figure if figure is not None and alone else first).drop_tree()


def label_of(element: HtmlElement, base_url: str | None) -> Label | None:
    """What stands in the place of a picture, player or frame; None when only what it holds is of use."""
    if is_small(element):
        short = element.get("alt") or ""
        return Label(short if len(short) <= 12 else "", sign=True) if element.tag == "img" else None
    address = address_of(element, base_url) or web_address(element.get("poster"), base_url)
    words = alt_of(element)
    if not words and (address is None or _is_button(element)):
        return Label("") if element.tag == "img" else None
    if words == _caption_of(element):
        words = ""  # it stands right below
    kind = MEDIA[element.tag]
    return Label(words if words.startswith(kind) else f"{kind}: {words}" if words else kind, address)


def address_of(picture: HtmlElement, base_url: str | None) -> str | None:
    """The web address of a picture or a player; late-loading pages keep the real one in a data attribute."""
    names = ("data-src", "data-lazy-src", "data-original", "src")
    offers = [picture.get(name) for name in names] + [source.get("src") for source in picture.iter("source")]
    found = (offer if is_data_name(offer) else web_address(offer, base_url) for offer in offers if offer)
    return next((address for address in found if address), None)


def is_data_name(address: str) -> bool:
    """Whether it stands for a picture that is written into its page."""
    return _DATA_NAME.fullmatch(address) is not None


def declared_size(picture: HtmlElement) -> tuple[int | None, int | None]:
    """Width and height in pixels, as far as they are said."""
    return _pixels(picture.get("width")), _pixels(picture.get("height"))


def same_picture(one: str, other: str) -> bool:
    """Whether two addresses name one picture, be it in another size."""
    a, b = urlsplit(one), urlsplit(other)
    return (a.hostname, _SIZE_SUFFIX.sub("", a.path)) == (b.hostname, _SIZE_SUFFIX.sub("", b.path))


def is_small(picture: HtmlElement) -> bool:
    """Whether a picture says of itself that it is a counter's pixel, a smiley or a button."""
    if _SMILEY.search(picture.get("class") or ""):
        return True
    return any(size is not None and size <= 48 for size in declared_size(picture))


def alt_of(picture: HtmlElement) -> str:
    """What a picture shows, in the words of its source; a file's name is no words."""
    words = field(picture.get("alt") or picture.get("title"))
    return "" if _FILE_NAME.fullmatch(words) else words


def _caption_of(element: HtmlElement) -> str:
    figure = next(element.iterancestors("figure"), None)
    return field(figure.findtext("figcaption")) if figure is not None else ""


def _is_button(element: HtmlElement) -> bool:
    """Whether a picture without words only carries a link to something else, as buttons and ads do."""
    link = next(element.iterancestors("a"), None)
    if link is None or next(element.iterancestors("figure"), None) is not None:
        return False
    return not _PICTURE_NAME.search(urlsplit(link.get("href") or "").path)


def _pixels(value: str | None) -> int | None:
    digits = (value or "").strip().removesuffix("px")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else None
