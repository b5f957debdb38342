"""How well search and related stories do on labelled news, beside plain methods on the same texts.

The material lies in `shared/data` beside the checkout; nothing is measured without it.
"""

import gzip
import json
import math
import os
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import html5lib
from sqlalchemy import insert

from htmxnews.finding import derive, listing, words
from htmxnews.finding.related import related
from htmxnews.selection import QUERY_MAX, Selection
from htmxnews.store import migrate, revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story, StoryBody, StoryTag, Tag
from htmxnews.text import slug_of

DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
ZONE = ZoneInfo("UTC")
NEWEST = datetime(2026, 1, 1, tzinfo=UTC)

Table = dict[str, float]
Ranking = Callable[[int], Sequence[int]]  # of a text's number, the numbers of others, best first


@dataclass(frozen=True)
class Text:
    """A labelled text; its number is its place in the list, its id one more."""

    title: str
    body: str
    tags: tuple[str, ...] = ()
    published: datetime = NEWEST
    lang: str = "en"


def measure() -> dict[str, Table]:
    """Every table by its title, printed as it is made; none without the material."""
    tables: dict[str, Table] = {}
    for title, table in _tables() if DATA.is_dir() else ():
        tables[title] = table
        print(f"\n{title}")
        for name, value in table.items():
            print(f"  {name:32} {value:8.4f}", flush=True)
    return tables


def _tables() -> Iterator[tuple[str, Table]]:
    posts = _rows("news/digitalgov.jsonl.gz")
    texts = [
        Text(
            post["title"] or post["slug"],
            f"{post['deck'] or post['summary'] or ''} {_without_links(post['body_md'])}",
            tuple(post["tags"]),
            datetime.fromisoformat(f"{post['date'][:10]}T00:00:00+00:00"),
        )
        for post in posts
    ]
    numbers = {post["id"]: number for number, post in enumerate(posts)}
    linked = [{numbers[key] for key in post["related"] if key in numbers} for post in posts]
    with _newsroom(texts) as store:
        yield "digital.gov, headline finds its own story in ten", _headlines(store, texts)
        yield (
            "digital.gov, related stories are those that editors linked, nDCG@5",
            _related(store, texts, linked),
        )
        yield "digital.gov, the same, one of them among five", _related(store, texts, linked, _hit)
    # Editors write the deck by hand, and it stands nowhere else: a long question with one right answer.
    bare = [
        replace(text, body=_without_links(post["body_md"])) for text, post in zip(texts, posts, strict=True)
    ]
    decks = [(post["deck"] or "", {number}) for number, post in enumerate(posts)]
    with _newsroom(bare) as store:
        yield (
            "digital.gov, a sentence about a story finds it, nDCG@10",
            _judged(store, bare, [(deck, right) for deck, right in decks if len(deck.split()) > 7]),
        )
    articles = _rows("news/ecb-plus.jsonl.gz")
    texts = [Text(article["title"] or article["id"], article["body"]) for article in articles]
    events = [article["event"] for article in articles]
    same = [
        {other for other, its in enumerate(events) if its == event and other != number}
        for number, event in enumerate(events)
    ]
    with _newsroom(texts) as store:
        yield "ECB+, related stories tell of the same event, nDCG@5", _related(store, texts, same)
        judged = [(text.title, {number} | same[number]) for number, text in enumerate(texts)]
        yield "ECB+, a headline finds the stories of its event, nDCG@10", _judged(store, texts, judged)
    texts = list(_korean())
    with _newsroom(texts) as store:
        asked = [(_korean_headline(text.body), {number}) for number, text in enumerate(texts)]
        yield "Korean laws, a headline finds its article in ten", _judged(store, texts, asked, _hit)
    for lang in ("kor", "jpn", "cmn_hans", "cmn_hant", "tha"):
        if texts := _articles(lang):
            with _newsroom(texts) as store:
                yield f"Human Rights in {lang}, a stretch of a text finds it in ten", _stretches(store, texts)


def _headlines(store: Store, texts: Sequence[Text]) -> Table:
    asked = [
        (text.title, {n for n, other in enumerate(texts) if other.title == text.title}) for text in texts
    ]
    return _judged(store, texts, asked, _hit)


def _stretches(store: Store, texts: Sequence[Text]) -> Table:
    """A headline is made of the middle of each text: fifteen of its characters."""
    asked = []
    for number, text in enumerate(texts):
        middle = len(text.body) // 2
        asked.append((text.body[middle : middle + 15].replace('"', " "), {number}))
    return _judged(store, texts, asked, _hit)


