import gzip
import pickle
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from htmxnews.intake import dates, feeds
from htmxnews.intake.clean import plain
from htmxnews.intake.draft import StoryDraft, Unreadable
from htmxnews.intake.reading import Source

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
    assert dates.read(draft.published) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
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

    assert dates.read(draft.published) == datetime(2025, 1, 9, tzinfo=UTC)


def test_a_date_that_can_be_read_is_taken_before_one_that_cannot() -> None:
    draft = one(RSS, "<title>T</title><pubDate>soon</pubDate><dc:date>2025-01-09</dc:date>")

    assert draft.published == "2025-01-09"


def test_s18_a_date_without_a_zone_is_one_of_the_sites_as_in_every_other_format() -> None:
    assert one(RSS, "<title>T</title><pubDate>2025-01-09 12:00</pubDate>").published == "2025-01-09 12:00"


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


def test_a_picture_without_a_body_is_resolved_against_the_base_of_its_item() -> None:
    picture = '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="a.jpg" medium="image"/>'
    draft = one(ATOM.replace("<entry>", '<entry xml:base="dir/">'), f"<id>1</id><title>T</title>{picture}")

    assert draft.picture
    assert draft.picture.url == "https://sea.example/dir/a.jpg"


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
    assert dates.read(draft.published) == datetime(2026, 1, 1, 18, 4, 5, tzinfo=UTC)


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


def test_s14_a_document_type_that_brings_entities_is_refused() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'

    with pytest.raises(Unreadable, match="document type"):
        one(RSS.replace("?>", "?>" + doctype, 1), "<title>a&secret;b</title>")


def test_s14_words_that_a_document_type_names_are_put_in_as_words() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY site "Harbour &#60;b&#62;"> <!-- old --> <!ENTITY nbsp "&#160;">]>'

    draft = one(RSS.replace("?>", "?>" + doctype, 1), "<title>The&nbsp;&site; <![CDATA[&site;]]></title>")

    assert draft.title == "The\xa0Harbour <b> &site;"


def test_a_recording_is_not_lost() -> None:
    draft = one(
        RSS,
        "<title>T</title><description>About tides.</description>"
        '<enclosure url="/a.mp3?x=1&amp;y=2" type="audio/mpeg" length="9"/><enclosure url="/a.ogg" type=""/>'
        '<enclosure url="/notes.pdf" type="application/pdf"/>',
    )

    assert draft.body == (
        "About tides.\n"
        '<p><audio src="https://sea.example/a.mp3?x=1&amp;y=2" title="MP3"></audio></p>\n'
        '<p><audio src="https://sea.example/a.ogg" title="OGG"></audio></p>\n'
        '<p><a href="https://sea.example/notes.pdf">notes.pdf</a></p>'
    )


def test_a_recording_that_the_text_shows_is_shown_once() -> None:
    body = "&lt;audio src='https://sea.example/a.mp3'&gt;&lt;/audio&gt;"

    draft = one(
        RSS,
        f"<title>T</title><description>{body}</description>"
        '<enclosure url="https://sea.example/a.mp3" type="audio/mpeg"/>',
    )

    assert draft.body == "<audio src='https://sea.example/a.mp3'></audio>"


def test_plain_text_with_a_recording_stays_plain_text() -> None:
    draft = one(
        ATOM,
        "<id>1</id><summary>a &lt; b\n\nc</summary><link rel='enclosure' href='/a.mp4' type='video/mp4'/>",
    )

    assert draft.body_kind == "html"
    assert draft.body.startswith("<p>a &lt; b</p>\n<p>c</p>\n<p><video src=")


def test_of_a_film_in_many_sizes_one_is_shown_with_its_title() -> None:
    draft = one(
        RSS,
        "<title>T</title><description>Text.</description><media:group><media:title>The quay</media:title>"
        '<media:content url="/small.mp4" type="video/mp4"/>'
        '<media:content url="/large.mp4" type="video/mp4" isDefault="true"/></media:group>',
    )

    assert draft.title == "T"
    assert draft.body == 'Text.\n<p><video src="https://sea.example/large.mp4" title="The quay"></video></p>'


