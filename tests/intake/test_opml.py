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
      <outline text="again" xmlUrl="https://a.example/rss"/><outline xmlUrl="feed me"/>
      <outline xmlUrl="ftp://me:secret@b.example/"/></body>"""

    found, warnings = opml.parse(data)

    assert [one.feed_url for one in found] == ["https://a.example/rss"]
    assert warnings == ["'feed me' is no web address", "'ftp://b.example/' has a user name in it"]


def test_a_list_in_large_letters_is_a_list() -> None:
    data = b"""<OPML><BODY><OUTLINE TEXT="A" XMLURL="https://a.example/rss"/></BODY></OPML>"""

    assert opml.parse(data) == ([Subscription("A", "https://a.example/rss")], [])


def test_outlines_are_found_in_groups_with_whatever_they_say_of_themselves() -> None:
    data = """<?xml version="1.0" encoding="iso-8859-1"?><opml version="2.0"><head><title>x</title></head>
      <body>
      <outline text="Group"><outline text="Inner"><outline type="rss" xmlUrl="https://a.example/rss"/></outline>
      <outline type="rss" text="Caf\xe9 &amp; &#233;" category="/a,/b" xmlUrl="HTTPS://B.example/?a=1&amp;b=2"/>
      <outline text="no feed" htmlUrl="https://c.example/"/></outline></body></opml>""".encode("latin-1")

    found, warnings = opml.parse(data)

    assert found == [
        Subscription("", "https://a.example/rss"),
        Subscription("Café & é", "https://b.example/?a=1&b=2"),
    ]
    assert warnings == []


def test_s14_a_list_that_brings_entities_is_refused() -> None:
    with pytest.raises(Unreadable, match="document type"):
        opml.parse(b'<!DOCTYPE opml [<!ENTITY a SYSTEM "/x">]><opml><body/></opml>')


@pytest.mark.parametrize("data", [b"", b"words", b"<rss/>", b"\x00"])
def test_what_is_no_list_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable):
        opml.parse(data)


@needs_shared_data
def test_every_list_of_the_corpus_gives_its_feeds() -> None:
    for row, data in cases("feeds/opml"):
        found, warnings = opml.parse(data)

        assert len(found) + len(warnings) == row["distinct_feeds"], row["file"]


def test_a_list_brings_no_address_that_only_a_comment_names() -> None:
    data = b"""<opml><body><!-- <outline text="off" xmlUrl="https://off.example/rss"/> -->
      <outline text="on" xmlUrl="https://on.example/rss"/></body></opml>"""

    assert opml.parse(data) == ([Subscription("on", "https://on.example/rss")], [])


def test_an_address_with_bare_ampersands_is_one_address() -> None:
    data = b'<opml><body><outline xmlUrl="https://a.example/?id=1&region=eu&copy=2"/></body></opml>'

    assert opml.parse(data) == ([Subscription("", "https://a.example/?id=1&region=eu&copy=2")], [])


def test_addresses_are_read_as_some_readers_wrote_them() -> None:
    wrote = [
        "feed://sea.example/a",
        "feed:https://sea.example/b",
        "FEED://http://sea.example/c",
        "itpc://sea.example/d",
    ]
    outlines = "".join(f'<outline text="x" xmlUrl="{address}"/>' for address in wrote)

    found, warnings = opml.parse(f"<opml><body>{outlines}</body></opml>".encode())

    assert [one.feed_url for one in found] == [
        "http://sea.example/a",
        "https://sea.example/b",
        "http://sea.example/c",
        "http://sea.example/d",
    ]
    assert warnings == []