def _judged(
    store: Store,
    texts: Sequence[Text],
    asked: Sequence[tuple[str, set[int]]],
    gain: Callable[[Sequence[int], set[int], int], float] | None = None,
) -> Table:
    gain = gain or _ndcg
    bm25 = Bm25(
        [[*words.stems(text.title, text.lang) * 3, *words.stems(text.body, text.lang)] for text in texts]
    )
    ours, plain, strict = [], [], []
    with store.reading() as session:
        for q, right in asked:
            selection = Selection.parse([("q", q[:QUERY_MAX])])
            page = listing.find(session, selection, zone=ZONE, limit=10)
            ours.append(gain([story.id - 1 for story in page.stories], right, 10))
            terms = words.stems(q, "en")
            plain.append(gain(bm25.best(terms, 10), right, 10))
            strict.append(gain(bm25.newest_with_all(terms, 10), right, 10))
    return {"ours": _mean(ours), "BM25 of stems, any word": _mean(plain), "every word, newest": _mean(strict)}


def _related(
    store: Store,
    texts: Sequence[Text],
    right: Sequence[set[int]],
    gain: Callable[[Sequence[int], set[int], int], float] | None = None,
) -> Table:
    gain = gain or _ndcg
    stems = [words.stems(f"{text.title} {text.body}", text.lang) for text in texts]
    newest = sorted(range(len(texts)), key=lambda n: texts[n].published, reverse=True)
    bm25, cosine = Bm25(stems), TfIdf(stems)
    with store.reading() as session:

        def ours(number: int) -> list[int]:
            found = related(session, number + 1, selection=Selection(), limit=5)
            return [item.row.id - 1 for item in found]

        def tagged(number: int) -> list[int]:
            mine = set(texts[number].tags)
            return sorted(newest, key=lambda n: len(mine.intersection(texts[n].tags)), reverse=True)

        ways: dict[str, Ranking] = {
            "ours": ours,
            "newest": lambda _: newest,
            "shared tags": tagged,
            "BM25 of the title": lambda n: bm25.best(words.stems(texts[n].title, texts[n].lang), 6),
            "TF-IDF cosine": cosine.nearest,
        }
        labelled = [number for number in range(len(texts)) if right[number]]
        return {
            name: _mean(
                gain([other for other in rank(n)[:6] if other != n][:5], right[n], 5) for n in labelled
            )
            for name, rank in ways.items()
        }


class Bm25:
    """The formula as it stands in textbooks, over lists of terms."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._counts = [Counter(text) for text in texts]
        self._mean = sum(map(len, texts)) / len(texts)
        self._sizes = list(map(len, texts))
        self.having: dict[str, list[int]] = {}
        for number, counts in enumerate(self._counts):
            for term in counts:
                self.having.setdefault(term, []).append(number)

    def best(self, terms: Iterable[str], limit: int) -> list[int]:
        scores: Counter[int] = Counter()
        for term in set(terms):
            some = self.having.get(term, [])
            rarity = math.log(1 + (len(self._counts) - len(some) + 0.5) / (len(some) + 0.5))
            for number in some:
                count = self._counts[number][term]
                size = 0.25 + 0.75 * self._sizes[number] / self._mean
                scores[number] += rarity * count * 2.2 / (count + 1.2 * size)  # type: ignore[assignment]
        return [number for number, _ in scores.most_common(limit)]

    def newest_with_all(self, terms: Iterable[str], limit: int) -> list[int]:
        sets = [set(self.having.get(term, [])) for term in set(terms)]
        return sorted(set.intersection(*sets), reverse=True)[:limit] if sets else []


class TfIdf:
    """Cosine between texts as bags of terms, the rarer the heavier."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        having = Counter(term for text in texts for term in set(text))
        self._vectors: list[dict[str, float]] = []
        self._posted: dict[str, list[tuple[int, float]]] = {}
        for number, text in enumerate(texts):
            raw = {
                term: (1 + math.log(count)) * math.log(len(texts) / having[term])
                for term, count in Counter(text).items()
            }
            size = math.sqrt(sum(weight**2 for weight in raw.values())) or 1.0
            vector = {term: weight / size for term, weight in raw.items() if weight}
            self._vectors.append(vector)
            for term, weight in vector.items():
                self._posted.setdefault(term, []).append((number, weight))

    def nearest(self, number: int) -> list[int]:
        scores = [0.0] * len(self._vectors)
        for term, weight in self._vectors[number].items():
            for other, its in self._posted[term]:
                scores[other] += weight * its
        return sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:6]