def test_a_player_is_shown_where_there_is_no_film() -> None:
    draft = one(RSS, '<title>T</title><media:player url="https://v.example/1"/>')

    assert '<video src="https://v.example/1"' in draft.body


def test_several_pictures_keep_their_own_words() -> None:
    draft = one(
        RSS,
        "<title>T</title><description>Text.</description>"
        '<media:content url="https://0.gravatar.com/avatar/1" medium="image"/>'
        '<media:content url="/a.jpg" medium="image"><media:description type="plain">Dawn</media:description>'
        "<media:credit role='photographer'>Ann</media:credit></media:content>"
        '<media:content url="/b.jpg" medium="image"><media:description>Noon</media:description>'
        "<media:credit>Bo</media:credit></media:content>"
        '<media:content url="/c.jpg" medium="image"/>',
    )

    assert draft.picture and draft.picture.url == "https://sea.example/a.jpg"
    assert (draft.picture.caption, draft.picture.credit) == ("Dawn", "Ann")
    assert draft.body == (
        'Text.\n<figure><img src="https://sea.example/b.jpg" alt=""><figcaption>Noon</figcaption></figure>\n'
        '<figure><img src="https://sea.example/c.jpg" alt=""></figure>'
    )


@pytest.mark.parametrize(
    "item",
    ["<image>https://sea.example/a.png</image>", "<image><url>https://sea.example/a.png</url></image>"],
)
def test_a_picture_of_an_item_is_found_though_no_standard_knows_it(item: str) -> None:
    draft = one(RSS, f"<title>T</title>{item}")

    assert draft.picture and draft.picture.url == "https://sea.example/a.png"


def test_a_podcast_says_its_words_and_authors_once() -> None:
    feed = RSS.replace("<rss ", '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ')

    draft = one(
        feed,
        "<title>T</title><description>&lt;p&gt;All of it.&lt;/p&gt;</description><author>Ines Mar</author>"
        "<itunes:author>Harbour Radio</itunes:author><itunes:summary>All of it. ...</itunes:summary>"
        "<itunes:keywords>tide, quay</itunes:keywords>",
    )

    assert (draft.body, draft.authors, draft.tags) == ("<p>All of it.</p>", ("Ines Mar",), ("tide", "quay"))
    assert one(feed, "<itunes:author>Radio</itunes:author>").authors == ("Radio",)
    assert one(feed, "<itunes:summary>Words.</itunes:summary>").body == "Words."


def test_an_item_hands_its_base_on_to_no_other() -> None:
    feed = RSS.replace("<item>{item}</item>", "{item}")

    items = '<item xml:base="/first/"><link>x</link></item><item><link>x</link></item>'

    parsed = feeds.parse(feed.replace("{item}", items).encode(), "https://sea.example/feed")

    assert [draft.url for draft in parsed.drafts] == ["https://sea.example/first/x", "https://sea.example/x"]


def test_the_page_of_an_entry_is_none_of_its_other_links() -> None:
    draft = one(
        ATOM,
        "<id>urn:1</id><link rel='enclosure' href='/a.mp3'/><link rel='replies' href='/r'/>"
        "<link rel='alternate' type='text/html' href='/page'/><link rel='alternate' href='/other'/>",
    )

    assert draft.url == "https://sea.example/page"


def test_an_entry_without_an_author_has_that_of_its_source() -> None:
    draft = one(ATOM, "<id>1</id><source><author><name>Ann</name></author></source>")

    assert draft.authors == ("Ann",)


def test_markup_of_a_feed_ends_no_element_that_has_no_end() -> None:
    xhtml = '<div xmlns="http://www.w3.org/1999/xhtml">a<br/>b<img src="c.png"/></div>'

    draft = one(ATOM, f"<id>1</id><content type='xhtml'>{xhtml}</content>")

    assert draft.body == 'a<br>b<img src="c.png">'


