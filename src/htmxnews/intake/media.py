"""Pictures, players and frames of a body: what they are, and as the links that they become."""

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from htmxnews.intake.addresses import web_address
from htmxnews.text import field

# What a page of ours never loads from elsewhere: shown as a link that says what it is.
MEDIA = {"img": "Picture", "video": "Video", "audio": "Audio", "iframe": "Embedded page"}
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

MADE = "made"  # a class that marks our own labels until the last cleaning takes it away
_SIZE_SUFFIX = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w{3,4}$)")
_PICTURE_NAME = re.compile(r"\.(jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_SMILEY = re.compile(r"\b(smiley|emoji)\b")  # as WordPress and others name the class
_FILE_NAME = re.compile(r"\S+\.(jpe?g|png|gif|webp|avif)|(img|dsc|image|screenshot)[-_ ]?\d+", re.IGNORECASE)


def drop_lead(root: HtmlElement, base_url: str | None, lead: str | None) -> None:
    """Take the first picture out, with its figure, when it is the one that stands above the story anyway."""
    first = next((img for img in root.iter("img") if not is_small(img)), None)
    if lead is None or first is None:
        return
    address = address_of(first, base_url)
    if address is None or not same_picture(address, lead):
        return
    figure = next(first.iterancestors("figure"), None)
    alone = figure is not None and len(list(figure.iter(*MEDIA))) == 1
    (figure if figure is not None and alone else first).drop_tree()


def to_link(element: HtmlElement, base_url: str | None) -> None:
    """Put a link that says what it is in the place of a picture, player or frame; nothing for a pixel."""
    address = address_of(element, base_url) or web_address(element.get("poster"), base_url)
    words = alt_of(element)
    if is_small(element) or not (words or (address and not _is_button(element))):
        element.drop_tag() if element.tag != "img" else _replace(element, element.get("alt") or "")
        return
    label = MEDIA[element.tag]
    text = words if words.startswith(label) else f"{label}: {words}" if words else label
    for child in list(element):
        child.drop_tree()
    for name in list(element.attrib):
        del element.attrib[name]
    element.tag, element.text = "span", text
    element.set("class", MADE)
    if address and next(element.iterancestors("a"), None) is None:
        element.tag = "a"
        element.set("href", address)
    _set_apart(element)


def address_of(picture: HtmlElement, base_url: str | None) -> str | None:
    """The web address of a picture or a player; late-loading pages keep the real one in a data attribute."""
    names = ("data-src", "data-lazy-src", "data-original", "src")
    offers = [picture.get(name) for name in names] + [source.get("src") for source in picture.iter("source")]
    found = (web_address(offer, base_url) for offer in offers if offer)
    return next((address for address in found if address), None)


def same_picture(one: str, other: str) -> bool:
    """Whether two addresses name one picture, be it in another size."""
    a, b = urlsplit(one), urlsplit(other)
    return (a.hostname, _SIZE_SUFFIX.sub("", a.path)) == (b.hostname, _SIZE_SUFFIX.sub("", b.path))


def is_small(picture: HtmlElement) -> bool:
    """Whether a picture says of itself that it is a counter's pixel, a smiley or a button."""
    if _SMILEY.search(picture.get("class") or ""):
        return True
    sizes = [_pixels(picture.get(name)) for name in ("width", "height")]
    return any(size is not None and size <= 48 for size in sizes)


def alt_of(picture: HtmlElement) -> str:
    """What a picture shows, in the words of its source; a file's name is no words."""
    words = field(picture.get("alt") or picture.get("title"))
    return "" if _FILE_NAME.fullmatch(words) else words


def _set_apart(element: HtmlElement) -> None:
    """Put a space between a label and the words beside it, which a picture needs not."""
    before, parent = element.getprevious(), element.getparent()
    text = (parent.text if before is None else before.tail) or ""
    if (text or before is not None) and not text[-1:].isspace():
        if before is None:
            parent.text = f"{text} "
        else:
            before.tail = f"{text} "
    if (element.tail or "")[:1].isalnum():
        element.tail = f" {element.tail}"


def _is_button(element: HtmlElement) -> bool:
    """Whether a picture without words only carries a link to something else, as buttons and ads do."""
    link = next(element.iterancestors("a"), None)
    if link is None or next(element.iterancestors("figure"), None) is not None:
        return False
    return not _PICTURE_NAME.search(urlsplit(link.get("href") or "").path)


def _replace(element: HtmlElement, words: str) -> None:
    """Put the short text of a smiley in its place; nothing for a counter's pixel."""
    element.tail = (words if len(words) <= 12 else "") + (element.tail or "")
    element.drop_tree()


def _pixels(value: str | None) -> int | None:
    digits = (value or "").strip().removesuffix("px")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else None