def _ndcg(found: Sequence[int], right: set[int], limit: int) -> float:
    gain = sum(1 / math.log2(n + 2) for n, number in enumerate(found[:limit]) if number in right)
    return gain / sum(1 / math.log2(n + 2) for n in range(min(limit, len(right))))


def _hit(found: Sequence[int], right: set[int], limit: int) -> float:
    return float(any(number in right for number in found[:limit]))


def _mean(values: Iterable[float]) -> float:
    some = list(values)
    return round(sum(some) / len(some), 4)


@contextmanager
def _newsroom(texts: Sequence[Text]) -> Iterator[Store]:
    """A store of these texts, derived; story n + 1 is the text of number n."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'news.db'}")
        migrate.upgrade(store)
        tags = {slug_of(tag): tag for text in texts for tag in text.tags}
        ids = {slug: number for number, slug in enumerate(tags, 1)}
        with store.writing() as session:
            revision = revisions.bump(session)
            session.add(Source(id=1, slug="desk", name="Desk"))
            session.flush()
            if tags:
                labels = [{"id": ids[slug], "slug": slug, "name": name} for slug, name in tags.items()]
                session.execute(insert(Tag), labels)
            session.execute(insert(Story), [_story(n, text, revision) for n, text in enumerate(texts)])
            session.execute(insert(StoryBody), [_body(n, text) for n, text in enumerate(texts)])
            links = [
                {"story_id": number + 1, "tag_id": tag, "position": place}
                for number, text in enumerate(texts)
                for place, tag in enumerate(dict.fromkeys(ids[slug_of(tag)] for tag in text.tags))
            ]
            if links:
                session.execute(insert(StoryTag), links)
        derive.catch_up(store, fold=False)
        yield store
        store.dispose()


def _story(number: int, text: Text, revision: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "source_id": 1,
        "key": str(number),
        "slug": f"story-{number}",
        "title": text.title,
        "summary": "",
        "lang": text.lang,
        "dir": "ltr",
        "pinned": False,
        "words": len(text.body.split()),
        "published_at": text.published - timedelta(seconds=number),
        "imported_at": NEWEST,
        "fingerprint": "",
        "revision": revision,
    }


def _body(number: int, text: Text) -> dict[str, object]:
    html = "".join(f"<p>{escape(line)}</p>" for line in text.body.split("\n"))
    return {"story_id": number + 1, "raw": html, "raw_kind": "html", "html": html, "policy": 1}


def _articles(lang: str) -> list[Text]:
    """The articles of the Declaration of Human Rights in a language: heading and text."""
    with zipfile.ZipFile(DATA / "multilingual" / "udhr.zip") as archive:
        lines = [json.loads(line) for line in archive.read("index.jsonl").decode().splitlines()]
        file = next((line["file"] for line in lines if lang in line["file"]), None)
        if file is None:
            return []
        document = html5lib.parse(archive.read(file).decode(), namespaceHTMLElements=False)
    texts: list[Text] = []
    for article in document.iter("article"):
        heading = next((each for each in article.iter() if each.tag in ("h2", "h3", "h4")), None)
        whole = " ".join("".join(article.itertext()).split())
        title = "".join(heading.itertext()).strip() if heading is not None else whole[:10]
        texts.append(Text(title, whole.removeprefix(title).strip(), lang=lang[:2]))
    return texts


def _korean() -> Iterator[Text]:
    """The articles of Korean laws and bills, long enough to tell of something."""
    with zipfile.ZipFile(DATA / "multilingual" / "korean-public.zip") as archive:
        for name in sorted(name for name in archive.namelist() if name.endswith(".txt")):
            for article in re.split(r"(?m)^\s*(?=제\s?\d+\s?조)", archive.read(name).decode()):
                body = " ".join(article.split())
                if len(body.split()) >= 12:
                    yield Text(body[:12], body, lang="ko")


def _korean_headline(body: str) -> str:
    """Every other word from the third on, without its particle, as headlines go: five words at most."""
    plain = re.sub('["“”「」]', " ", body)  # what is quoted would have to be there as it stands
    return " ".join(words.without_particle(word) for word in plain.split()[2:12:2])


def _without_links(markdown: str | None) -> str:
    return re.sub(r"\]\([^)]*\)", "", markdown or "")


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.open(DATA / name, "rt", encoding="utf-8")]


if __name__ == "__main__":
    measure()