@pytest.mark.parametrize(
    "data",
    [
        b"<CHANNEL><TITLE>T</TITLE><ITEM HREF='https://sea.example/1'><TITLE>Tide</TITLE></ITEM></CHANNEL>",
        b'<Channel xmlns="http://purl.org/net/rss1.1#" xmlns:r="http://purl.org/net/rss1.1#"><title>T</title>'
        b"<items><item><title>Tide</title></item></items></Channel>",
        b"<rss version='0.91'><channel><title>T</title><item><title>Tide</title></item></channel></rss>",
        b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        b"<channel><title>T</title></channel><item><title>Tide</title></item></r:RDF>",
        b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title>'
        b"<a:entry><a:title>Tide</a:title></a:entry></a:feed>",
    ],
    ids=["CDF", "RSS 1.1", "RSS 0.91", "RSS 1.0", "Atom with a prefix"],
)
def test_every_old_and_odd_form_is_read(data: bytes) -> None:
    parsed = feeds.parse(data)

    assert parsed.source_name == "T"
    assert [draft.title for draft in parsed.drafts] == ["Tide"]


def test_a_feed_without_items_is_a_feed() -> None:
    assert list(feeds.parse(b"<CHANNEL><ABSTRACT>x</ABSTRACT></CHANNEL>").drafts) == []


LONG = "".join(
    f"<item><title>Tide {n}</title><guid>{n}</guid><description>{'word ' * 400}</description></item>"
    for n in range(600)
)


def test_a_large_feed_is_read_in_pieces_with_all_that_stands_around_its_items() -> None:
    feed = RSS.replace("<item>{item}</item>", LONG + "<managingEditor>x</managingEditor>").replace(
        "<title>Harbour &amp; Sea</title>", ""
    )
    feed = feed.replace("</channel>", "<title>Told last</title></channel>")

    parsed = feeds.parse(feed.encode(), "https://sea.example/feed")
    drafts = list(parsed.drafts)

    assert (parsed.source_name, parsed.total) == ("Told last", 600)
    assert [draft.key for draft in drafts] == [str(number) for number in range(600)]
    assert parsed.warnings == []


def test_a_fault_in_a_large_feed_costs_nothing_but_its_item() -> None:
    broken = LONG.replace("Tide 300</title>", "Tide & <b>300</title>")

    parsed = feeds.parse(RSS.replace("<item>{item}</item>", broken).encode())
    drafts = list(parsed.drafts)

    assert len(drafts) == 600
    assert [drafts[300].title, drafts[301].title] == ["Tide & 300", "Tide 301"]
    assert parsed.warnings == ["1 of its items are not well-formed XML; what can be read of them was taken"]


@pytest.mark.parametrize("kind", ["bytes", "path", "file", "packed"])
def test_a_feed_is_read_from_whatever_holds_it(tmp_path: Path, kind: str) -> None:
    data = RSS.replace("{item}", "<title>Tide</title>").encode()
    path = tmp_path / "feed"
    path.write_bytes(gzip.compress(data) if kind == "packed" else data)

    with path.open("rb") as file:
        source: Source = data if kind == "bytes" else file if kind == "file" else path
        drafts = list(feeds.parse(source).drafts)

    assert [draft.title for draft in drafts] == ["Tide"]


def test_the_encoding_of_the_answer_is_heard() -> None:
    data = "<rss><channel><item><title>바다와 항구</title></item></channel></rss>".encode("euc-kr")

    [draft] = feeds.parse(data, content_type="text/xml; charset=EUC-KR").drafts

    assert draft.title == "바다와 항구"


