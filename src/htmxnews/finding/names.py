"""Names in running text, told by their capitals. Scripts without capitals have none here."""

import re
from collections import Counter
from collections.abc import Iterator

_NAME_WORD = re.compile(r"[^\W\d_](?:[\w&]|[-’'](?=\w))*")
_POSSESSIVE = re.compile(r"[’']s?\Z")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;…•|–—\n\"“”‘(\[])\s*\Z")
_JOINTS = frozenset(("of", "de", "da", "do", "du", "del", "der", "la", "van", "von", "bin", "al"))
# Words that a capital does not make a name of, at the start of a sentence or anywhere.
_ORDINARY_WORDS = """
a after all also am an and another any are as at because been before both but by can could dear did do
does during each either even every few first for from had has have he hello her here his how however i if
in instead is it its just last let like many may maybe more most much must my next no not now of often on
once one only or other our over perhaps please rather second see she should since so some still such than
thank thanks that the their them then there these they this those though thus to today together tomorrow
too two under until up us use very was we were what when where whether which while who why will with
within without would yes yesterday yet you your monday tuesday wednesday thursday friday saturday sunday
january february march april june july august september october november december gb kb mb pdf
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())


def names(text: str) -> Counter[str]:
    """Names in running text: words with a capital that does not come from the start of a sentence."""
    inside: Counter[str] = Counter()
    leading: Counter[str] = Counter()
    known = _ORDINARY.union(word for word in re.findall(r"\w+", text) if word.islower())
    for line in text.split("\n"):
        for run, starts in _runs(line):
            first = 0
            while first < len(run) and run[first].casefold() in (_ORDINARY if first or not starts else known):
                first += 1
            if name := " ".join(run[first:]):
                (leading if starts and len(run) == 1 and not run[0].isupper() else inside)[name] += 1
    for name, count in leading.items():
        if name in inside:
            inside[name] += count
    return inside


def _runs(line: str) -> Iterator[tuple[list[str], bool]]:
    """Runs of capitalised words of a line, each with whether it starts a sentence; none of a headline."""
    found = list(_NAME_WORD.finditer(line))
    capitals = sum(word[0][0].isupper() for word in found)
    if capitals > len(found) * 0.6:
        return
    run: list[str] = []
    starts = possessed = False
    end = 0
    for word in found:
        text = _POSSESSIVE.sub("", word[0])
        joined = run and line[end : word.start()] == " "
        if text[:1].isupper() and len(text) > 1:
            if not joined:
                yield from _finished(run, starts)
                run, starts = [], possessed or bool(_SENTENCE_END.search(line[: word.start()]))
            run.append(text)
        elif joined and text in _JOINTS:
            run.append(text)
        else:
            yield from _finished(run, starts)
            run = []
        possessed = text != word[0]  # ends a name, and what follows may only be the second half of one
        end = -1 if possessed else word.end()
    yield from _finished(run, starts)


def _finished(run: list[str], starts: bool) -> Iterator[tuple[list[str], bool]]:
    while run and run[-1] in _JOINTS:
        run = run[:-1]
    if run:
        yield run, starts
