"""Cleaned HTML → plain text, one line a block."""

import re
from html.parser import HTMLParser

_INLINE = re.compile(
    "a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|su[bp]|time|u|var|wbr"
)
_SILENT = frozenset(("script", "style", "rp", "rt"))


def plain_text(html: str) -> str:
    """The text of a piece of HTML: single spaces, and a line break where a block begins or ends."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\v"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self._silent += tag in _SILENT
        if not _INLINE.fullmatch(tag):
            self.parts.append("\v")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if not _INLINE.fullmatch(tag):
            self.parts.append("\v")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\v", " "))