def test_drafts_can_be_sent_to_another_process() -> None:
    draft = one(
        RSS, '<title>T</title><enclosure url="/a.mp3" type="audio/mpeg"/><media:thumbnail url="/a.png"/>'
    )

    assert pickle.loads(pickle.dumps(draft)) == draft  # noqa: S301 (our own)


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("<ttl>90</ttl>", 1.5),
        ("<ttl> 60 </ttl><sy:updatePeriod>daily</sy:updatePeriod>", 1),
        ("<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 0.5),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 168),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 24),
        ("<ttl>soon</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<sy:updatePeriod>at times</sy:updatePeriod>", None),
        ("", None),
    ],
)
def test_a_feed_says_how_long_it_wants_to_be_left_alone(said: str, hours: float | None) -> None:
    space = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    item = "<item><title>T</title></item>"
    feed = f"<rss version='2.0' {space}><channel><title>T</title>{said}{item}</channel></rss>"

    assert feeds.parse(feed.encode()).ttl == (None if hours is None else timedelta(hours=hours))


@pytest.mark.parametrize(
    "link", ["<link></link>", "<link/>", "<link><![CDATA[ ]]></link>", "<link>\n</link >"]
)
def test_an_empty_link_leaves_the_permanent_one_in_its_place(link: str) -> None:
    draft = one(RSS, f"<title>T</title>{link}<guid isPermaLink='true'>https://sea.example/7</guid>")

    assert (draft.key, draft.url) == ("https://sea.example/7", "https://sea.example/7")


@pytest.mark.parametrize(
    "long",
    [
        "<author>{}</author>".format("a" * 200_000),
        "<author><![CDATA[<{}]]></author>".format("a@" * 100_000),
        "<dc:creator>{}</dc:creator>".format("@" * 200_000),
        "<it:keywords xmlns:it='http://www.itunes.com/dtds/podcast-1.0.dtd'>{}</it:keywords>".format(
            ",".join(map(str, range(30_000)))
        ),
    ],
    ids=["letters", "mailboxes", "signs", "keywords"],
)
def test_s14_no_name_takes_longer_than_its_length(long: str) -> None:
    def seconds(item: str) -> float:
        start = time.process_time()
        assert one(RSS, f"<title>T</title>{item}").title == "T"
        return time.process_time() - start

    floor = seconds(f"<description>{'a ' * 100_000}</description>")

    assert seconds(long) < 10 * floor + 0.5


def test_what_another_vocabulary_calls_an_item_is_a_part_of_the_item() -> None:
    draft = one(
        RSS,
        "<title>T</title><g:item xmlns:g='urn:shop'><g:x>1</g:x></g:item><description>D</description>",
    )

    assert (draft.title, draft.body) == ("T", "D")


def test_an_item_of_rss_1_leads_to_what_it_is_about() -> None:
    feed = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<item rdf:about="https://sea.example/1"><title>T</title></item></rdf:RDF>'
    )

    draft = one(feed, "")

    assert (draft.key, draft.url) == ("https://sea.example/1", "https://sea.example/1")


def test_an_id_that_is_said_to_be_no_link_leads_nowhere() -> None:
    draft = one(RSS, '<title>T</title><guid isPermaLink="false">https://sea.example/?p=1</guid>')

    assert draft.url is None


@pytest.mark.parametrize("tag", ["uri", "url"])
def test_the_page_of_an_author_is_no_picture(tag: str) -> None:
    person = f"<name>Ann</name><{tag}>https://sea.example/ann</{tag}>"
    body = "<content type='html'>&lt;img src='/a.jpg'&gt;</content>"

    draft = one(ATOM, f"<id>1</id><author>{person}</author><contributor>{person}</contributor>{body}")

    assert draft.authors == ("Ann",)
    assert draft.picture and draft.picture.url == "https://sea.example/a.jpg"


def test_a_picture_of_an_item_hands_its_title_and_link_to_nothing_else() -> None:
    image = "<image><title>Logo</title><link>/logo</link><url>https://sea.example/a.png</url></image>"

    draft = one(RSS, f"{image}<title>T</title><link>/1</link>")

    assert (draft.title, draft.url) == ("T", "https://sea.example/1")
    assert draft.picture and draft.picture.url == "https://sea.example/a.png"


