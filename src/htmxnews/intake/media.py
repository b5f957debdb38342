"""Pictures, players and frames of a body: what they are, and as the links that they become."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from htmxnews.intake import limits
from htmxnews.intake.addresses import web_address
from htmxnews.intake.elements import BLOCKS, DIVISIONS
from htmxnews.text import FIELD_MAX, field

# What a page of ours never loads from elsewhere: shown as a link that says what it is.
MEDIA = {
    "img": "Picture",
    "video": "Video",
    "audio": "Audio",
    "iframe": "Embedded page",
    "embed": "Embedded page",
}
# Where pages that load pictures late keep the real address, or a set of them.
_LATE = ("data-src", "data-lazy-src", "data-original")
_LATE_SETS = ("data-srcset", "data-lazy-srcset")
MEDIA_ATTRIBUTES = frozenset(
    {
        "alt",
        "class",
        "title",
        "src",
        "width",
        "height",
        "poster",
        *_LATE,
        *_LATE_SETS,
        "srcset",
    }
)

WIDE = 1280  # pixels: of a set, the narrowest picture is taken that is as wide as our own widest
BANNER = 90  # pixels: no banner is higher, nor any button

_SIZE_SUFFIX = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w{3,4}$)")
_PICTURE_NAME = re.compile(r"\.(jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_SMILEY = re.compile(r"\b(smiley|emoji)\b")  # as WordPress and others name the class
_OF_SET = re.compile(r"[\s,]*+(\S++)(?:(?<=,)|\s*+([^,]*+))")  # an address may hold commas, and end with one
_SIZE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)[wx]")
_DATA_NAME = re.compile(rf"{limits.DATA_NAME}[0-9a-f]{{64}}(?:#(\S+))?")
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
    doubtful: bool = False  # perhaps a button or an ad: its size will tell


def make_figures(root: HtmlElement) -> None:
    """Write each table of one picture and some words below it, as old editors make them, as a figure."""
    for table in list(root.iter("table")):
        cells = list(islice(table.iter("td", "th", "caption"), 3))
        if len(cells) != 2 or len(list(islice(table.iter("tr"), 3))) != 2:
            continue
        shown, words = cells
        pictures = list(islice(shown.iter(*MEDIA), 2))
        is_figure = [one.tag for one in pictures] == ["img"] and not shown.text_content().strip()
        if is_figure and _is_caption(words):
            table.tag, shown.tag, words.tag = "figure", "div", "figcaption"
            table[:] = cells
            for element in (table, *cells):
                element.attrib.clear()
            table.text = shown.tail = words.tail = None


def drop_lead(root: HtmlElement, base_url: str | None, lead: str | None) -> None:
    """Take the first picture out when it is the one that stands above the story anyway.

    Its figure goes along, with the caption; one that says more than the lead keeps of it stays.
    """
    if lead is None:
        return
    first = next((img for img in root.iter("img") if not is_small(img)), None)
    address = address_of(first, base_url) if first is not None else None
    if first is None or address is None or not same_picture(address, lead):
        return
    figure = next(first.iterancestors("figure"), None)
    is_whole = figure is not None and len(list(figure.iter(*MEDIA))) == 1 and not _says_more(figure)
    taken, instead = (figure, "div") if figure is not None and is_whole else (first, "span")
    taken.clear(keep_tail=True)
    taken.tag, taken.text = instead, " "  # what stood before and behind it stays apart


def label_of(element: HtmlElement, base_url: str | None) -> Label | None:
    """What stands in the place of a picture, player or frame; None when only what it holds is of use."""
    if is_small(element):
        short = element.get("alt") or ""
        return Label(short if len(short) <= 12 else "", sign=True) if element.tag == "img" else None
    address = address_of(element, base_url) or web_address(element.get("poster"), base_url)
    words = alt_of(element)
    if not words and (address is None or _may_be_button(element)):
        return Label("", address, doubtful=True) if element.tag == "img" else None
    if words == _caption_of(element):
        words = ""  # it stands right below
    kind = MEDIA[element.tag]
    return Label(words if words.startswith(kind) else f"{kind}: {words}" if words else kind, address)


def address_of(picture: HtmlElement, base_url: str | None) -> str | None:
    """The web address of a picture or a player; of a picture written into its page, the name."""
    offers = [picture.get(name) for name in _LATE]
    offers += [_widest(picture.get(name)) for name in _LATE_SETS]
    offers += [picture.get("src"), _widest(picture.get("srcset"))]
    for source in _sources(picture):
        offers += [source.get("src"), *(_widest(source.get(name)) for name in (*_LATE_SETS, "srcset"))]
    written = next((offer for offer in offers if offer and is_data_name(offer)), None)
    # A picture that is written into a page beside an address only holds the place of the real one.
    return next((found for offer in offers if (found := web_address(offer, base_url))), written)


def is_data_name(address: str) -> bool:
    """Whether it stands for a picture that is written into its page, or lies beside it."""
    return _DATA_NAME.fullmatch(address) is not None


def file_name(digest: str, address: str = "") -> str:
    """The name of a picture that lies beside a text: what the file holds, and what the text calls it."""
    return f"{limits.DATA_NAME}{digest}#{address}" if address else f"{limits.DATA_NAME}{digest}"


def file_names(known: Iterable[str]) -> dict[str, str]:
    """Of some pictures the names of those that lie beside a text, by what it calls them."""
    found = filter(None, map(_DATA_NAME.fullmatch, known))
    return {one[1]: one[0] for one in found if one[1]}


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


def _is_caption(words: HtmlElement) -> bool:
    """Whether a cell holds no more than a caption does: one piece of text, without pictures."""
    parts = len(list(islice(words.iterdescendants(*DIVISIONS), 2)))
    if parts > 1 or next(words.iterdescendants(*BLOCKS, *MEDIA), None) is not None:
        return False
    return len(" ".join(words.text_content().split())) <= FIELD_MAX


def _says_more(figure: HtmlElement) -> bool:
    """Whether a figure has words that are no caption, or more of them than a lead keeps."""
    first = figure.find(".//figcaption")
    caption = first.text_content().split() if first is not None else []
    is_cut = len(" ".join(caption)) > FIELD_MAX
    return is_cut or len("".join(figure.text_content().split())) > len("".join(caption))


def _caption_of(element: HtmlElement) -> str:
    figure = next(element.iterancestors("figure"), None)
    return field(figure.findtext("figcaption")) if figure is not None else ""


def _sources(element: HtmlElement) -> Iterator[HtmlElement]:
    """The sources of a player, or those that stand before a picture."""
    if element.tag != "img":
        yield from element.iter("source")
        return
    before = element.getprevious()
    while before is not None and before.tag == "source":
        yield before
        before = before.getprevious()


def _widest(offered: str | None) -> str | None:
    """One address of a set, such as `a.jpg 320w, b.jpg 1280w` or `a.jpg, b.jpg 2x`."""
    sized = [(_SIZE.match(size), address.rstrip(",")) for address, size in _OF_SET.findall(offered or "")]
    found = [(float(size[1]) if size else 1.0, address) for size, address in sized]
    enough = [one for one in found if one[0] >= WIDE]
    return min(enough)[1] if enough else max(found)[1] if found else None


def _may_be_button(element: HtmlElement) -> bool:
    """Whether a picture without words only carries a link to something else, as buttons and ads do."""
    link = next(element.iterancestors("a"), None)
    if link is None or next(element.iterancestors("figure"), None) is not None:
        return False
    return not _PICTURE_NAME.search(urlsplit(link.get("href") or "").path)


def _pixels(value: str | None) -> int | None:
    digits = (value or "").strip().removesuffix("px")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else None
