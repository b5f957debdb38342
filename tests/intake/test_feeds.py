import time
from datetime import UTC, datetime

import pytest
from shared import cases, needs_shared_data

from htmxnews.intake import feeds
from htmxnews.intake.draft import StoryDraft, Unreadable

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Harbour &amp; Sea</title><link>https://sea.example/</link><language>en-gb</language>
<item>{item}</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ko" xml:base="https://sea.example/">
<title>바다</title><author><name>Desk</name></author><entry>{item}</entry></feed>"""


def one(text: str, item: str) -> StoryDraft:
    """The only story of a feed with this item."""
    [draft] = feeds.parse(text.replace("{item}", item).encode(), "https://sea.example/feed").drafts
    return draft


def test_the_whole_text_comes_before_its_summary() -> None:
    draft = one(
        RSS,
        "<guid>7</guid><title>Tide</title><description>Short.</description>"
        "<content:encoded>&lt;p&gt;Long.&lt;/p&gt;</content:encoded>",
    )

    assert (draft.key, draft.title, draft.body, draft.body_kind) == ("7", "Tide", "<p>Long.</p>", "html")
    assert draft.summary == "Short."


def test_names_dates_and_tags_are_taken_from_dublin_core_too() -> None:
    draft = one(
        RSS,
        "<title>T</title><dc:creator>Ines Mar</dc:creator><dc:date>2026-01-02T03:04:05Z</dc:date>"
        "<category>Ships</category><category>https://x.example/kind</category><dc:subject>Tides</dc:subject>",
    )

    assert draft.authors == ("Ines Mar",)
    assert draft.published == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert draft.tags == ("Ships", "Tides")
    assert draft.category is None


def test_the_body_is_kept_as_it_came() -> None:
    draft = one(
        RSS, "<title>T</title><description>&lt;p onclick='x'&gt;a&lt;script&gt;b&lt;/script&gt;</description>"
    )

    assert draft.body == "<p onclick='x'>a<script>b</script>"


def test_a_mailbox_is_not_published_as_a_name() -> None:
    assert one(RSS, "<title>T</title><author>ines@sea.example (Ines Mar)</author>").authors == ("Ines Mar",)
    assert one(RSS, "<title>T</title><author>ines@sea.example</author>").authors == ("ines",)


def test_names_win_over_mailboxes_and_are_plain() -> None:
    both = "<title>T</title><author>ines@sea.example</author><dc:creator>Ines Mar</dc:creator>"
    linked = "<title>T</title><dc:creator><![CDATA[<a href='x'>Ann &amp; Jo</a>]]></dc:creator>"

    assert one(RSS, both).authors == ("Ines Mar",)
    assert one(RSS, linked).authors == ("Ann & Jo",)


def test_what_was_escaped_once_too_often_is_read_as_it_was_meant() -> None:
    draft = one(
        RSS,
        "<title>Salt &amp;amp; sea</title><description>&amp;lt;p&amp;gt;Tide&amp;lt;/p&amp;gt;</description>",
    )

    assert (draft.title, draft.body, draft.body_kind) == ("Salt & sea", "<p>Tide</p>", "html")
    assert draft.summary == ""


def test_an_id_that_is_a_mere_word_is_no_link() -> None:
    assert one(RSS, "<title>T</title><guid>17</guid>").url is None
    assert one(RSS, "<title>T</title><guid>https://sea.example/17</guid>").url == "https://sea.example/17"


def test_media_is_known_by_its_namespace_whatever_its_prefix() -> None:
    feed = RSS.replace("xmlns:media=", "xmlns:m=")
    media = '<m:content url="/q.jpg" medium="image"><m:description>Noon.</m:description></m:content>'

    draft = one(feed, f"<title>T</title><description>Text.</description>{media}")

    assert draft.body == "Text."
    assert draft.picture and draft.picture.caption == "Noon."


def test_letters_of_an_old_document_type_are_not_lost() -> None:
    old = b'<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//N//DTD" "http://n.example/rss.dtd">'
    feed = b'<rss version="0.91"><channel><item><title>Caf&eacute;</title></item></channel></rss>'

    parsed = feeds.parse(old + feed)

    assert [draft.title for draft in parsed.drafts] == ["Café"]


def test_a_feed_that_breaks_off_is_told() -> None:
    cut = RSS.replace("{item}", "<title>Tide</title>")[:-10].encode()

    parsed = feeds.parse(cut)

    assert [draft.title for draft in parsed.drafts] == ["Tide"]
    assert "not well-formed" in parsed.warnings[0]
    assert feeds.parse(b"\n\n" + RSS.replace("{item}", "<title>Tide</title>").encode()).warnings == []


@pytest.mark.parametrize("text", ["Mon, 30 Nov -0001 00:00:00 +0000", "-0312"])
def test_a_date_is_not_guessed_at(text: str) -> None:
    assert one(RSS, f"<title>T</title><pubDate>{text}</pubDate>").published == text


def test_a_date_in_words_is_read() -> None:
    draft = one(RSS, "<title>T</title><pubDate>2025年1月9日</pubDate>")

    assert draft.published == datetime(2025, 1, 9, tzinfo=UTC)


def test_a_media_picture_keeps_its_credit_and_caption_and_the_largest_is_taken() -> None:
    draft = one(
        RSS,
        "<title>T</title><description>Text.</description>"
        '<media:content url="/s.jpg" medium="image" width="140"/>'
        '<media:content url="/l.jpg" medium="image" width="1200"><media:credit>Photo: Ines</media:credit>'
        "<media:description>A &lt;b&gt;quay&lt;/b&gt;</media:description></media:content>",
    )

    assert draft.picture is not None
    assert draft.picture.url == "https://sea.example/l.jpg"
    assert (draft.picture.credit, draft.picture.caption) == ("Photo: Ines", "A quay")
    assert draft.body == "Text."


def test_a_description_of_media_is_the_text_where_there_is_no_other() -> None:
    draft = one(
        RSS, "<title>T</title><media:group><media:description>Words</media:description></media:group>"
    )

    assert (draft.body, draft.body_kind) == ("Words", "text")


@pytest.mark.parametrize(
    "item",
    [
        '<enclosure url="https://sea.example/a.png" type="image/png" length="1"/>',
        '<media:thumbnail url="https://sea.example/a.png"/>',
        '<description>&lt;img src="t.gif" width="1"&gt;&lt;img src="/a.png" alt="Quay"&gt;</description>',
    ],
)
def test_a_picture_is_found_where_feeds_put_it(item: str) -> None:
    draft = one(RSS, f"<title>T</title>{item}")

    assert draft.picture is not None
    assert draft.picture.url == "https://sea.example/a.png"


def test_the_figure_of_a_body_gives_its_caption_along() -> None:
    body = "&lt;figure&gt;&lt;img src='/a.png'&gt;&lt;figcaption&gt;At noon&lt;/figcaption&gt;&lt;/figure&gt;"

    draft = one(RSS, f"<title>T</title><description>{body}</description>")

    assert draft.picture is not None
    assert draft.picture.caption == "At noon"


def test_atom_types_base_language_and_the_author_of_the_feed_are_kept() -> None:
    draft = one(
        ATOM,
        '<id>urn:1</id><title type="html">Fish &amp;amp; &lt;b&gt;chips&lt;/b&gt;</title>'
        '<link href="a/b"/><updated>2026-01-02T03:04:05+09:00</updated>'
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>본문</p></div></content>',
    )

    assert draft.title == "Fish & chips"
    assert draft.url == "https://sea.example/a/b"
    assert draft.authors == ("Desk",)
    assert draft.lang == "ko"
    assert "<p>본문</p>" in draft.body
    assert draft.published == datetime(2026, 1, 1, 18, 4, 5, tzinfo=UTC)


def test_plain_text_of_atom_is_plain_text() -> None:
    draft = one(ATOM, "<id>urn:1</id><title>T</title><content type='text'>a &lt; b</content>")

    assert (draft.body, draft.body_kind) == ("a < b", "text")


def test_the_feed_names_its_source_and_language() -> None:
    parsed = feeds.parse(RSS.replace("{item}", "<title>T</title>").encode())

    assert (parsed.source_name, parsed.site_url, parsed.lang) == (
        "Harbour & Sea",
        "https://sea.example/",
        "en-gb",
    )


@pytest.mark.parametrize(
    "data", [b"", b"<html><body>Hello</body></html>", b"just words", b"\x00\x01", b'{"a": 1}']
)
def test_what_is_no_feed_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable):
        feeds.parse(data)


def test_s14_an_entity_never_reads_a_file() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'

    draft = one(RSS.replace("?>", "?>" + doctype, 1), "<title>a&secret;b</title>")

    assert draft.title in ("ab", "a&secret;b")


@needs_shared_data
@pytest.mark.parametrize("name", ["feedparser", "feedvalidator", "gofeed", "real"])
def test_every_feed_of_the_corpus_ends_soon_and_the_well_formed_ones_give_every_item(name: str) -> None:
    wrong, known = [], {"rss/must/rss10_contentItems.xml", "rss11/must/neg-anyarss.xml"}
    started = time.process_time()

    for row, data in cases(f"feeds/{name}"):
        try:
            found = len(list(feeds.parse(data, "https://sea.example/feed").drafts))
        except Unreadable:
            found = 0
        if row["well_formed"] and found != row["items"]:
            wrong.append(row["file"])

    assert set(wrong) <= known
    assert time.process_time() - started < 30