@pytest.mark.parametrize("empty", ["<p></p>", "<div class='x'>&nbsp;<br/></div>", "<!-- none -->", " "])
def test_a_whole_text_that_says_nothing_does_not_hide_the_summary(empty: str) -> None:
    content = f"<content:encoded><![CDATA[{empty}]]></content:encoded>"

    draft = one(RSS, f"<title>T</title><description>All of it.</description>{content}")

    assert draft.body == "All of it."


def test_a_whole_text_that_only_shows_something_is_the_text() -> None:
    content = "<content:encoded><![CDATA[<p><img src='/a.png'></p>]]></content:encoded>"

    draft = one(RSS, f"<title>T</title><description>Short.</description>{content}")

    assert draft.body == "<p><img src='/a.png'></p>"


@pytest.mark.parametrize("name", ["yandex:full-text", "turbo:content", "full-text", "fulltext"])
def test_the_whole_text_is_found_under_its_other_names(name: str) -> None:
    spaces = 'xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru"'
    feed = RSS.replace("<rss ", f"<rss {spaces} ")

    draft = one(feed, f"<title>T</title><description>Short.</description><{name}>All of it.</{name}>")

    assert (draft.body, draft.summary) == ("All of it.", "Short.")


def test_the_base_of_a_division_holds_for_its_text() -> None:
    division = '<div xmlns="http://www.w3.org/1999/xhtml" xml:base="deep/"><img src="a.png"/></div>'

    alone = one(ATOM, f"<id>1</id><content type='xhtml'>{division}</content>")
    within = one(ATOM, f"<id>1</id><content type='xhtml' xml:base='https://o.example/'>{division}</content>")

    assert alone.base_url == "https://sea.example/deep/"
    assert within.base_url == "https://o.example/deep/"
    assert within.picture and within.picture.url == "https://o.example/deep/a.png"


def test_an_id_is_as_it_was_written_whatever_the_base() -> None:
    item = '<guid isPermaLink="true">seven</guid><title>T</title>'

    based = one(RSS.replace("<item>", '<item xml:base="/first/">'), item)

    assert (one(RSS, item).key, based.key, one(ATOM, "<id>seven</id>").key) == ("seven",) * 3


def test_a_summary_that_repeats_the_text_of_xhtml_is_none() -> None:
    division = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Tide.</p><img src="a.png"/></div>'

    assert one(ATOM, f"<id>1</id><content type='xhtml'>{division}</content>").summary == ""


@pytest.mark.parametrize(
    "space",
    ["http://www.w3.org/1999/xhtml", "http://search.yahoo.com/mrss/", "http://purl.org/dc/elements/1.1/"],
)
def test_a_vocabulary_that_the_root_names_for_itself_hides_no_items(space: str) -> None:
    feed = RSS.replace("<rss ", f"<rss xmlns='{space}' ")

    parsed = feeds.parse(feed.replace("{item}", "<title>Tide</title>").encode())

    assert [draft.title for draft in parsed.drafts] == ["Tide"]
    assert parsed.source_name == "Harbour & Sea"


def test_items_that_the_parser_does_not_know_are_refused_and_told() -> None:
    feed = RSS.replace("<channel>", "<channel xmlns='http://www.w3.org/1999/xhtml'>")

    parsed = feeds.parse(feed.replace("{item}", "<title>Tide</title>").encode())

    assert list(parsed.drafts) == []
    assert (parsed.refused, parsed.warnings) == (1, ["1 of its items cannot be read"])


def test_the_page_itself_is_linked_and_not_the_counter_before_it() -> None:
    feed = RSS.replace("<rss ", '<rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" ')
    link = "<link>https://counter.example/~r/1</link>"

    draft = one(feed, f"{link}<feedburner:origLink>https://sea.example/1</feedburner:origLink>")

    assert draft.url == "https://sea.example/1"


