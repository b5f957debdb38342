"""Works out related stories: for a story its nearest ones, and the lists of others that it belongs into."""

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from htmxnews.finding import reasons, rows
from htmxnews.finding.corpus import Corpus, Kept, Probe, Sizes, gists, keep_sizes, terms_of
from htmxnews.finding.index import Index
from htmxnews.finding.reasons import Subject
from htmxnews.store.dialect import among
from htmxnews.store.models import RelatedStory, Story

LIST_MAX = 8
SUBJECTS_KEPT = 400  # about 100 kB each
SPARE = 3  # candidates more, as some fall out for their title or for want of a reason
LEAST = 0.02  # likeness below which two stories have nothing to do with each other
NEAR = 1.0  # how much more a story of the same day counts than one of long ago
NEAR_HALVES_US = 300 * 86_400_000_000


@dataclass(frozen=True)
class Link:
    """One story in the list of another."""

    other_id: int
    score: float
    reason: str


@dataclass
class Changes:
    """What a batch changes: whole lists, links put into lists of other stories, links that no longer hold."""

    lists: dict[int, list[Link]] = field(default_factory=dict)
    offered: dict[int, list[Link]] = field(default_factory=dict)
    withdrawn: dict[int, set[int]] = field(default_factory=dict)
    sizes: dict[int, Sizes] = field(default_factory=dict)


class Relating:
    """Works on one batch after another; `pending` are stories that will have their own turn."""

    def __init__(self, session: Session, corpus: Corpus, index: Index, pending: Set[int]) -> None:
        self._session = session
        self._corpus = corpus
        self._index = index
        self._pending = pending
        self._subjects: Kept[int, Subject] = Kept(SUBJECTS_KEPT)

    def changes(self, story_ids: Sequence[int]) -> Changes:
        """What the lists must become for these stories, which must be in the search table already."""
        found = Changes()
        terms = terms_of(self._session, story_ids)
        for story_id, gist in gists(self._session, story_ids).items():
            if self._index.position(story_id) is not None:
                probe = self._corpus.probe(self._session, gist, terms[story_id])
                holders = self._holders(story_id)
                scores = self._scores(story_id, probe, holders)
                found.sizes[story_id] = probe.sizes
                found.lists[story_id] = self._links(story_id, self._best(scores), LIST_MAX)
                self._offer(found, story_id, scores, holders)
        found.sizes = self._corpus.take_sized() | found.sizes
        return found

    def _holders(self, story_id: int) -> dict[int, float]:
        """The stories that have it in their lists and will not have their own turn, with its scores there."""
        found = self._session.execute(_holders, {"story_id": story_id})
        return {holder: score for holder, score in found if holder not in self._pending}

    def _scores(self, story_id: int, probe: Probe, holders: Iterable[int]) -> dict[int, float]:
        """How near its candidates are, and those that hold it although they are none."""
        here = self._index.position(story_id)
        published = self._index.published_at
        scores: dict[int, float] = {}
        for other_id, like in self._corpus.likenesses(self._session, probe, holders).items():
            there = self._index.position(other_id)
            if here is not None and there is not None and there != here and like >= LEAST:
                apart = abs(published(here) - published(there)) / NEAR_HALVES_US
                scores[other_id] = like * (1 + NEAR * 0.5 ** min(apart, 64))
        return scores

    def _best(self, scores: dict[int, float]) -> list[tuple[int, float]]:
        ranked = sorted(scores.items(), key=lambda item: (-item[1], -item[0]))
        return ranked[: LIST_MAX + SPARE]

    def _links(self, story_id: int, scored: Sequence[tuple[int, float]], limit: int) -> list[Link]:
        """The first `limit` that have a reason and a title of their own."""
        subjects = self._known([story_id, *(other_id for other_id, _ in scored)])
        one = subjects[story_id]
        titles = {one.row.title.casefold()}
        links: list[Link] = []
        for other_id, score in scored:
            other = subjects[other_id]
            if other.row.title.casefold() in titles:
                continue
            if reason := reasons.why(one, other, self._rarity, self._tag_share):
                titles.add(other.row.title.casefold())
                links.append(Link(other_id, score, reason))
            if len(links) == limit:
                break
        return links

    def _offer(
        self, found: Changes, story_id: int, scores: dict[int, float], listed: dict[int, float]
    ) -> None:
        """Put the story into lists where it beats the last one; mend links that changed, drop old ones."""
        lasts = self._lasts([other for other in scores if other not in self._pending])
        better = [
            (other, score)
            for other, score in scores.items()
            if other in lasts
            and (score > lasts[other] if other not in listed else abs(score - listed[other]) > 1e-9)
        ]
        for link in self._links(story_id, better, len(better)) if better else ():
            found.offered.setdefault(link.other_id, []).append(Link(story_id, link.score, link.reason))
        for holder in listed.keys() - scores.keys():
            found.withdrawn.setdefault(holder, set()).add(story_id)

    def _lasts(self, story_ids: Sequence[int]) -> dict[int, float]:
        """The score that a story must beat to come into each of these lists."""
        lasts = dict.fromkeys(story_ids, 0.0)
        for story_id, last, length in self._session.execute(
            _last_scores, {"ids": json.dumps(list(story_ids))}
        ):
            lasts[story_id] = last if length >= LIST_MAX else 0.0
        return lasts

    def _known(self, story_ids: Sequence[int]) -> dict[int, Subject]:
        if missing := [story_id for story_id in story_ids if story_id not in self._subjects]:
            read = gists(self._session, missing)
            stories = rows.rows(self._session, missing)
            self._subjects.put({row.id: Subject(row, read[row.id]) for row in stories})
        found = {story_id: self._subjects.kept[story_id] for story_id in story_ids}
        self._subjects.trim()
        return found

    def _rarity(self, term: str) -> float:
        return self._corpus.rarities(self._session, [term])[0]

    def _tag_share(self, slug: str) -> float:
        return len(self._index.of("tag", slug)) / len(self._index)


