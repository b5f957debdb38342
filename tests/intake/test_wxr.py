import gzip
from pathlib import Path
from secrets import token_hex

import pytest
from shared import cases, needs_shared_data

from htmxnews.intake import wxr
from htmxnews.intake.draft import Parsed, StoryDraft, Unreadable

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel>
<title>Harbour</title><link>https://old.example</link><language>en-GB</language>
<wp:author><wp:author_login>ines</wp:author_login>
<wp:author_display_name>Ines Mar</wp:author_display_name></wp:author>
{items}
</channel></rss>"""
POST = """<item><title>Tide &amp; time</title><link>https://old.example/2020/05/tide/</link>
<pubDate>Fri, 01 May 2020 10:00:00 +0000</pubDate><dc:creator>ines</dc:creator>
<guid isPermaLink="false">https://old.example/?p=7</guid>
<content:encoded><![CDATA[First.

Second.]]></content:encoded><excerpt:encoded><![CDATA[Short.]]></excerpt:encoded>
<wp:post_id>7</wp:post_id>
<wp:post_date_gmt>2020-05-01 09:30:00</wp:post_date_gmt><wp:post_name>tide</wp:post_name>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:is_sticky>0</wp:is_sticky>
<category domain="category" nicename="u">Uncategorized</category>
<category domain="category" nicename="sea">Sea</category>
<category domain="category" nicename="ports">Ports</category>
<category domain="post_tag" nicename="ships">Ships</category>
{more}</item>"""
PICTURE = """<item><title>quay</title><wp:post_id>9</wp:post_id><wp:post_type>attachment</wp:post_type>
<wp:status>inherit</wp:status><wp:attachment_url>https://old.example/quay.jpg</wp:attachment_url>
<excerpt:encoded>The quay at noon</excerpt:encoded>
<wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key>
<wp:meta_value>A quay</wp:meta_value></wp:postmeta></item>"""
THUMBNAIL = (
    "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>"
)


def read(tmp_path: Path, items: str) -> tuple[list[StoryDraft], Parsed]:
    path = tmp_path / "export.xml"
    path.write_text(EXPORT.replace("{items}", items))
    parsed = wxr.parse(path)
    return list(parsed.drafts), parsed


def test_a_published_post_becomes_a_draft_with_all_that_it_says(tmp_path: Path) -> None:
    [draft], parsed = read(tmp_path, POST.replace("{more}", THUMBNAIL) + PICTURE)

    assert (parsed.source_name, parsed.site_url, parsed.lang) == ("Harbour", "https://old.example", "en-GB")
    assert (draft.key, draft.slug, draft.title) == ("https://old.example/?p=7", "tide", "Tide & time")
    assert (draft.summary, draft.authors, draft.published) == (
        "Short.",
        ("Ines Mar",),
        "2020-05-01 09:30:00Z",
    )
    assert (draft.category, draft.tags) == ("Sea", ("Ships", "Ports"))
    assert draft.body == "<p>First.</p>\n<p>Second.</p>"
    assert draft.old_addresses == ("/2020/05/tide/", "/?p=7")
    assert draft.picture and draft.picture.url == "https://old.example/quay.jpg"
    assert (draft.picture.alt, draft.picture.caption) == ("A quay", "The quay at noon")


@pytest.mark.parametrize(
    ("what", "instead"),
    [("publish</wp:status>", "draft</wp:status>"), (">post</wp:post_type>", ">page</wp:post_type>")],
)
def test_s15_only_published_posts_become_stories(tmp_path: Path, what: str, instead: str) -> None:
    drafts, parsed = read(tmp_path, POST.replace(what, instead) + PICTURE)

    assert drafts == []
    assert parsed.skipped == 2
    assert "left out: " in parsed.warnings[0]


def test_a_post_behind_a_password_shows_its_title_only(tmp_path: Path) -> None:
    [draft], parsed = read(tmp_path, POST.replace("{more}", "<wp:post_password>enter</wp:post_password>"))

    assert (draft.title, draft.body, draft.summary) == ("Tide & time", "", "")
    assert "protected by a password" in parsed.warnings[0]


@pytest.mark.parametrize("packed", [False, True])
def test_an_export_that_is_cut_off_gives_what_is_whole_and_says_so(tmp_path: Path, packed: bool) -> None:
    posts = "".join(POST.replace("?p=7", f"?p={n}").replace("{more}", token_hex(900)) for n in range(30))
    data = EXPORT.replace("{items}", posts).encode()
    path = tmp_path / "export.xml"
    path.write_bytes(gzip.compress(data)[:-4_000] if packed else data[: -len(POST) - 1_900])

    parsed = wxr.parse(path)
    drafts = list(parsed.drafts)

    assert 20 <= len(drafts) < 30
    assert parsed.refused == 1
    assert parsed.warnings[0].startswith("it is damaged (")


def test_an_item_that_does_not_say_what_it_is_is_left_out_and_told(tmp_path: Path) -> None:
    drafts, parsed = read(tmp_path, POST + "<item><title>Page</title></item>")

    assert (len(drafts), parsed.refused, parsed.skipped) == (1, 0, 1)
    assert parsed.warnings == ["only published posts become stories; left out: 1 item of no type"]


def test_a_zero_date_falls_back_on_the_publication_date(tmp_path: Path) -> None:
    [draft], _ = read(tmp_path, POST.replace("2020-05-01 09:30:00", "0000-00-00 00:00:00"))

    assert draft.published == "Fri, 01 May 2020 10:00:00 +0000"


def test_s14_entities_of_an_export_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET")
    doctype = f'<!DOCTYPE rss [<!ENTITY s SYSTEM "file://{secret}">]>'
    path.write_text(
        EXPORT.replace("?>", "?>" + doctype, 1).replace("{items}", POST.replace("First.", "]]>&s;<![CDATA["))
    )

    drafts = list(wxr.parse(path).drafts)

    assert "TOP SECRET" not in repr(drafts)


def test_what_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(b"\x00\x01 not xml")

    with pytest.raises(Unreadable):
        wxr.parse(path)


@needs_shared_data
def test_every_export_of_the_corpus_gives_the_posts_of_its_index(tmp_path: Path) -> None:
    path, checked = tmp_path / "export.xml", 0

    for row, data in cases("wxr/wxr"):
        if row["well_formed"]:
            path.write_bytes(data)
            parsed = wxr.parse(path)
            drafts = list(parsed.drafts)
            assert len(drafts) == row["by_type_status"].get("post/publish", 0), row["file"]
            assert len(drafts) + parsed.skipped == row["items"], row["file"]
            checked += 1

    assert checked == 26
