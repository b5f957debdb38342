"""WordPress bodies as they are stored → HTML: shortcodes, block comments, paragraphs out of empty lines."""

import html
import re

_CAPTION = re.compile(r"\[caption\b([^\]]{0,2000})\](.{0,8000}?)\[/caption\]", re.DOTALL | re.IGNORECASE)
_CAPTION_WORDS = re.compile(r"caption=(?:\"([^\"]*)\"|'([^']*)')")
_CAPTIONED = re.compile(r"\s*((?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?)(.*)", re.DOTALL | re.IGNORECASE)
_PLAYER = re.compile(
    r"\[(embed|youtube|vimeo|audio|video)\b([^\]]{0,1000})\](?:([^\[]{0,2000})\[/\1\])?", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>\[\]]{1,1000}")
_DROPPED = re.compile(
    r"\[/?(?:gallery|playlist|more|contact-form[a-z-]*|contact-field)\b[^\]]{0,2000}\]", re.IGNORECASE
)
_LONE_ADDRESS = re.compile(r"^[ \t]*(https?://[^\s<>\"]{1,1000})[ \t]*$", re.MULTILINE)
_BLOCK = (
    "address|article|aside|blockquote|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "header|hr|iframe|li|main|nav|object|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul|video"
)
_STARTS_BLOCK = re.compile(rf"\s*</?(?:{_BLOCK})\b", re.IGNORECASE)
_ENDS_BLOCK = re.compile(rf"</?(?:{_BLOCK})\b[^<>]*>\s*$", re.IGNORECASE)


def body_html(stored: str) -> str:
    """Return what WordPress would show of a stored body, near enough; not safe yet."""
    made_of_blocks = "<!-- wp:" in stored
    text = _without_comments(stored).replace("\r\n", "\n")
    text = _CAPTION.sub(_figure, text)
    text = _PLAYER.sub(_player, text)
    text = _LONE_ADDRESS.sub(lambda found: _link(found[1]), _DROPPED.sub("", text))
    return text if made_of_blocks else _paragraphs_outside_pre(text)


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    return "".join([*kept, text[at:]])


def _paragraphs_outside_pre(text: str) -> str:
    kept, at, lower = [], 0, text.lower()
    while (start := lower.find("<pre", at)) >= 0 and (end := lower.find("</pre>", start)) >= 0:
        kept += [_paragraphs(text[at:start]), text[start : end + 6]]
        at = end + 6
    return "".join([*kept, _paragraphs(text[at:])])


def _figure(found: re.Match[str]) -> str:
    """A caption shortcode holds a picture and then its words; older ones have the words as an attribute."""
    words = _CAPTION_WORDS.search(found[1])
    inner = _CAPTIONED.match(found[2])
    picture, rest = (inner[1], inner[2].strip()) if inner else ("", found[2].strip())
    caption = (words[1] or words[2] or "") if words else rest
    return f"\n\n<figure>{picture}<figcaption>{caption}</figcaption></figure>\n\n"


def _player(found: re.Match[str]) -> str:
    address = _ADDRESS.search(f"{found[2]} {found[3] or ''}")
    return _link(address[0]) if address else ""


def _link(address: str) -> str:
    shown = html.escape(html.unescape(address))
    return f'<p><a href="{shown}">{shown}</a></p>'


def _paragraphs(text: str) -> str:
    """Empty lines part paragraphs, single ones break lines; what begins with a block stays as it is."""
    parts = []
    for chunk in re.split(r"\n[ \t]*\n", text):
        if not chunk.strip():
            continue
        if _STARTS_BLOCK.match(chunk):
            parts.append(chunk)
        else:
            lines = chunk.strip().split("\n")
            parts.append(f"<p>{''.join(map(_line, lines, [*lines[1:], None]))}</p>")
    return "\n".join(parts)


def _line(line: str, following: str | None) -> str:
    """A line with the break that WordPress shows behind it: none beside a block."""
    if following is None:
        return line
    beside_block = _ENDS_BLOCK.search(line) or _STARTS_BLOCK.match(following)
    return f"{line}\n" if beside_block else f"{line}<br>\n"