def test_the_subtitle_of_an_episode_is_its_text_where_there_is_no_other() -> None:
    feed = RSS.replace("<rss ", '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ')
    subtitle = "<itunes:subtitle>Words.</itunes:subtitle>"

    assert one(feed, subtitle).body == "Words."
    assert one(feed, f"{subtitle}<description>D.</description>").body == "D."


@pytest.mark.parametrize(
    "hostile",
    [
        "<image>",
        "<image><a>",
        "<content type='xhtml' ",
        "<content> ",
        "<content xml:base='x'><div xml:base=",
        "<rss xmlns ",
        "<rdf:li resource='a' ",
        "<rdf:value><content:item>",
    ],
)
def test_s14_marks_that_are_looked_for_cost_no_more_than_their_length(hostile: str) -> None:
    section = f"<![CDATA[{hostile * (1_000_000 // len(hostile))}]]>"
    started = time.process_time()

    assert one(RSS, f"<title>T</title><description>xml:base {section}</description>").title == "T"

    assert time.process_time() - started < 3


def test_a_face_is_no_picture_of_a_story() -> None:
    face = '<media:thumbnail url="https://faces.example/1.png" width="30" height="30"/>'
    quay = '<media:thumbnail url="https://sea.example/a.png" width="480"/>'

    assert one(RSS, f"<title>T</title>{face}").picture is None
    draft = one(RSS, f"<title>T</title>{face}{quay}")
    assert draft.picture and draft.picture.url == "https://sea.example/a.png"


