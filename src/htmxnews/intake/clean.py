"""Untrusted text → safe HTML. The only place (S01): limits, then nh3, then bleach as the last word."""

import re
from dataclasses import dataclass

import bleach
import nh3
from markdown_it import MarkdownIt

from htmxnews.intake import limits, media, rework
from htmxnews.intake.draft import BodyKind

POLICY = 1  # raise it when cleaning comes to another result; `htmxnews reclean` then does the kept stories

# The one allow-list (S02). `rework` has turned h1 into h2, and pictures and players into links.
_NAMES = """
    a abbr b bdi blockquote br caption cite code dd del details dfn div dl dt em figcaption figure
    h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary
    sup table tbody td tfoot th thead time tr u ul var
"""
TAGS = frozenset(_NAMES.split())
ATTRIBUTES: dict[str, frozenset[str]] = {
    "*": frozenset({"dir", "lang"}),
    "a": frozenset({"href", "rel"}),
    "abbr": frozenset({"title"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"start"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan", "scope"}),
    "time": frozenset({"datetime"}),
}
SCHEMES = frozenset({"http", "https", "mailto"})

# Elements whose content is no text to read.
_DROPPED_WHOLE = {
    "noembed",
    "noframes",
    "noscript",
    "script",
    "style",
    "template",
    "textarea",
    "title",
    "xmp",
}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]+")

# Formulas and drawings are not shown, but their words are: without these tags what they hold is HTML.
_FOREIGN = re.compile(
    r"</?(?:svg|text|tspan|textpath|math|mi|mn|mo|ms|mtext|mrow|msup|msub|msubsup|mfrac|msqrt|mroot|munder|mover"
    r"|munderover|mstyle|mtable|mtr|mtd|semantics)\b[^<>]*>",
    re.IGNORECASE,
)

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_first_tags = set(TAGS) | {"h1", "source"} | set(media.MEDIA)
_first_attributes = {name: set(allowed) for name, allowed in ATTRIBUTES.items()} | {
    name: set(media.MEDIA_ATTRIBUTES) for name in (*media.MEDIA, "source")
}
_last = bleach.Cleaner(
    tags=TAGS,
    attributes={name: sorted(allowed) for name, allowed in ATTRIBUTES.items()},
    protocols=SCHEMES,
    strip=True,
    strip_comments=True,
)


@dataclass(frozen=True)
class Cleaned:
    """A body that is safe to show, and its words."""

    html: str
    text: str  # all of it, plain
    start: str  # running text from its beginning, for a teaser: no headings, tables, pictures
    warning: str = ""


def clean(
    raw: str,
    kind: BodyKind = "html",
    *,
    base_url: str | None = None,
    own_hosts: frozenset[str] = frozenset(),
    lead: str | None = None,
) -> Cleaned:
    """Make a foreign body safe to show.

    Relative addresses are resolved against `base_url`; links to `own_hosts` lose their target. The first
    picture is left out when it is `lead`, the address of the picture that stands above the story anyway.
    A body over a limit keeps its words and loses its markup, with a warning.
    """
    raw = _UNPRINTABLE.sub("", raw.encode("utf-8", "replace").decode("utf-8"))
    markup = limits.without_data_pictures(raw)
    over = limits.excess(markup)
    if over:
        markup = limits.words_only(markup) if kind != "text" else limits.paragraphs(markup[: limits.SIZE_MAX])
    else:
        markup = _as_html(markup, kind)
    first = nh3.clean(
        _FOREIGN.sub(" ", markup),
        tags=_first_tags,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_first_attributes,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )
    worked = rework.rework(first, base_url=base_url, own_hosts=own_hosts, lead=lead)
    warning = f"its body was kept as plain text: {over}" if over else ""
    return Cleaned(_last.clean(worked.html).strip(), worked.text, worked.start, warning)


def plain(markup: str, limit: int = 20_000) -> str:
    """Return the text of a piece of HTML on one line: for titles, summaries and other small fields."""
    return rework.text_of(_UNPRINTABLE.sub(" ", markup[:limit].encode("utf-8", "replace").decode("utf-8")))


def heading_of(text: str) -> tuple[str, str]:
    """Return the first heading of a Markdown text, plain, and the text without it where it stands first."""
    tokens = _markdown.parse(text)
    at = next(
        (n for n, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0), None
    )
    if at is None:
        return "", text
    heading = plain(_markdown.renderer.render(tokens[at + 1 : at + 2], _markdown.options, {}))
    lines = tokens[at].map
    return heading, "\n".join(text.split("\n")[lines[1] :]) if at == 0 and lines else text


def _as_html(text: str, kind: BodyKind) -> str:
    if kind == "markdown":
        return str(_markdown.render(text))
    if kind == "text":
        return limits.paragraphs(text)
    if "<" not in text and "\n" in text.strip():
        return "\n".join(f"<p>{block}</p>" for block in re.split(r"\n[ \t\r]*\n", text) if block.strip())
    return text
