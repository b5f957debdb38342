"""WordPress bodies as they are stored → HTML: shortcodes, block comments, paragraphs out of empty lines."""

import html
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from htmxnews.intake import references
from htmxnews.intake.enclosed import Enclosed, kind_of, markup

_CAPTION = re.compile(
    r"\[((?:wp_)?caption)\b([^\[\]]{0,2000})\]((?:[^\[]|\[(?!(?:wp_)?caption\b)){0,8000}?)\[/\1\]",
    re.IGNORECASE,
)
_CAPTION_WORDS = re.compile(r"caption=(?:\"([^\"]*)\"|'([^']*)')")
_CAPTIONED = re.compile(r"\s*((?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?)(.*)", re.DOTALL | re.IGNORECASE)
_PLAYER = re.compile(
    r"\[(embed|youtube|vimeo|audio|video)\b([^\[\]]{0,1000})\](?:([^\[]{0,2000})\[/\1\])?", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>\[\]]{1,1000}")
_GALLERY = re.compile(r"\[(gallery|playlist)\b([^\[\]]{0,4000})\]", re.IGNORECASE)
_GALLERY_BLOCK = re.compile(r"<!-- wp:(?:core/)?gallery (\{[^{}]{0,4000}\}) /-->")
_NUMBERS = r"\b(?:{})\W{{1,12}}([\d, ]{{1,4000}})"
_CHOSEN, _EXCLUDED = (re.compile(_NUMBERS.format(names)) for names in ("ids|include", "exclude"))
_DROPPED = re.compile(r"\[/?(?:more|contact-form[a-z-]*|contact-field)\b[^\[\]]{0,2000}\]", re.IGNORECASE)
_GALLERY_MAX = 200  # things of one gallery
_GALLERIES_MAX = 50  # of one body
_SHARED_BLOCK = re.compile(r"<!-- wp:(?:core/)?block (\{[^<>]{0,4000}?\}) /-->")
_REFERENCE = re.compile(r"\"ref\":\s*(\d{1,12})\b", re.ASCII)
_SHARED_DEPTH = 3  # of blocks in blocks
_SHARED_MAX = 1_000_000  # characters of shared blocks in one body
_FOOTNOTES = re.compile(r"<!-- wp:(?:core/)?footnotes\b[^<>]{0,1000}?/-->")
_PAGE_ENDS = ("more", "nextpage")
# Programs stand between these, or between the names of their languages.
_CODE_NAMES = """
    code sourcecode bash cpp csharp css diff html java javascript js perl php powershell python ruby shell sql
    xml yaml
"""
_CODE = re.compile(rf"\[({'|'.join(_CODE_NAMES.split())})(?:\s[^\]]{{0,500}})?\]", re.IGNORECASE)
_CODE_ENDS = {name: re.compile(rf"\[/{name}\]", re.IGNORECASE | re.ASCII) for name in _CODE_NAMES.split()}
_PRE, _PRE_END = (re.compile(mark, re.IGNORECASE | re.ASCII) for mark in ("<pre", "</pre>"))
_ESCAPED = re.compile(r"\[(\[/?[a-z][\w-]*[^\[\]]{0,500}\])\]", re.IGNORECASE)
_SHORTCODE = re.compile(r"\[(/?)([a-z][\w-]{1,60})((?:[\s=/][^\[\]]{0,4000})?)\]", re.IGNORECASE)
_HOLDS_NOTHING = re.compile(r"(\[([a-z][\w-]{1,60})(?:\s[^\[\]]{0,4000})?)\]\s*\[/\2\]", re.IGNORECASE)
_SETTING = re.compile(r"\s[\w-]+=\s*(?:[\"'“”″\d]|https?:|&(?:#8220|#8221|#8243|quot);)")
# What a shortcode shows of elsewhere, or of the site's own pictures, and its own words.
_SOURCE = re.compile(r"\s(?:src|url)=\W{0,2}(https?://[^\s\"'<>\[\]“”″]{1,1000})", re.IGNORECASE)
_PICTURE = re.compile(r"\simage(?:_id)?=\W{0,2}(\d{1,12})\b")
_HEADING = re.compile(r"\s(?:text|title)=[\"“”″]([^\"“”″]{1,300})[\"“”″]")
_EMBEDS = {
    *("facebook", "gist", "googlemaps", "instagram", "mixcloud", "soundcloud", "spotify", "ted", "tiktok"),
    "tweet",
}
_ENCODED = re.compile(
    r"\[vc_raw_(html|js)(?:\s[^\[\]]{0,1000})?\]([A-Za-z0-9+/=\s]*+)\[/vc_raw_\1\]", re.IGNORECASE
)
_FILM = re.compile(r"(?<![\w-])[\w-]{11}(?![\w-])", re.ASCII)  # as YouTube numbers them
_LONE_ADDRESS = re.compile(r"^[ \t]*(https?://[^\s<>\"]{1,1000})[ \t]*$", re.MULTILINE)
_BLOCK = (
    "address|article|aside|blockquote|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "header|hr|iframe|li|main|nav|object|ol|option|p|param|pre|section|source|summary|table|tbody|td|tfoot|th|thead|"
    "tr|track|ul|video"
)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_STARTS_BLOCK = re.compile(rf"\s*</?(?:{_BLOCK})\b", re.IGNORECASE)
_ENDS_LINE = re.compile(r"<br\s*/?>\s*$", re.IGNORECASE)
_ENDS_BLOCK = re.compile(rf"</?(?:{_BLOCK})\b[^<>]*>\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Attachments:
    """What an export holds beside the text of a post."""

    by_id: Mapping[str, Enclosed] = field(default_factory=dict)
    of_post: Sequence[str] = ()  # numbers of those that hang on the post
    blocks: Mapping[str, str] = field(
        default_factory=dict
    )  # number → a block that posts share, as it is stored
    footnotes: Sequence[str] = ()  # of the post, as HTML


def body_html(stored: str, attachments: Attachments = Attachments()) -> str:
    """Return what WordPress would show of a stored body, near enough; not safe yet."""
    made_of_blocks = "<!-- wp:" in stored
    stored = _FOOTNOTES.sub(
        lambda _: _listed(attachments.footnotes), _with_shared(stored, attachments.blocks)
    )
    stored = _GALLERY_BLOCK.sub(
        lambda found: f'[gallery ids="{",".join(_numbers(_CHOSEN, found[1]))}"]', stored
    )
    text = _with_programs(_without_comments(stored, "" if made_of_blocks else "\n\n").replace("\r\n", "\n"))
    text = _ENCODED.sub(_decoded, text)
    galleries = iter(range(_GALLERIES_MAX))
    ends = {name.lower() for name in re.findall(r"\[/([\w-]{1,61})\]", text)}

    def shown(part: str) -> str:
        part = _ESCAPED.sub(lambda found: found[1].replace("[", "&#91;"), part)
        part = _CAPTION.sub(_figure, part)
        part = _GALLERY.sub(lambda found: _gallery(found, attachments, galleries), _PLAYER.sub(_player, part))
        part = _HOLDS_NOTHING.sub(r"\1 /]", _DROPPED.sub("", part))
        part = _SHORTCODE.sub(lambda found: _without_plugin(found, ends, attachments), part)
        part = _LONE_ADDRESS.sub(lambda found: _link(found[1]), part)
        return part if made_of_blocks else _paragraphs(part)

    return _outside_pre(text, shown)


def _with_shared(stored: str, blocks: Mapping[str, str]) -> str:
    """The text with the blocks put in that it shares with others."""
    left = _SHARED_MAX

    def shared(found: re.Match[str]) -> str:
        nonlocal left
        number = _REFERENCE.search(found[1])
        block = blocks.get(number[1], "") if number else ""
        left -= len(block)
        return block if left >= 0 else ""

    for _ in range(_SHARED_DEPTH):
        stored = _SHARED_BLOCK.sub(shared, stored)
    return stored


def _listed(footnotes: Sequence[str]) -> str:
    return f"<ol>{''.join(f'<li>{words}</li>' for words in footnotes)}</ol>" if footnotes else ""


def _gallery(found: re.Match[str], attachments: Attachments, galleries: Iterator[int]) -> str:
    """The attachments that a gallery or a playlist chooses, or else those of the post."""
    if next(galleries, None) is None:
        return ""
    excluded = set(_numbers(_EXCLUDED, found[2]))
    chosen = _numbers(_CHOSEN, found[2]) or [one for one in attachments.of_post if one not in excluded]
    kinds = ("image",) if found[1].lower() == "gallery" else ("audio", "video")
    attached = [attachments.by_id[number] for number in chosen if number in attachments.by_id]
    shown = [markup(one) for one in attached[:_GALLERY_MAX] if one.kind in kinds]
    return "\n\n" + "\n".join(shown) + "\n\n" if shown else ""


def _numbers(pattern: re.Pattern[str], settings: str) -> list[str]:
    found = pattern.search(references.unescaped(settings))
    return re.findall(r"\d+", found[1]) if found else []


def _without_plugin(found: re.Match[str], ends: set[str], attachments: Attachments) -> str:
    """What stays of brackets: of a plugin that we have not, what it only shows of elsewhere.

    They are the work of one where they end somewhere, or hold settings.
    """
    end, name, settings = found[1], found[2].lower(), found[3]
    if name in _EMBEDS and (address := _ADDRESS.search(settings)):
        return _link(address[0])
    is_alone = settings == "/" or settings.endswith(" /")
    if not (end or is_alone or name in ends or _SETTING.match(settings)):
        return found[0]
    if end or (name in ends and not is_alone):
        return ""
    settings = references.unescaped(settings)
    if "heading" in name and (words := _HEADING.search(settings)):
        return f"\n\n<h2>{html.escape(words[1])}</h2>\n\n"
    if (number := _PICTURE.search(settings)) and number[1] in attachments.by_id:
        return markup(attachments.by_id[number[1]])
    source = _SOURCE.search(settings)
    return _shown(source[1]) if source else ""


def _decoded(found: re.Match[str]) -> str:
    """The markup that a page builder packs up; the scripts that it packs say nothing."""
    try:
        return unquote(b64decode(found[2]).decode()) if found[1].lower() == "html" else ""
    except ValueError:
        return ""


def _with_programs(text: str) -> str:
    """Shortcodes that hold a program as preformatted text: what they hold is no markup."""
    kept, at, endless = [], 0, set()
    while start := _CODE.search(text, at):
        name = start[1].lower()
        end = _CODE_ENDS[name].search(text, start.end()) if name not in endless else None
        if not end:
            endless.add(name)
            kept.append(text[at : start.end()])
            at = start.end()
            continue
        program = html.escape(references.unescaped(text[start.end() : end.start()].strip("\n")), quote=False)
        kept += [text[at : start.start()], f"<pre><code>{program.replace('[', '&#91;')}</code></pre>"]
        at = end.end()
    return "".join([*kept, text[at:]])


def _without_comments(text: str, apart: str) -> str:
    """The text without comments; what one parts that ends a page, or the beginning, stands so far apart."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept += [text[at:start], apart if text.startswith(_PAGE_ENDS, start + 4) else ""]
        at = end + 3
    return "".join([*kept, text[at:]])


def _outside_pre(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` made to all but its preformatted parts."""
    kept, at = [], 0
    while (start := _PRE.search(text, at)) and (end := _PRE_END.search(text, start.end())):
        kept += [change(text[at : start.start()]), text[start.start() : end.end()]]
        at = end.end()
    return "".join([*kept, change(text[at:])])


def _figure(found: re.Match[str]) -> str:
    """A caption shortcode holds a picture and then its words; older ones have the words as an attribute."""
    words = _CAPTION_WORDS.search(found[2])
    inner = _CAPTIONED.match(found[3])
    picture, rest = (inner[1], inner[2].strip()) if inner else ("", found[3].strip())
    caption = (words[1] or words[2] or "") if words else rest
    return f"\n\n<figure>{picture}<figcaption>{caption}</figcaption></figure>\n\n"


def _player(found: re.Match[str]) -> str:
    name, settings, inner = found[1].lower(), found[2], found[3] or ""
    address = _ADDRESS.search(f"{settings} {inner}")
    if name == "vimeo" and not address and (number := re.search(r"\d{5,12}", f"{settings} {inner}")):
        return _link(f"https://vimeo.com/{number[0]}")
    if name == "youtube" and not address and (number := _FILM.search(f"{settings} {inner}")):
        return _link(f"https://www.youtube.com/watch?v={number[0]}")
    if address and name in ("audio", "video"):
        return markup(Enclosed(references.unescaped(address[0]), "audio" if name == "audio" else "video"))
    return _link(address[0]) if address else ""


def _shown(address: str) -> str:
    kind = kind_of(address)
    return _link(address) if kind == "file" else markup(Enclosed(address, kind))


def _link(address: str) -> str:
    shown = html.escape(references.unescaped(address))
    return f'<p><a href="{shown}">{shown}</a></p>'


def _paragraphs(text: str) -> str:
    """Empty lines part paragraphs, single ones break lines; what begins with a block is none."""
    text = _TAG.sub(lambda found: found[0].replace("\n", " "), text)
    parts = []
    for chunk in re.split(r"\n[ \t]*\n", text):
        if not chunk.strip():
            continue
        lines = chunk.strip().split("\n")
        broken = "".join(map(_line, lines, [*lines[1:], None]))
        parts.append(broken if _STARTS_BLOCK.match(chunk) else f"<p>{broken}</p>")
    return "\n".join(parts)


def _line(line: str, following: str | None) -> str:
    """A line with the break that WordPress shows behind it: none beside a block, or where there is one."""
    if following is None:
        return line
    beside_block = _ENDS_BLOCK.search(line) or _STARTS_BLOCK.match(following)
    return f"{line}\n" if beside_block or _ENDS_LINE.search(line) else f"{line}<br>\n"