def test_an_item_without_a_text_is_in_the_language_of_its_title() -> None:
    assert one(RSS.replace("<item>", '<item xml:lang="ko">'), "<title>T</title>").lang == "ko"


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:taxo="http://purl.org/rss/1.0/modules/taxonomy/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title></channel>
<item rdf:about="http://a.example/1"><title>One</title><description>Short</description>{item}</item></rdf:RDF>"""


def test_subjects_creators_and_topics_may_be_lists() -> None:
    draft = one(
        RDF,
        "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>wind</rdf:li></rdf:Bag></dc:subject>"
        "<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li><rdf:li>Bo</rdf:li></rdf:Seq></dc:creator>"
        "<taxo:topics><rdf:Bag><rdf:li rdf:resource='http://dir.example/Sea/Old_ships/'/>"
        "<rdf:li resource='http://dir.example/taxo/?c=23'/><rdf:li resource='http://[/x'/></rdf:Bag>"
        "</taxo:topics><dc:subject>air</dc:subject>",
    )

    assert draft.tags == ("sea", "wind", "Old ships", "air")
    assert draft.authors == ("Ada", "Bo")


def test_the_whole_text_may_be_one_of_several_contents() -> None:
    contents = (
        "<content:items><rdf:Bag><rdf:li><content:item><content:format rdf:resource='http://www.w3.org/1999/xhtml'/>"
        "<rdf:value{}>{}</rdf:value></content:item></rdf:li></rdf:Bag></content:items>"
    )
    literal = contents.format(" rdf:parseType='Literal'", "<p>All of <em>it</em></p>")
    section = contents.format("", "<![CDATA[<p>All of <em>it</em></p>]]>")

    for told in (literal, section):
        draft = one(RDF, told)
        assert (draft.body, draft.summary) == ("<p>All of <em>it</em></p>", "Short")


def test_a_section_within_a_section_is_no_part_of_the_words() -> None:
    twice = "<![CDATA[<![CDATA[{}]]]]><![CDATA[>]]>"
    item = (
        f"<title>{twice.format('Tide')}</title><description>{twice.format('<p>All of it.</p>')}</description>"
    )
    draft = one(RSS, item)
    astray = one(RSS, "<title>T</title><description><![CDATA[<p>a <![CDATA[b]]> c</p>]]></description>")

    assert (draft.title, draft.body) == ("Tide", "<p>All of it.</p>")
    assert plain(astray.body).split() == ["a", "b", "c"]


def test_plain_text_that_names_a_tag_stays_plain() -> None:
    named = one(ATOM, "<content type='text'>Use &lt;div&gt;\n\nor not</content>")
    marked = one(ATOM, "<content type='text'>Use &lt;b&gt;it&lt;/b&gt;</content>")

    assert (named.body_kind, named.body) == ("text", "Use <div>\n\nor not")
    assert marked.body_kind == "html"


def test_an_address_behind_its_element_is_the_link() -> None:
    assert (
        one(RSS, "<title>T</title><link/>https://sea.example/a\n<guid>x</guid>").url
        == "https://sea.example/a"
    )


def test_s15_drafts_and_what_is_no_post_in_an_export_of_blogger_are_left_out_and_told() -> None:
    kind = "<category term='http://schemas.google.com/blogger/2008/kind#{}'/>".format
    draft = "<app:control xmlns:app='http://www.w3.org/2007/app'><app:draft>yes</app:draft></app:control>"
    newer = "<blogger:{0} xmlns:blogger='http://schemas.google.com/blogger/2018'>{1}</blogger:{0}>".format
    entries = (
        kind("settings"),
        kind("comment"),
        kind("post") + draft,
        newer("type", "PAGE"),
        newer("status", "DRAFT"),
        kind("post") + "<title>Shown</title>",
        newer("type", "POST") + "<title>Shown too</title>",
    )
    parsed = feeds.parse(ATOM.replace("{item}", "</entry><entry>".join(entries)).encode())

    assert [draft.title for draft in parsed.drafts] == ["Shown", "Shown too"]
    assert (parsed.skipped, parsed.refused) == (5, 0)
    assert parsed.warnings == ["only published posts become stories; left out: 5 other entries"]


def test_a_small_thumbnail_leads_only_where_there_is_nothing_larger() -> None:
    thumbnail = "<media:thumbnail url='https://sea.example/s72.jpg' width='72'/>"
    shown = "<description>&lt;img src='/s320.jpg'&gt;</description>"

    with_larger, alone = one(RSS, thumbnail + shown), one(RSS, thumbnail)

    assert with_larger.picture and with_larger.picture.url == "https://sea.example/s320.jpg"
    assert alone.picture and alone.picture.url == "https://sea.example/s72.jpg"


def test_an_id_that_is_a_path_leads_there() -> None:
    assert one(RSS, "<title>T</title><guid>/posts/1</guid>").url == "https://sea.example/posts/1"


@pytest.mark.parametrize("space", ["a b c d e", "a\u00a0b\u2003c\u3000d", "\n\thttp://x.example/ "])
def test_a_vocabulary_whose_name_holds_spaces_costs_nothing(space: str) -> None:
    item = f'<title>T</title><x:y xmlns:x="{space}">z</x:y><description>Low tide</description>'

    assert one(RSS, item).body == "Low tide"
    assert one(RSS.replace("<channel>", f'<channel xmlns:x="{space}">'), item).title == "T"


def test_an_element_over_which_the_parser_stumbles_costs_nothing_else() -> None:
    place = "<gml:Polygon xmlns:gml='http://www.opengis.net/gml'><gml:posList>1 x</gml:posList></gml:Polygon>"
    for fault in (place, "<comments></link></comments>", "<textinput><description>d</description>"):
        parsed = feeds.parse(
            RSS.replace("{item}", f"{fault}<title>A</title></item><item><title>B</title>").encode()
        )

        assert [draft.title for draft in parsed.drafts] == ["A", "B"]
        assert parsed.refused == 0


def test_an_end_that_is_misspelt_before_the_items_costs_none() -> None:
    feed = RSS.replace("</title>", "</titel>", 1).replace("{item}", "<title>A</title>")
    parsed = feeds.parse(feed.encode())

    assert [draft.title for draft in parsed.drafts] == ["A"]
    assert parsed.source_name.startswith("Harbour & Sea")
