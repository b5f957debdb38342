from collections.abc import Iterator

import pytest
from sqlalchemy import update

from htmxnews.config import Config
from htmxnews.intake import remote, rounds, subscriptions
from htmxnews.intake.draft import Parsed, StoryDraft, Unreadable
from htmxnews.intake.fetch import Fetched
from htmxnews.intake.run import Importer
from htmxnews.store.engine import Store
from htmxnews.store.models import Source

from .conftest import Answer, Site, Stories, Take


def test_stories_fetched_from_two_addresses_are_two_stories_of_their_host(
    site: Site, importer: Importer, config: Config, stories: Stories
) -> None:
    for name in ("tide", "quay"):
        site.answers[f"/notes/{name}.md"] = Answer(f"---\ntitle: {name}\n---\nText.".encode())
        list(remote.import_address(importer, config, f"{site.url}/notes/{name}.md"))

    assert [(story.key, story.title) for story in stories()] == [
        ("notes-tide.md", "tide"),
        ("notes-quay.md", "quay"),
    ]
    assert {story.source.name for story in stories()} == {"127.0.0.1"}


FEED = b"""<rss version="2.0"><channel><title>Harbour desk</title><link>https://harbour.example/</link>
<item><guid>1</guid><title>%s</title></item></channel></rss>"""
EXPORT = b"""<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel>
<title>Harbour desk</title>
<link>https://harbour.example</link><wp:wxr_version>1.2</wp:wxr_version><item><title>%s</title><guid>1</guid>
<wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item></channel></rss>"""


@pytest.mark.parametrize("made", [FEED, EXPORT])
def test_s17_what_lies_at_an_address_is_never_that_of_a_namesake(
    site: Site, importer: Importer, config: Config, store: Store, take: Take, stories: Stories, made: bytes
) -> None:
    take(StoryDraft(key="1", title="Tide"), source_name="Harbour desk")
    with store.writing() as session:
        session.execute(update(Source).values(site_url="https://harbour.example/"))
    site.answers["/there"] = Answer(made % b"Lies")

    first, again = (list(remote.import_address(importer, config, f"{site.url}/there")) for _ in range(2))

    assert [(story.title, story.source.name) for story in stories()] == [
        ("Tide", "Harbour desk"),
        ("Lies", "Harbour desk (127.0.0.1)"),
    ]
    assert ([one.added for one in first], [one.unchanged for one in again]) == ([1], [1])


def test_s17_what_was_fetched_once_is_known_again_under_another_name_and_when_it_is_subscribed_to(
    site: Site, importer: Importer, config: Config, store: Store, stories: Stories
) -> None:
    address = f"{site.url}/feed"
    site.answers["/feed"] = Answer(FEED % b"Tide")
    list(remote.import_address(importer, config, address))
    site.answers["/feed"] = Answer((FEED % b"Tide").replace(b"Harbour desk", b"The harbour"))

    [second] = remote.import_address(importer, config, address)
    slug, _, third = subscriptions.add(importer, address)
    [fourth] = remote.import_address(importer, config, address)

    assert [one.items - one.unchanged for one in (second, third, fourth)] == [0, 0, 0]
    assert [(one.slug, one.feed_url) for one in subscriptions.health(store)] == [(slug, address)]
    assert len(stories()) == 1


def test_s19_our_own_site_is_not_imported(site: Site, importer: Importer, config: Config) -> None:
    ours = config.model_copy(update={"base_url": site.url})

    [report] = remote.import_address(importer, ours, f"{site.url}/feed.rss")

    assert (report.failed, report.refused, site.requests) == (True, 1, [])
    assert report.warnings == ["127.0.0.1 is this site itself, which is no source of its own"]


def test_s19_a_server_that_asks_for_rest_is_left_alone_by_imports_too(
    site: Site, importer: Importer, config: Config
) -> None:
    site.answers["/feed"] = Answer(status=503, headers={"Retry-After": "3600"})

    told = [
        report.warnings
        for _ in range(2)
        for report in remote.import_address(importer, config, f"{site.url}/feed")
    ]

    assert told == [
        ["the server answers 503 Service Unavailable"],
        ["127.0.0.1 asked to be left alone for another 60 minutes"],
    ]
    assert len(site.requests) == 1


def test_a_feed_at_an_address_that_breaks_off_is_told_with_what_came_before(
    site: Site, importer: Importer, config: Config, stories: Stories, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_in_part(_found: Fetched) -> Parsed:
        def drafts() -> Iterator[StoryDraft]:
            yield StoryDraft(key="1", title="Tide")
            raise Unreadable("cannot be read to its end")  # as where the system ends the process

        return Parsed("Harbour desk", drafts=drafts())

    monkeypatch.setattr(rounds, "read", read_in_part)
    site.answers["/feed"] = Answer(FEED % b"Tide")

    [report] = remote.import_address(importer, config, f"{site.url}/feed")

    assert [story.title for story in stories()] == ["Tide"]
    assert (report.added, report.refused, report.failed) == (1, 1, True)
    assert report.warnings == ["it cannot be read to its end"]
