"""Untrusted text → safe HTML. The only place (S01): limits, then nh3, then bleach or what is set instead."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from threading import local
from typing import Any, Literal, get_args

import nh3

from htmxnews.intake import commonmark, elements, limits, media, references, rework, shown
from htmxnews.intake.commonmark import parser
from htmxnews.intake.draft import BodyKind, PictureDraft
from htmxnews.text import printable

Sanitizer = Literal["bleach", "nh3"]  # which library has the last word (S08)

POLICY = 7  # raise it when cleaning comes to another result; `htmxnews reclean` then does the kept stories
REL = "noopener noreferrer nofollow ugc"  # of every link

# The one allow-list (S02). `rework` has turned h1 into h2, and players and foreign pictures into links.
_NAMES = """
    a abbr b bdi blockquote br caption cite code dd del details dfn div dl dt em figcaption figure
    h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary
    sup table tbody td tfoot th thead time tr u ul var
"""
TAGS = frozenset(_NAMES.split())
ATTRIBUTES: dict[str, frozenset[str]] = {
    "*": frozenset({"dir", "lang"}),
    "a": frozenset({"href", "rel"}),
    "abbr": frozenset({"title"}),
    "img": shown.ATTRIBUTES,  # each with the values that `shown` writes alone
    "li": frozenset({"value"}),
    "ol": frozenset({"start"}),
    "pre": frozenset({"tabindex"}),  # as `Writer` alone writes it
    "table": frozenset({"tabindex"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan", "scope"}),
    "time": frozenset({"datetime"}),
}
SCHEMES = frozenset({"http", "https", "mailto"})

# Elements whose content is no text to read.
_DROPPED_WHOLE_NAMES = """
    noembed noframes noscript script style template textarea title x-annotation x-annotation-xml xmp
"""
_ENDS_ELEMENT = re.compile(r"</[a-z]|<br ?/?>|<p>", re.IGNORECASE)
_SHOWS = re.compile(r"<(?:img|video|audio|iframe|embed|picture)\b", re.IGNORECASE)
_SAYS_NOTHING_MAX = 2_000  # characters of a text that are looked through for one word
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]+")

# With TAGS, the elements that a parser of HTML treats in a way of their own.
_OTHER_NAMES = """
    acronym address applet area article aside audio base basefont bgsound big body button canvas center col
    colgroup dialog dir embed fieldset font footer form frame frameset h1 head header hgroup html iframe image
    img input keygen label legend link listing main map marquee menu meta nav nobr noembed noframes noscript
    object optgroup option param picture plaintext script search section select slot source strike style
    template textarea title track tt video wbr xmp
