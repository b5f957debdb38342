"""A search as somebody typed it → words, phrases and what must not be in it. Knows no SQL."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from htmxnews.finding import words

PREFIX_MIN = 3  # letters from which the last word also finds longer ones

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂「」『』", '"'))
_CHUNK = re.compile(r'(?P<minus>(?<!\S)[-−－])?(?:"(?P<phrase>[^"]*)"?|(?P<words>[^\s"]+))')
_KATAKANA = re.compile("[\u30a1-\u30ff]+")
_STRETCH = re.compile("[\u30a1-\u30ff]+|[^\u3041-\u30ff]+")


@dataclass(frozen=True)
class Word:
    """One word of a search; of a run without spaces the characters, otherwise a single token."""

    raw: str
    tokens: tuple[str, ...]  # folded
    is_run: bool

    @property
    def variants(self) -> tuple[tuple[str, ...], ...]:
        """The run itself and, in Korean, without the particle at its end."""
        bare = tuple(words.without_particle("".join(self.tokens))) if self.is_run else self.tokens
        return (self.tokens,) if bare == self.tokens else (self.tokens, bare)

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """What a run shares with texts that lack the whole: its pairs of characters, katakana in one piece.

        Hiragana, mostly endings and particles, only counts where there is nothing else.
        """
        if not self.is_run:
            return (self.tokens,)
        stretches = _STRETCH.findall("".join(self.tokens)) or ["".join(self.tokens)]
        return tuple(dict.fromkeys(part for stretch in stretches for part in _parts(stretch)))


@dataclass(frozen=True)
class Query:
    """What was asked for. Without words and phrases it asks for nothing."""

    words: tuple[Word, ...]
    phrases: tuple[tuple[str, ...], ...]  # must be there as they stand
    without: tuple[tuple[str, ...], ...]  # must not be there
    prefix: str  # the last word, when it may be unfinished; else empty

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases)


@lru_cache(maxsize=256)
def parse(q: str) -> Query:
    """Read a search: words in any order, "exact phrases", -minus; any other sign only parts words."""
    found: list[Word] = []
    phrases: list[tuple[str, ...]] = []
    without: list[tuple[str, ...]] = []
    last_is_word = False
    for chunk in _CHUNK.finditer(unicodedata.normalize("NFC", q).translate(_QUOTES)):
        text = chunk["phrase"] if chunk["words"] is None else chunk["words"]
        tokens = tuple(words.words(text))
        last_is_word = chunk["words"] is not None and not chunk["minus"]
        if not tokens:
            continue
        if chunk["minus"]:
            without.append(tokens)
        elif chunk["words"] is None:
            phrases.append(tokens)
        else:
            found.extend(_words(text))
    distinct = tuple({word.tokens: word for word in found}.values())
    return Query(distinct, tuple(phrases), tuple(without), _prefix(found) if last_is_word else "")


def _parts(stretch: str) -> list[tuple[str, ...]]:
    if len(stretch) < 3 or _KATAKANA.fullmatch(stretch):
        return [tuple(stretch)]
    return list(pairwise(stretch))


def _words(text: str) -> list[Word]:
    return [
        Word(text[start:end], tuple(words.words(text[start:end])), is_run)
        for start, end, is_run in words.pieces(text)
        if words.words(text[start:end])
    ]


def _prefix(found: list[Word]) -> str:
    last = found[-1] if found else None
    return last.tokens[0] if last and not last.is_run and len(last.tokens[0]) >= PREFIX_MIN else ""
