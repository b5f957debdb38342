"""Text → terms to look up: folded words, and their stems.

Scripts that are written without spaces, and Hangul with its attached particles, become one term a character,
so that a run in a query is found inside a longer run as a phrase. Every other word is a term.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import snowballstemmer

_MARKS = "".join(chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c)).startswith("M"))
_UNSPACED = (
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_PIECE = re.compile(
    rf"(?P<run>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\W_{_MARKS}])(?:(?![{_UNSPACED}])[^\W_]|[{_MARKS}])*"
)
# What is a word of its own in a run: of Hangul what spaces part, of katakana and ideographs a stretch.
_UNIT = re.compile(
    "(?P<spaced>[\uac00-\ud7a3]{2,}|[\u30a1-\u30ff]{2,})|(?P<ideographs>[\u3400-\u9fff\u3005]{2,})"
    "|(?P<other>[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{3,})"
)
_IDEOGRAPHS_MAX = 4  # a longer stretch is several words
_PARTICLE = re.compile(
    r"(?<=..)(?:에게|에서|에는|에도|으로|까지|부터|보다|처럼|하고|이나|라고|은|는|이|가|을|를|의|에|와|과|도|로|만)\Z"
)
_FOLDED = re.compile("[\u00c0-\u04ff\u1e00-\u1fff]")
_STRIPPED = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]+")

LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
ELSE = "en"  # the language of a text that does not say


def pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where the words of `text` stand: start, end, and whether it is a run without spaces."""
    for match in _PIECE.finditer(text):
        yield match.start(), match.end(), match["run"] is not None


CACHED = 50_000  # words; a stranger may search for long ones, and they take memory


@lru_cache(maxsize=32)  # the fields of a story are gone through several times
def tokens(text: str) -> tuple[tuple[str, bool], ...]:
    """The words of a text as they are written, each with whether it is a run without spaces."""
    return tuple((text[start:end], is_run) for start, end, is_run in pieces(text))


def words(text: str) -> list[str]:
    """The folded words of a text in their order, runs as single characters."""
    found: list[str] = []
    for word, is_run in tokens(text):
        if is_run:
            found.extend(fold(word))
        else:
            found.append(fold(word))
    return found


def stems(text: str, lang: str | None) -> list[str]:
    """The stems of a text in its language, as many and in the same order as its words."""
    name = language(lang)
    found: list[str] = []
    for word, is_run in tokens(text):
        if is_run:
            found.extend(fold(word))
        else:
            found.append(stem(word, name))
    return found


def units(text: str, lang: str) -> Iterator[tuple[str, str]]:
    """The words that tell what a text is about, as written and as stem; both empty where a sentence may end.

    `lang` as `language` gives it. A run gives its own words; where these cannot be told apart, pieces that a
    longer or shorter stretch shares, without a written form.
    """
    for word, is_run in tokens(text):
        if is_run:
            for found in _UNIT.finditer(word):
                yield from _units_of(found)
        elif len(word) > 1:
            yield word, stem(word, lang)
        else:
            yield "", ""


def _units_of(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    stretch = found[0]
    if found["spaced"]:
        bare = without_particle(stretch)
        yield bare, fold(bare)
    elif found["ideographs"]:
        if len(stretch) <= _IDEOGRAPHS_MAX:
            yield stretch, fold(stretch)
        if len(stretch) > 2:
            yield from (("", fold(stretch[at : at + 2])) for at in range(len(stretch) - 1))
    else:
        yield from (("", fold(stretch[at : at + 3])) for at in range(len(stretch) - 2))


def without_particle(word: str) -> str:
    """A Korean word without the particle at its end, where at least two syllables are left of it."""
    return _PARTICLE.sub("", word)


def is_run(word: str) -> bool:
    """Whether a word is written without spaces, so that its terms are its characters."""
    match = _PIECE.match(word)
    return match is not None and match["run"] is not None


def language(lang: str | None) -> str:
    """The key in LANGUAGES for a language tag; itself in lower case where we have no stemmer."""
    return lang.split("-")[0].split("_")[0].lower() if lang else ELSE


@lru_cache(maxsize=CACHED)
def fold(word: str) -> str:
    """Width, case and diacritics aside: `Ａ`, `É` and `é` alike. Marks of other scripts stay."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    if folded.isascii():
        return folded
    bare = _FOLDED.sub(lambda letter: unicodedata.normalize("NFD", letter[0]), folded)
    return unicodedata.normalize("NFC", _STRIPPED.sub("", bare)) or folded


@lru_cache(maxsize=CACHED)
def stem(word: str, lang: str) -> str:
    """The folded stem of one word; `lang` as `language` gives it."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    stemmer = _stemmer(lang)
    if stemmer is None:
        return fold(plain)
    with _stemming:
        return fold(stemmer.stemWord(plain))


_stemming = Lock()  # a stemmer keeps the word it works on in itself


@cache
def _stemmer(lang: str) -> Any:
    return snowballstemmer.stemmer(LANGUAGES[lang]) if lang in LANGUAGES else None