def write(session: Session, changes: Changes) -> None:
    """Keep what a batch changed; links from or to stories that have gone meanwhile are left out."""
    touched = changes.offered.keys() | changes.withdrawn.keys()
    lists = dict(changes.lists)
    for holder, links in _lists(session, touched - lists.keys()).items():
        gone = changes.withdrawn.get(holder, set())
        new = {link.other_id: link for link in changes.offered.get(holder, ())}
        kept = [link for link in links if link.other_id not in gone and link.other_id not in new]
        lists[holder] = sorted([*kept, *new.values()], key=lambda link: (-link.score, -link.other_id))[
            :LIST_MAX
        ]
    ids = {*lists, *(link.other_id for links in lists.values() for link in links)}
    there = set(session.scalars(_existing, {"ids": json.dumps(sorted(ids))}))
    keep_sizes(session, changes.sizes)
    session.execute(_forget, {"ids": json.dumps(list(lists))})
    if lines := list(_lines(lists, there)):
        session.execute(insert(RelatedStory), lines)


def _lists(session: Session, holders: Iterable[int]) -> dict[int, list[Link]]:
    found: dict[int, list[Link]] = {holder: [] for holder in holders}
    for holder, other_id, score, reason in session.execute(_links, {"ids": json.dumps(list(found))}):
        found[holder].append(Link(other_id, score, reason))
    return found


def _lines(lists: dict[int, list[Link]], there: set[int]) -> Iterable[dict[str, object]]:
    for story_id, links in lists.items():
        kept = [link for link in links if link.other_id in there] if story_id in there else []
        for rank, link in enumerate(kept):
            yield {
                "story_id": story_id,
                "rank": rank,
                "other_id": link.other_id,
                "score": link.score,
                "reason": link.reason,
            }


_holders = select(RelatedStory.story_id, RelatedStory.score).where(
    RelatedStory.other_id == bindparam("story_id")
)
_last_scores = (
    select(RelatedStory.story_id, func.min(RelatedStory.score), func.count())
    .where(among(RelatedStory.story_id))
    .group_by(RelatedStory.story_id)
)
_links = select(RelatedStory.story_id, RelatedStory.other_id, RelatedStory.score, RelatedStory.reason).where(
    among(RelatedStory.story_id)
)
_existing = select(Story.id).where(among(Story.id))
_forget = delete(RelatedStory).where(among(RelatedStory.story_id))
