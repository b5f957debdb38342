"""Plain text: fields made harmless, slugs, direction, teasers. Knows no HTML and no database."""

import re
import unicodedata

from slugify import slugify

FIELD_MAX = 300  # code points (S04)

# Control characters, and the bidirectional overrides and isolates that could turn a line around.
# Joiners stay: Persian and emoji need them.
_UNWANTED = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]+"
)
_SPACE = re.compile(r"\s+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # they choose between two looks of one sign
_RTL_SCRIPTS = {"arab", "hebr", "thaa", "syrc", "nkoo", "adlm"}
_RTL_LANGS = {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}


def field(value: object, limit: int = FIELD_MAX) -> str:
    """One line of plain text: no control or override characters, single spaces, at most `limit` code points.

    A cut falls on a word where it can, and is marked by an ellipsis.
    """
    text = unicodedata.normalize("NFC", str(value or "").encode("utf-8", "replace").decode("utf-8"))
    return clip(_SPACE.sub(" ", _UNWANTED.sub(" ", text)).strip(), limit)


def clip(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` code points, at a word where one ends near, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ")
    if at > limit * 0.6:
        cut = cut[:at]
    return cut.rstrip(" ,;:.–—-、。，،؛") + "…"


def slug_of(name: str, limit: int = 80) -> str:
    """A slug for a name in any script: letters and digits in lower case, joined by hyphens; may be empty.

    Vowel signs and accents stay on their letters: without them Hindi or Thai would be full of holes.
    """
    whole = unicodedata.normalize("NFKC", _SELECTORS.sub("", name)).lower()
    marks = "".join({sign for sign in whole if unicodedata.category(sign) in ("Mn", "Mc")})
    return str(
        slugify(
            whole,
            allow_unicode=True,
            max_length=limit,
            word_boundary=True,
            save_order=True,
            regex_pattern=rf"(?:[^\w{marks}]|_)+",
        )
    )


def direction(lang: str | None, text: str) -> str:
    """`rtl` or `ltr`: by the language where it is known, else by the first letter with a direction."""
    if lang:
        parts = lang.lower().split("-")
        if any(part in _RTL_SCRIPTS for part in parts[1:]):
            return "rtl"
        if not any(part in ("latn", "cyrl") for part in parts[1:]) and parts[0] in _RTL_LANGS:
            return "rtl"
        return "ltr"
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def count_words(text: str) -> int:
    """Words for a reading time: Chinese and Japanese characters count as half a word each."""
    cjk = len(_CJK.findall(text))
    return len(_CJK.sub(" ", text).split()) + cjk // 2
