"""Works out related stories: for a story its nearest ones, and the lists of others that it belongs into."""

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from htmxnews.finding import reasons, rows
from htmxnews.finding.corpus import Corpus, gists
from htmxnews.finding.gist import Gist
from htmxnews.finding.index import Index
from htmxnews.finding.reasons import Subject
from htmxnews.store.models import RelatedStory, Story

LIST_MAX = 8
SPARE = 3  # candidates more, as some fall out for their title or for want of a reason
LEAST = 0.02  # likeness below which two stories have nothing to do with each other
NEAR = 0.5  # how much more a story of the same day counts than one of another year
NEAR_HALVES_US = 180 * 86_400_000_000


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


class Relating:
    """Works on one batch after another; `pending` are stories that will have their own turn."""

    def __init__(self, session: Session, corpus: Corpus, index: Index, pending: Set[int]) -> None:
        self._session = session
        self._corpus = corpus
        self._index = index
        self._pending = pending

    def changes(self, story_ids: Sequence[int]) -> Changes:
        """What the lists must become for these stories, which must be in the search table already."""
        found = Changes()
        for story_id, gist in gists(self._session, story_ids).items():
            if self._index.position(story_id) is not None:
                scores = self._scores(story_id, gist)
                found.lists[story_id] = self._links(story_id, self._best(scores), LIST_MAX)
                self._offer(found, story_id, scores)
        return found

    def _scores(self, story_id: int, gist: Gist) -> dict[int, float]:
        here = self._index.published[self._index.positions[story_id]]
        scores = {}
        probe = self._corpus.probe(self._session, gist)
        for other_id, like in self._corpus.likenesses(self._session, probe).items():
            there = self._index.position(other_id)
            if other_id != story_id and there is not None and like >= LEAST:
                apart = abs(here - self._index.published[there]) / NEAR_HALVES_US
                scores[other_id] = like * (1 + NEAR * 0.5 ** min(apart, 64))
        return scores

    def _best(self, scores: dict[int, float]) -> list[tuple[int, float]]:
        ranked = sorted(scores.items(), key=lambda item: (-item[1], -item[0]))
        return ranked[: LIST_MAX + SPARE]

    def _links(self, story_id: int, scored: Sequence[tuple[int, float]], limit: int) -> list[Link]:
        """The first `limit` that have a reason and a title of their own."""
        stories = {row.id: row for row in rows.rows(self._session, [story_id, *(i for i, _ in scored)])}
        known = gists(self._session, stories)
        one = Subject(stories[story_id], known[story_id])
        titles = {one.row.title.casefold()}
        links: list[Link] = []
        for other_id, score in scored:
            other = Subject(stories[other_id], known[other_id])
            if other.row.title.casefold() in titles:
                continue
            if reason := reasons.why(one, other, self._rarity, self._tag_share):
                titles.add(other.row.title.casefold())
                links.append(Link(other_id, score, reason))
            if len(links) == limit:
                break
        return links

    def _offer(self, found: Changes, story_id: int, scores: dict[int, float]) -> None:
        """Put the story into lists where it beats the last one; mend links that changed, drop old ones."""
        listed = {
            holder: score
            for holder, score in self._session.execute(_holders, {"story_id": story_id})
            if holder not in self._pending
        }
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

    def _rarity(self, term: str) -> float:
        return self._corpus.rarity(self._session, term)

    def _tag_share(self, slug: str) -> float:
        return len(self._index.of("tag", slug)) / len(self._index.ids)


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
    .where(rows.among(RelatedStory.story_id))
    .group_by(RelatedStory.story_id)
)
_links = select(RelatedStory.story_id, RelatedStory.other_id, RelatedStory.score, RelatedStory.reason).where(
    rows.among(RelatedStory.story_id)
)
_existing = select(Story.id).where(rows.among(Story.id))
_forget = delete(RelatedStory).where(rows.among(RelatedStory.story_id))
