import pytest
from shared import cases, needs_shared_data

from htmxnews.intake import opml
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.opml import Subscription


def test_what_we_write_we_read_again() -> None:
    listed = [
        Subscription("Sea & <harbour>", "https://sea.example/feed?a=1&b=2", "https://sea.example/"),
        Subscription("바다", "https://ko.example/rss"),
    ]

    assert opml.parse(opml.write("Ours", listed).encode()) == (listed, [])


def test_a_list_that_is_not_well_formed_is_read_and_bad_addresses_are_told() -> None:
    data = b"""<opml><body><outline text="A & B" xmlurl="https://a.example/rss">
      <outline text="again" xmlUrl="https://a.example/rss"/><outline xmlUrl="feed me"/></body>"""

    found, warnings = opml.parse(data)

    assert [one.feed_url for one in found] == ["https://a.example/rss"]
    assert warnings == ["'feed me' is no web address"]


@pytest.mark.parametrize("data", [b"", b"words", b"<rss/>", b"\x00"])
def test_what_is_no_list_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable):
        opml.parse(data)


@needs_shared_data
def test_every_list_of_the_corpus_gives_its_feeds() -> None:
    for row, data in cases("feeds/opml"):
        found, warnings = opml.parse(data)

        assert len(found) + len(warnings) == row["distinct_feeds"], row["file"]
