"""The flow of a text: lines and blocks, and where one ends and the next begins."""

import re

BREAK = "<br>"
_VISIBLE = re.compile(r"[^\s\xad\u200b-\u200f\u2060\ufeff]")


class Flow:
    """What is written of one element: lines and blocks that are done, and the line that is still open."""

    def __init__(self, owner: str, *, in_paragraphs: bool = False) -> None:
        self.owner = owner  # the block that this is in
        self.in_paragraphs = in_paragraphs
        self.has_blocks = False
        self._done: list[str] = []
        self._done_shows = False
        self._done_bare = False  # whether a line without a paragraph is the last of what is done
        self._line: list[str] = []
        self._line_shows = False
        self._after_label = False

    @property
    def shows(self) -> bool:
        """Whether there is anything to see."""
        return self._done_shows or self._line_shows

    def add_text(self, text: str) -> str:
        """Add words and return them, with the space that they need behind a picture's label."""
        if self._after_label:
            self._after_label = False
            text = f" {text}" if text[0].isalnum() else text
        self._line.append(text.replace("&", "&amp;").replace("<", "&lt;"))
        self._line_shows = self._line_shows or _VISIBLE.search(text) is not None
        return text

    def add_inline(self, markup: str) -> None:
        self._line.append(markup)
        self._line_shows, self._after_label = True, False

    def add_label(self, markup: str) -> bool:
        """Add the label of a picture and return whether it needed a space before it."""
        apart = bool(self._line) and self._line[-1] != BREAK and not self._line[-1][-1:].isspace()
        if apart:
            self._line.append(" ")
        self.add_inline(markup)
        self._after_label = True
        return apart

    def add_break(self) -> None:
        if self.in_paragraphs and self._at_break():
            self.end_line()
        else:
            self._line.append(BREAK)

    def add_block(self, markup: str, shows: bool = True) -> None:
        self.end_line()
        self._done.append(markup)
        self._done_bare = False
        self.has_blocks = True
        self._done_shows = self._done_shows or shows

    def begin_line(self) -> None:
        """Go to a new line, where paragraphs have no place."""
        if self._line_shows and not self._at_break():
            self._line.append(BREAK)

    def end_line(self) -> None:
        """Close the open line without the space at its ends; one that shows nothing is forgotten."""
        line, self._line = self._line, []
        if not self._line_shows:
            return
        self._line_shows = self._after_label = False
        self._done_shows = True
        start, end = 0, len(line)
        while line[start] == BREAK or not line[start].strip():
            start += 1
        while line[end - 1] == BREAK or not line[end - 1].strip():
            end -= 1
        text = "".join(line[start:end]).strip()
        if self.in_paragraphs:
            self.has_blocks = True
            text = f"<p>{text}</p>"
        elif self._done_bare:
            self._done.append(BREAK)
        self._done_bare = not self.in_paragraphs
        self._done.append(text)

    def content(self) -> str:
        """All of it, as a block shows it."""
        self.end_line()
        return "".join(self._done)

    def framed(self, attributes: str) -> str:
        """All of it with attributes: of the paragraph, or of a division around several blocks."""
        content = self.content()
        if len(self._done) == 1 and content.startswith("<p>"):
            return f"<p{attributes}>{content[3:]}"
        return f"<div{attributes}>{content}</div>"

    def as_line(self) -> str | None:
        """All of it, as the inside of a line; None when blocks are in it, or nothing shows."""
        if self.has_blocks or not self.shows:
            return None
        ended = [*self._done, BREAK] if self._done else []
        return "".join([*ended, *self._line])

    def rest(self) -> str:
        """What stays of an element that shows nothing: a break or a space."""
        return BREAK if BREAK in self._line else " " if any(self._line) else ""

    def _at_break(self) -> bool:
        last = next((part for part in reversed(self._line) if part == BREAK or part.strip()), "")
        return last == BREAK or (self.owner == "pre" and "".join(self._line[-1:]).endswith("\n"))
