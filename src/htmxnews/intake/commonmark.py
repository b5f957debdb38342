"""The Markdown of stories: CommonMark with tables, strikethrough and footnotes, and without HTML (S07)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from htmxnews.intake import references

DEPTH_MAX = 32
_COMMENT_MAX = 10_000  # characters of what is no comment beyond them
_INTERRUPTS = ["paragraph", "reference", "blockquote", "list"]


def images(tokens: Iterable[Token]) -> Iterator[Token]:
    """The pictures of a parsed text, in order."""
    return (one for token in tokens for one in token.children or () if one.type == "image")


def _captioned(state: StateCore) -> None:
    """Make a paragraph of one picture that has a title a figure, the title its caption."""
    for before, line, behind in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        shown = [one for one in line.children or () if one.type not in ("link_open", "link_close")]
        if before.type != "paragraph_open" or before.hidden or [one.type for one in shown] != ["image"]:
            continue
        if caption := str(shown[0].attrs.pop("title", "")):
            shown[0].meta["caption"] = caption
            before.tag = behind.tag = "figure"
            words = Token("text", "", 0, content=caption)
            inside = [Token("caption_open", "figcaption", 1), words, Token("caption_close", "figcaption", -1)]
            line.children = [*(line.children or ()), *inside]


def _comment_in_lines(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Pass over a comment that takes whole lines, whatever it holds."""
    start = state.bMarks[first] + state.tShift[first]
    close = _end_of_comment(state.src, start)
    if not close or state.is_code_block(first):
        return False
    last = next((line for line in range(first, end) if state.eMarks[line] >= close), None)
    if last is None or state.src[close : state.eMarks[last]].strip():
        return False
    if not silent:
        state.line = last + 1
    return True


def _comment(state: StateInline, _silent: bool) -> bool:
    close = _end_of_comment(state.src, state.pos)
    state.pos = close or state.pos
    return bool(close)


def _odd_reference(state: StateInline, _silent: bool) -> bool:
    """Mend a reference to no letter where it stands for one: neither in code nor in an address."""
    found = references.IN_MARKDOWN.match(state.src, state.pos)
    meant = references.mended(found[0]) if found else "&"
    if found is None or meant.startswith("&"):
        return False
    state.pending += meant
    state.pos = found.end()
    return True


def _end_of_comment(text: str, start: int) -> int:
    """Where a comment that starts here ends; 0 where there is none."""
    end = text.find("-->", start, start + _COMMENT_MAX) if text.startswith("<!--", start) else -1
    return end + 3 if end >= 0 else 0


def _unasked_footnotes(state: StateCore) -> None:
    """Keep the notes that nothing refers to, behind the others: their mark may have stood in the title."""
    notes = state.env.get("footnotes", {})
    for label in [label for label, at in notes.get("refs", {}).items() if at < 0]:
        notes["refs"][label] = len(notes["list"])
        notes["list"][len(notes["list"])] = {"label": label.removeprefix(":"), "count": 0}


def _mark_of_footnote(_renderer: Any, tokens: Sequence[Token], at: int, *_: Any) -> str:
    """Its number: on our page nothing has an id to jump to."""
    return f"<sup>[{tokens[at].meta['id'] + 1}]</sup>"


def _nothing(*_: Any) -> str:
    return ""


parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEPTH_MAX}).enable(["table", "strikethrough"])
parser.use(footnote_plugin, inline=False)
parser.add_render_rule("footnote_ref", _mark_of_footnote)
parser.add_render_rule("footnote_anchor", _nothing)  # the way back
parser.block.ruler.before("fence", "comment", _comment_in_lines, {"alt": _INTERRUPTS})
parser.core.ruler.before("footnote_tail", "unasked_footnotes", _unasked_footnotes)
parser.core.ruler.push("caption", _captioned)
parser.inline.ruler.before("autolink", "comment", _comment)
parser.inline.ruler.before("entity", "odd reference", _odd_reference)
