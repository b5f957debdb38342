"""References to letters by number, such as `&#8217;`: those that stand for none, mended or taken out."""

import html
import re

_PAIR = re.compile(
    r"&#(?:x(d[89ab][0-9a-f]{2})|(5[56][0-9]{3}));&#(?:x(d[c-f][0-9a-f]{2})|(5[67][0-9]{3}));", re.IGNORECASE
)
_ONE = re.compile(r"&#(?:[xX]([0-9a-fA-F]++)|([0-9]++));?")
_LONGEST = 7  # figures of a number
IN_MARKDOWN = re.compile(rf"{_PAIR.pattern}|&#(?:x[0-9a-f]{{1,6}}|[0-9]{{1,7}});", re.IGNORECASE)


def mended(markup: str) -> str:
    """Markup without references that no parser takes.

    Halves of a letter beyond the first 65,536, as some programs write emoji, become the letter.
    """
    return _ONE.sub(_letter, _PAIR.sub(_joined, markup)) if "&#" in markup else markup


def unescaped(markup: str) -> str:
    """Return the text that markup without tags stands for."""
    return html.unescape(mended(markup))


def is_letter(number: int) -> bool:
    """Whether XML has a place for the letter with this number."""
    if number < 0x20:
        return number in (9, 10, 13)
    return number < 0xD800 or 0xE000 <= number < 0xFFFE or 0xFFFF < number <= 0x10FFFF


def _joined(found: re.Match[str]) -> str:
    high, low = (_number(*found.groups()[at : at + 2]) for at in (0, 2))
    if not 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return found[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)


def _letter(found: re.Match[str]) -> str:
    """The reference without zeros before its number, of which some parsers read only so many; or nothing."""
    figures = found[1] or found[2]
    told = figures.lstrip("0")
    fits = len(told) <= _LONGEST and is_letter(_number(found[1] and told, found[2] and told))
    return found[0].replace(figures, told, 1) if fits else ""


def _number(hexadecimal: str | None, decimal: str | None) -> int:
    return int(hexadecimal, 16) if hexadecimal else int(decimal or "0")
