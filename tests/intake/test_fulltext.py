import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from statistics import fmean

import pytest
from shared import DATA, needs_shared_data
from sqlalchemy import select, update

from htmxnews.config import Config
from htmxnews.finding.plain import plain_text
from htmxnews.intake import fulltext
from htmxnews.intake.draft import StoryDraft
from htmxnews.intake.fulltext import TRIES_MAX
from htmxnews.intake.report import Report, Stopped
from htmxnews.store.engine import Store
from htmxnews.store.models import Source

from .conftest import NOW, Answer, Site, Stories, Take

HTML = {"Content-Type": "text/html; charset=utf-8"}
SENTENCE = "The port stays closed until Thursday, the authority said, and eleven ships wait in the roads. "
PAGE = f"""<!doctype html><title>Storm</title><nav><a href=/>Home</a> <a href=/sport>Sport</a></nav>
<article><h1>Storm</h1><p>{SENTENCE * 3}</p><p onclick=x>{SENTENCE * 4}<a href="https://sea.example/more">More</a></p></article>
<footer>Buy our paper</footer>"""


@pytest.fixture
def teaser(site: Site) -> StoryDraft:
    """A story of which the feed has a line, and its page the rest."""
    site.answers["/storm"] = Answer(PAGE.encode(), headers=HTML)
    return StoryDraft(key="1", title="Storm", body="<p>The port is closed.</p>", url=f"{site.url}/storm")


def complete(store: Store, config: Config) -> list[Report]:
    with store.writing() as session:
        session.execute(update(Source).values(full_text=True))
    return list(fulltext.complete(store, config, NOW))


def asked(site: Site) -> list[str]:
    return [path for path, _ in site.requests]


def test_a_teaser_becomes_the_whole_article_and_the_page_is_read_once(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take, stories: Stories
) -> None:
    take(teaser)

    first, second = complete(store, config), complete(store, config)

    [story] = stories()
    assert [(one.input, one.updated, one.warnings) for one in first] == [("harbour-desk", 1, [])]
    assert second == []
    assert asked(site) == ["/robots.txt", "/storm"]
    assert plain_text(story.body.html).count("eleven ships") == 7
    assert "Buy our paper" not in story.body.html
    assert "<h2>" not in story.body.html  # its title stands above it
    assert "onclick" not in story.body.html
    assert 'href="https://sea.example/more"' in story.body.html
    assert (story.lang, story.words > 100, story.summary) == ("en", True, "The port is closed.")


def test_only_sources_whose_operator_asks_for_it_have_their_pages_read(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take
) -> None:
    take(teaser)

    reports = list(fulltext.complete(store, config, NOW))

    assert (reports, asked(site)) == ([], [])


def test_an_extract_never_replaces_a_longer_body(
    store: Store, config: Config, teaser: StoryDraft, take: Take, stories: Stories
) -> None:
    body = "<p>" + "Longer than any page. " * 100 + "</p>"
    take(replace(teaser, body=body))

    [report] = complete(store, config)

    assert (report.updated, report.unchanged) == (0, 1)
    assert stories()[0].body.raw == body


@pytest.mark.parametrize(
    ("rules", "answer", "says"),
    [
        (b"User-agent: *\nDisallow: /sto", None, "is not for programs, as its server's robots.txt says"),
        (b"User-agent: htmxnews\nDisallow: /", None, "is not for programs"),
        (b"", Answer(status=404), "cannot be fetched: the server answers 404"),
        (
            b"",
            Answer(b"%PDF", headers={"Content-Type": "application/pdf"}),
            "is no web page but application/pdf",
        ),
        (b"", Answer(b"", headers=HTML), "cannot be read"),
    ],
)
def test_a_page_that_cannot_be_had_leaves_the_teaser_and_a_line(
    store: Store,
    config: Config,
    site: Site,
    teaser: StoryDraft,
    take: Take,
    stories: Stories,
    rules: bytes,
    answer: Answer | None,
    says: str,
) -> None:
    site.answers["/robots.txt"] = Answer(rules)
    if answer:
        site.answers["/storm"] = answer
    take(teaser)

    [report] = complete(store, config)

    assert report.refused == 1
    assert report.warnings[0].startswith("“Storm” keeps its teaser: its page ")
    assert says in report.warnings[0]
    assert stories()[0].body.raw == teaser.body
    assert ("/storm" in asked(site)) == (answer is not None)


