"""Which stories have the words of one search: asked of the search table, or of the sets of common words."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding import common, words
from htmxnews.finding import search_table as table
from htmxnews.finding.expressions import AllOf, AnyOf, Expression, Run, Without, runs, stems
from htmxnews.finding.index import Index
from htmxnews.finding.query import Query, Word

LONGER_MAX = 8  # common words that the beginning of one stands for


class Lookup:
    """Looks up the words of one query; nothing is looked up twice."""

    def __init__(self, session: Session, index: Index, query: Query) -> None:
        self.session = session
        self.index = index
        self._query = query
        self._found: dict[Expression, BitMap] = {}
        self._words = common.words(session)
        forms = {form for word in query.words for form in self._forms(word)}
        forms |= {form for tokens in query.without for form in self._stems(tokens)}
        self._common = self._sets(forms)

    def find(self, expression: Expression) -> BitMap:
        """The ids of the stories that match, perhaps among stories that are not shown."""
        found = self._found.get(expression)
        if found is None:
            found = self._found[expression] = self._find(expression)
        return found

    def titled(self, expression: Expression) -> BitMap:
        """Those that match in their titles; what titles know no words of, exact ones, is left out."""
        found = [replace(run, among="title") for run in runs(expression) if run.among == "stems"]
        return self.find(AnyOf(tuple(found))) if found else BitMap()

    def stemmed(self, expression: Expression) -> Expression:
        """Its runs of stems alone, where stories have them; they are weighed in a tenth of the time."""
        found = [run for run in runs(expression) if run.among == "stems" and self._counts.get(run.tokens[0])]
        return AnyOf(tuple(found)) if found else expression

    def whole(self, word: Word) -> Expression:
        """A word in any of its forms: as it stands, its stems, as the beginning of another one.

        A common one only by its stems. A beginning of common words stands for these.
        """
        if word.is_run:
            return AnyOf(tuple(map(stems, word.variants)))
        forms = sorted({words.stem(word.raw, lang) for lang in self.index.langs})
        begins = word.tokens[0] == self._query.prefix
        if self._common.keys().isdisjoint(forms):
            if not (begins and self._longer):
                exact = Run(word.tokens, among="exact", begins=begins)
                return AnyOf((*(stems([form]) for form in forms), exact))
            forms += [longer for longer in self._longer if longer not in forms]
        return AnyOf(tuple(stems([form]) for form in forms))

    def unwanted(self, tokens: tuple[str, ...]) -> Expression:
        """A word or phrase after a minus as it stands; a common word by its stems alone, as in `whole`."""
        forms = sorted(self._stems(tokens))
        if self._common.keys().isdisjoint(forms):
            return Run(tokens, among="exact")
        return AnyOf(tuple(stems([form]) for form in forms))

    @cached_property
    def terms(self) -> list[tuple[Expression, int]]:
        """What there is of the terms of the query and about how many stories have it, the rarest first.

        A run is taken apart.
        """
        counts = self._counts
        counted: dict[Expression, int] = {}
        for word in self._query.words:
            if word.is_run:
                for part in word.parts:
                    counted[stems(part)] = min(counts.get(character, 0) for character in part)
            else:
                count = max(counts.get(form, 0) for form in self._forms(word))
                counted[self.whole(word)] = max(count, word.tokens[0] == self._query.prefix)
        return sorted(((term, counted[term]) for term in counted if counted[term]), key=lambda line: line[1])

    def _find(self, expression: Expression) -> BitMap:
        match expression:
            case AnyOf((alone,)) | AllOf((alone,)):
                return self.find(alone)
            case Run((word,), "stems", False) if word in self._common:
                return self._common[word].stories
            case Run((word,), "title", False) if word in self._common:
                return self._common[word].titled
            case AnyOf(parts):
                apart = [part for part in parts if isinstance(part, AnyOf) or self._is_common(part)]
                others = tuple(part for part in parts if part not in apart)
                found = [self.find(part) for part in apart]
                if others:
                    found.append(self._asked(AnyOf(others)))
                return found[0] if len(found) == 1 else BitMap().union(*found)
            case AllOf(parts) if any(map(self._is_common, parts)):
                others = tuple(part for part in parts if not self._is_common(part))
                found = [self._asked(AllOf(others))] if others else []
                for part in parts:
                    if part not in others and (not found or found[0]):
                        found.append(self.find(part))
                return found[0].intersection(*found[1:]) if len(found) > 1 else found[0]
            case Without(wanted, unwanted) if self._is_common(wanted) or self._is_common(unwanted):
                found_all = self.find(wanted)
                return found_all - self.find(unwanted) if found_all else found_all
        return self._asked(expression)

    def _asked(self, expression: Expression) -> BitMap:
        return BitMap(table.matching_ids(self.session, expression))

    def _is_common(self, expression: Expression) -> bool:
        return any(
            run.among != "exact" and len(run.tokens) == 1 and run.tokens[0] in self._common
            for run in runs(expression)
        )

    def _forms(self, word: Word) -> set[str]:
        """The tokens in which a word may stand in the table."""
        return {*word.tokens, *(words.stem(word.raw, lang) for lang in self.index.langs if not word.is_run)}

    def _stems(self, tokens: tuple[str, ...]) -> set[str]:
        """The stems of a single word; none of a phrase, and of a run."""
        alone = len(tokens) == 1 and not words.is_run(tokens[0])
        return {words.stem(tokens[0], lang) for lang in self.index.langs} if alone else set()

    def _sets(self, forms: set[str]) -> dict[str, common.Having]:
        asked = [form for form in forms if form in self._words]
        return common.having(self.session, asked, self.index.story_ids.max()) if asked else {}

    @cached_property
    def _counts(self) -> dict[str, int]:
        """In how many stories each token of the query stands."""
        forms = {form for word in self._query.words for form in self._forms(word)}
        counts = table.document_counts(self.session, sorted(forms - self._common.keys()))
        return counts | {word: len(sets.stories) for word, sets in self._common.items()}

    @cached_property
    def _longer(self) -> Sequence[str]:
        """The common words that begin as the query ends."""
        found = self._words.beginning(self._query.prefix, LONGER_MAX)
        self._common |= self._sets(set(found))
        return found
