"""Why two stories belong together, in words that a reader can check in both."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from htmxnews.finding import words
from htmxnews.finding.gist import Gist
from htmxnews.finding.rows import Named, StoryRow

NAMED = 2  # names, tags or words in a reason
NAME_RARITY = 2.0  # about one story in six has it
WORD_LETTERS = 4
TAG_SHARE = 1 / 3  # of the stories; a tag on more of them explains nothing


@dataclass(frozen=True)
class Subject:
    """A story as a reason sees it."""

    row: StoryRow
    gist: Gist

    @cached_property
    def said(self) -> frozenset[str]:
        """Its names, and what longer ones end in: "Putin" of "Vladimir Putin"."""
        parts = [name.split(" ") for name in self.gist.names]
        return frozenset(" ".join(part[start:]) for part in parts for start in range(len(part)))


def why(
    one: Subject, other: Subject, rarity: Callable[[str], float], tag_share: Callable[[str], float]
) -> str:
    """The best reason there is: names, tags, words, or only the same place; empty when there is none.

    `rarity` is of a term, `tag_share` the part of all stories that a tag (by slug) is on.
    """
    if shared := _shared_names(one, other, rarity):
        return f"Both mention {_listed(shared)}"
    if tags := _shared_tags(one.row.tags, other.row.tags, tag_share):
        return tagged(tags)
    if about := _shared_words(one.gist, other.gist, rarity):
        return f"Both about {_listed(about)}"
    if one.row.category and one.row.category == other.row.category:
        return f"Also in {one.row.category.name}"
    if one.row.source == other.row.source:
        return f"Also from {one.row.source.name}"
    return ""


def tagged(tags: Iterable[Named]) -> str:
    """The reason that both have these tags."""
    return f"Both tagged {_listed([tag.name for tag in tags])}"


def _shared_names(one: Subject, other: Subject, rarity: Callable[[str], float]) -> list[str]:
    shared = (one.gist.names.keys() & other.said) | (other.gist.names.keys() & one.said)
    weighed = {
        name: _name_rarity(name, one.gist.lang, rarity)
        for name in shared
        if not _is_word(one.gist, name) and not _is_word(other.gist, name) and _tells(name, one.gist.lang)
    }
    best = sorted(
        (name for name, weight in weighed.items() if weight >= NAME_RARITY),
        key=lambda name: (-weighed[name] * _times(one.gist, other.gist, name), name),
    )
    chosen: list[str] = []
    for name in best:
        if not any(_same(name, taken) or _same(taken, name) for taken in chosen):
            chosen.append(name)
    return chosen[:NAMED]


def _is_word(gist: Gist, name: str) -> bool:
    """Whether the text also has the name in lower case, so that it is none: "Section", "Prize"."""
    return name.casefold() in gist.written.get(words.stem(name, gist.lang), ())


def _same(part: str, whole: str) -> bool:
    """Whether one name says nothing beside the other: it is a part of it, or its initials."""
    if f" {part.casefold()} " in f" {whole.casefold()} ":
        return True
    return part == "".join(word[0] for word in whole.split() if word[0].isupper())


def _times(one: Gist, other: Gist, name: str) -> float:
    return 1 + min(one.names.get(name, 0), other.names.get(name, 0), 3) / 2


def _name_rarity(name: str, lang: str, rarity: Callable[[str], float]) -> float:
    return max((rarity(words.stem(word, lang)) for word in words.words(name)), default=0.0)


def _shared_tags(
    one: tuple[Named, ...], other: tuple[Named, ...], tag_share: Callable[[str], float]
) -> list[Named]:
    shared = [tag for tag in one if tag in other and tag_share(tag.slug) <= TAG_SHARE]
    return sorted(shared, key=lambda tag: tag_share(tag.slug))[:NAMED]


def _shared_words(one: Gist, other: Gist, rarity: Callable[[str], float]) -> list[str]:
    """Words that stand in both as they are, the most telling first, no two of one stem."""
    strength: dict[str, float] = {}
    for term in one.words.keys() & other.words.keys():
        there = {form.casefold(): form for form in other.written[term]}
        form = next(
            (form for form in one.written[term] if form.casefold() in there and _says(form, one.lang)), ""
        )
        if form:
            small = there[form.casefold()].islower()  # a capital at the start of a sentence says nothing
            strength[form.casefold() if small else form] = rarity(term) ** 2 * math.sqrt(
                one.words[term] * other.words[term]
            )
    best = sorted(strength, key=lambda form: (-strength[form], form))
    return [form for form in best[:NAMED] if strength[form]]


def _says(word: str, lang: str) -> bool:
    long_enough = len(word) >= WORD_LETTERS or words.is_run(word) or word.isupper()
    return word.isalpha() and long_enough and _tells(word, lang)


def _tells(word: str, lang: str) -> bool:
    """Whether it is more than a word that any text has: "with", "several", "However"."""
    return word.casefold() not in _common(lang)


@cache
def _common(lang: str) -> frozenset[str]:
    from stopwordsiso import stopwords

    return frozenset(stopwords(lang))


def _listed(names: list[str]) -> str:
    return " and ".join(names)