def test_a_server_that_cannot_say_its_rules_is_left_alone(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take
) -> None:
    site.answers["/robots.txt"] = Answer(status=503)
    take(teaser)

    [report] = complete(store, config)

    assert "cannot be fetched: the server answers 503" in report.warnings[0]
    assert "/storm" not in asked(site)


def test_rules_for_others_are_not_for_us_whatever_words_they_share_with_our_name(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take
) -> None:
    site.answers["/robots.txt"] = Answer(b"User-agent: reader\nDisallow: /\n\nUser-agent: a\nDisallow: /")
    take(teaser)

    [report] = complete(store, config)

    assert report.updated == 1


def test_s14_rules_that_grow_without_bound_are_read_in_a_process_with_limits(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take
) -> None:
    agents = "".join(f"User-agent: agent-{n}\n" for n in range(10_000))
    rules = "".join(f"Disallow: /{n}\n" for n in range(10_000))
    site.answers["/robots.txt"] = Answer(f"{agents}{rules}".encode())
    take(teaser)

    [report] = complete(store, config)

    assert "cannot be fetched: its server's robots.txt " in report.warnings[0]
    assert "/storm" not in asked(site)


def test_a_failing_page_is_tried_a_few_times_and_again_when_its_story_changes(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take
) -> None:
    site.answers["/storm"] = Answer(status=404)
    take(teaser)

    tries = [len(complete(store, config)) for _ in range(TRIES_MAX + 1)]
    take(replace(teaser, title="Storm again"))

    assert tries == [1] * TRIES_MAX + [0]
    assert len(complete(store, config)) == 1


def test_r04_an_interrupt_keeps_what_was_read(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take, stories: Stories
) -> None:
    site.answers["/second"] = site.answers["/storm"]
    later = NOW - timedelta(hours=1)
    take(teaser, replace(teaser, key="2", title="Second", url=f"{site.url}/second", published=later))
    with store.writing() as session:
        session.execute(update(Source).values(full_text=True))

    def stop(_done: int, _of: int | None) -> None:
        raise Stopped

    [report] = fulltext.complete(store, config, NOW, stop)
    complete(store, config)

    assert (report.updated, report.stopped) == (1, True)
    assert [story.words > 100 for story in stories()] == [True, True]


def test_s13_slow_pages_of_one_source_keep_the_others_waiting_for_a_while_only(
    store: Store, config: Config, site: Site, teaser: StoryDraft, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(teaser, replace(teaser, key="2", title="Storm two"))
    take(teaser, source_name="City desk")
    monkeypatch.setattr(fulltext, "A_RUN_S", 1e-9)

    first, second = complete(store, config), complete(store, config)

    assert {one.input: one.updated for one in first} == {"harbour-desk": 1, "city-desk": 1}
    assert {one.input: one.updated for one in second} == {"harbour-desk": 1}


def test_the_wish_is_kept_with_its_source(store: Store, teaser: StoryDraft, take: Take) -> None:
    take(teaser)

    fulltext.want(store, "harbour-desk", True)

    with store.reading() as session:
        assert session.scalar(select(Source.full_text)) is True


@needs_shared_data
def test_articles_are_found_in_real_pages() -> None:
    scores = []
    for wanted, page in pages():
        found = fulltext.extract(page, "utf-8", "https://page.example/", "", frozenset(), None)
        scores.append(word_f1(plain_text(found.cleaned.html), wanted))

    assert fmean(scores) >= 0.93


def pages() -> Iterator[tuple[str, bytes]]:
    """The text that is to be found, and the page that it stands in."""
    with zipfile.ZipFile(DATA / "extract/readability.zip") as archive:
        for row in map(json.loads, archive.read("index.jsonl").decode().splitlines()):
            yield plain_text(archive.read(row["expected"]).decode()), archive.read(row["source"])


def word_f1(found: str, wanted: str) -> float:
    one, other = Counter(found.lower().split()), Counter(wanted.lower().split())
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total()) if shared else 0.0
