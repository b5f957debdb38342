"""WordPress bodies as they are stored → HTML: shortcodes, block comments, paragraphs out of empty lines."""

import html
import re
from collections.abc import Callable

_CAPTION = re.compile(
    r"\[caption\b([^\]]{0,2000})\]((?:[^\[]|\[(?!caption\b)){0,8000}?)\[/caption\]", re.IGNORECASE
)
_CAPTION_WORDS = re.compile(r"caption=(?:\"([^\"]*)\"|'([^']*)')")
_CAPTIONED = re.compile(r"\s*((?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?)(.*)", re.DOTALL | re.IGNORECASE)
_PLAYER = re.compile(
    r"\[(embed|youtube|vimeo|audio|video)\b([^\]]{0,1000})\](?:([^\[]{0,2000})\[/\1\])?", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>\[\]]{1,1000}")
_DROPPED = re.compile(
    r"\[/?(?:gallery|playlist|more|contact-form[a-z-]*|contact-field)\b[^\]]{0,2000}\]", re.IGNORECASE
)
_CODE = re.compile(r"\[(code|sourcecode)\b[^\]]{0,500}\]", re.IGNORECASE)
_ESCAPED = re.compile(r"\[(\[/?[a-z][\w-]*[^\[\]]{0,500}\])\]", re.IGNORECASE)
_SHORTCODE = re.compile(r"\[(/?)([a-z][\w-]{1,60})((?:\s[^\[\]]{0,4000})?)\]", re.IGNORECASE)
_SETTING = re.compile(r"\s[\w-]+=\s*(?:[\"'“”″\d]|&(?:#8220|#8221|#8243|quot);)")
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
    text = _with_programs(_without_comments(stored).replace("\r\n", "\n"))
    ends = {name.lower() for name in re.findall(r"\[/([\w-]{1,61})\]", text)}
    return _outside_pre(text, lambda part: _shown(part, ends, made_of_blocks))


def _shown(text: str, ends: set[str], made_of_blocks: bool) -> str:
    text = _ESCAPED.sub(lambda found: found[1].replace("[", "&#91;"), text)
    text = _CAPTION.sub(_figure, text)
    text = _PLAYER.sub(_player, text)
    text = _LONE_ADDRESS.sub(lambda found: _link(found[1]), _DROPPED.sub("", text))
    text = _SHORTCODE.sub(lambda found: "" if _is_shortcode(found, ends) else found[0], text)
    return text if made_of_blocks else _paragraphs(text)


def _is_shortcode(found: re.Match[str], ends: set[str]) -> bool:
    """Whether brackets are the work of a plugin that we have not: they end somewhere, or hold settings."""
    return bool(found[1]) or found[2].lower() in ends or bool(_SETTING.match(found[3]))


def _with_programs(text: str) -> str:
    """Shortcodes that hold a program as preformatted text: what they hold is no markup."""
    kept, at, lower = [], 0, text.lower()
    while start := _CODE.search(text, at):
        mark = f"[/{start[1].lower()}]"
        end = lower.find(mark, start.end())
        if end < 0:
            break
        program = html.escape(html.unescape(text[start.end() : end].strip("\n")), quote=False)
        kept += [text[at : start.start()], f"<pre><code>{program.replace('[', '&#91;')}</code></pre>"]
        at = end + len(mark)
    return "".join([*kept, text[at:]])


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    return "".join([*kept, text[at:]])


def _outside_pre(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` made to all but its preformatted parts."""
    kept, at, lower = [], 0, text.lower()
    while (start := lower.find("<pre", at)) >= 0 and (end := lower.find("</pre>", start)) >= 0:
        kept += [change(text[at:start]), text[start : end + 6]]
        at = end + 6
    return "".join([*kept, change(text[at:])])


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