"""
_HTML_NAMES = TAGS | set(_OTHER_NAMES.split())
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")

# A parser opens formatting that is not closed once more in every block that follows, with all its attributes.
# These go onto an element of their own, which it opens once.
_DRESSED = re.compile(
    r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\t\n\f\r /])", re.IGNORECASE
)

_first = nh3.Cleaner(
    tags=TAGS | {"h1", "source"} | elements.DIVISIONS | set(elements.RENAMED) | set(media.MEDIA),
    clean_content_tags=set(_DROPPED_WHOLE_NAMES.split()),
    attributes={name: set(allowed) for name, allowed in ATTRIBUTES.items()}
    | {name: set(media.MEDIA_ATTRIBUTES) for name in (*media.MEDIA, "source")},
    url_schemes={*SCHEMES, limits.DATA_NAME.rstrip(":")},
    link_rel=None,
)
_KEPT_ATTRIBUTES = {name: set(allowed) - {"rel"} for name, allowed in ATTRIBUTES.items()}


@dataclass(frozen=True)
class Cleaned:
    """A body that is safe to show, and its words."""

    html: str
    text: str  # all of it, plain
    start: str  # running text from its beginning, for a teaser: no headings, tables, pictures
    warning: str = ""
    pictures: tuple[str, ...] = ()  # addresses of those in the text, or names of those written into it


def clean(
    raw: str,
    kind: BodyKind = "html",
    *,
    base_url: str | None = None,
    own_hosts: frozenset[str] = frozenset(),
    title: str = "",
    lead: str | None = None,
    pictures: shown.Pictures = shown.NONE,
    sanitizer: Sanitizer = "bleach",
) -> Cleaned:
    """Make a foreign body safe to show.

    Relative addresses are resolved against `base_url`; links to `own_hosts` lose their target. What stands
    above the story anyway is left out: a heading at the start that says its `title`, and the first picture
    when it is `lead`, an address.
    Other pictures are shown as far as `pictures` knows them; the rest become links.
    A body over a limit keeps its words and loses its markup, with a warning.
    """
    raw = _source(raw, kind)
    work = partial(
        rework.rework,
        base_url=base_url,
        own_hosts=own_hosts,
        title=title,
        lead=lead,
        pictures=pictures,
    )
    warning = ""
    try:
        first = _first_word(_as_html(raw, kind, media.file_names(pictures.copies)))
        limits.check_growth(first, base_url or "")
        worked = work(first)
        limits.check_work(worked.html)
    except limits.Excess as excess:
        warning = f"its body was kept as plain text: {excess}"
        start = raw[: limits.READ_MAX]
        if len(raw) > len(start):
            warning += f"; only its first {len(start):,} characters were read"
        markup = limits.words_only(start) if kind == "html" else limits.paragraphs(start)
        worked = work(_first_word(markup))
    markup = _last_word(worked.html, sanitizer, pictures)
    return Cleaned(markup, worked.text, worked.start, warning, worked.pictures)


def policy(sanitizer: Sanitizer) -> int:
    """Return the number that is kept beside cleaned HTML; other rules or another sanitizer have another."""
    return 10 * POLICY + get_args(Sanitizer).index(sanitizer)


def plain(markup: str, limit: int = 20_000) -> str:
    """Return the text of a piece of HTML on one line: for titles, summaries and other small fields."""
    markup = markup[:limit].encode("utf-8", "replace").decode("utf-8")
    return rework.text_of(_UNPRINTABLE.sub(" ", references.mended(markup)))


def unmarked(text: str) -> str:
    """Return the words of a text that is said to be plain: markup that it holds for all that is taken out.

    A tag is markup where some element ends; else it is a word like others.
    """
    return plain(text) if _ENDS_ELEMENT.search(text) else references.unescaped(text)


def says_nothing(markup: str) -> bool:
    """Whether a piece of HTML has neither words nor anything to show."""
    return len(markup) < _SAYS_NOTHING_MAX and not _SHOWS.search(markup) and not plain(markup)


def heading_of(text: str) -> tuple[str, str]:
    """Return the first heading of a Markdown text, plain, and the text without it where it stands first.

    A text over a limit is not looked at: it has none.
    """
    try:
        limits.check_markdown(text)
    except limits.Excess:
        return "", text
    environment: dict[str, Any] = {}
    tokens = parser.parse(text, environment)
    at = next(
        (n for n, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0), None
    )
    if at is None:
        return "", text
    inline = tokens[at + 1]
    inline.children = [token for token in inline.children or () if token.type != "footnote_ref"]
    heading = plain(parser.renderer.render([inline], parser.options, environment))
    lines = tokens[at].map
    return heading, "\n".join(text.split("\n")[lines[1] :]) if at == 0 and lines else text


def pictures_in(text: str) -> dict[str, PictureDraft]:
    """Return what a Markdown text says of its pictures, by their addresses; nothing of one over a limit."""
    if "![" not in text:
        return {}
    text = _source(text, "markdown")
    try:
        limits.check_markdown(text)
    except limits.Excess:
        return {}
    environment: dict[str, Any] = {}
    found: dict[str, PictureDraft] = {}
    for image in commonmark.images(parser.parse(text, environment)):
        words = plain(parser.renderer.render(image.children or [], parser.options, environment))
        told = PictureDraft(
            alt=words or str(image.attrs.get("title", "")), caption=image.meta.get("caption", "")
        )
        found.setdefault(str(image.attrs["src"]), told)
    return found


def _source(raw: str, kind: BodyKind) -> str:
    """What is looked at of a body."""
    raw = limits.without_data_pictures(raw.encode("utf-8", "replace").decode("utf-8"))
    return references.mended(raw) if kind == "html" else raw


def _as_html(text: str, kind: BodyKind, files: Mapping[str, str]) -> str:
    """What a body of any kind is as HTML, `files` in it by their names. Raises Excess."""
    if kind == "markdown":
        limits.check_markdown(text)
        return _rendered(text, files)
    if kind == "text":
        limits.check_text(text)
        return limits.paragraphs(text, in_lines=True)
    limits.check(text)
    return limits.paragraphs(text, escaped=True) if "<" not in text and "\n" in text.strip() else text


def _rendered(text: str, files: Mapping[str, str]) -> str:
    """Markdown as HTML. Its parser leaves out what lies too deep; such a text is refused as a whole."""
    environment: dict[str, Any] = {}
    tokens = parser.parse(text, environment)
    if any(token.level >= commonmark.DEPTH_MAX - 1 for token in tokens):
        raise limits.Excess(f"it is nested deeper than {commonmark.DEPTH_MAX}")
    for image in commonmark.images(tokens):
        image.attrs["src"] = files.get(str(image.attrs["src"]), image.attrs["src"])
    return str(parser.renderer.render(tokens, parser.options, environment))


def _first_word(markup: str) -> str:
    bounded = _DRESSED.sub(r"<\1><span", _without_foreign(markup))
    return printable(_first.clean(bounded))


def _without_foreign(markup: str) -> str:
    """Give what is no HTML names that mean nothing: drawings and formulas are not shown, their words are."""
    names = {name.lower() for _, name in _TAG.findall(markup)}
    if names <= _HTML_NAMES:
        return markup
    apart = " " if names & {"svg", "math"} else ""

    def renamed(found: re.Match[str]) -> str:
        known = found[2].lower() in _HTML_NAMES
        return found[0] if known else f"{apart}<{found[1]}x-{found[2]}"

    return _TAG.sub(renamed, markup)


def _last_word(markup: str, sanitizer: Sanitizer, pictures: shown.Pictures) -> str:
    """Clean once more, after which nothing changes the markup; either sanitizer marks every link."""
    library = _nh3 if sanitizer == "nh3" else _bleach
    return str(library(pictures.hosts).clean(markup)).strip()


@lru_cache(maxsize=4)
def _nh3(hosts: frozenset[str]) -> nh3.Cleaner:
    pictures = shown.Pictures(hosts=hosts)
    return nh3.Cleaner(
        tags=set(TAGS),
        attributes=_KEPT_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: (
            value if tag != "img" or pictures.may_stay(name, value) else None
        ),
        url_schemes=set(SCHEMES),
        link_rel=REL,
    )


class _Bleach(local):
    """bleach: loaded by whoever uses it, and one for each thread, as its parser keeps state."""

    def __init__(self, hosts: frozenset[str]) -> None:
        import bleach
        from bleach._vendor.html5lib._inputstream import (  # type: ignore[import-not-found]  # a copy without types
            HTMLUnicodeInputStream,
        )

        # What it looks for in every character, to note it for nobody, was taken out before.
        HTMLUnicodeInputStream.characterErrorsUCS4 = _note_nothing
        pictures = shown.Pictures(hosts=hosts)
        attributes: dict[str, Any] = {name: sorted(allowed) for name, allowed in _KEPT_ATTRIBUTES.items()}
        attributes["img"] = lambda _tag, name, value: pictures.may_stay(name, value)

        self.clean = bleach.Cleaner(
            tags=TAGS,
            attributes=attributes,
            protocols=SCHEMES,
            strip=True,
            strip_comments=True,
            filters=[_with_marked_links],  # type: ignore[list-item]  # it need not be a class
        ).clean


def _note_nothing(_stream: Any, _text: str) -> None:
    return None


_bleach = lru_cache(maxsize=4)(_Bleach)


def _with_marked_links(source: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for token in source:
        if token["type"] == "StartTag" and token["name"] == "a":
            token["data"][None, "rel"] = REL
        yield token
