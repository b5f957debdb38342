import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from shared import cases, needs_shared_data

from htmxnews.intake import dates, wxr
from htmxnews.intake.clean import plain
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
    assert parsed.total == 1
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


def test_a_date_that_is_none_falls_back_on_the_local_one(tmp_path: Path) -> None:
    post = POST.replace("2020-05-01 09:30:00", "0000-00-00 00:00:00")
    post = post.replace("Fri, 01 May 2020 10:00:00 +0000", "Mon, 30 Nov -0001 00:00:00 +0000")
    local = "<wp:post_date>2020-05-01 18:30:00</wp:post_date>"

    [draft], _ = read(tmp_path, post.replace("{more}", local))

    assert draft.published == "2020-05-01 18:30:00"


def test_s14_an_export_that_brings_entities_is_refused(tmp_path: Path) -> None:
    doctype = f'<!DOCTYPE rss [<!ENTITY s SYSTEM "file://{tmp_path}">]>'

    with pytest.raises(Unreadable, match="document type"):
        wxr.parse(EXPORT.replace("?>", "?>" + doctype, 1).encode())


def test_a_gallery_shows_its_pictures_and_a_bare_one_those_of_the_post(tmp_path: Path) -> None:
    child = PICTURE.replace(">9<", ">10<").replace("quay.jpg", "dusk.jpg").replace("noon", "dusk")
    child = child.replace("</item>", "<wp:post_parent>7</wp:post_parent></item>")
    chosen = POST.replace("First.", '[gallery ids="9,11"]').replace("?p=7", "?p=8").replace(">7<", ">8<")

    drafts, _ = read(tmp_path, POST.replace("First.", "[gallery]") + chosen + PICTURE + child)

    figure = '<figure><img src="https://old.example/{}.jpg" alt="A quay"><figcaption>{}</figcaption></figure>'
    assert [figure.format("dusk", "The quay at dusk") in draft.body for draft in drafts] == [True, False]
    assert [figure.format("quay", "The quay at noon") in draft.body for draft in drafts] == [False, True]


def test_an_episode_of_a_podcast_is_not_lost(tmp_path: Path) -> None:
    value = "<wp:meta_value>https://old.example/a.mp3\n211\naudio/mpeg\na:1:{}</wp:meta_value>"
    meta = f"<wp:postmeta><wp:meta_key>enclosure</wp:meta_key>{value}</wp:postmeta>"

    [draft], _ = read(tmp_path, POST.replace("{more}", meta))

    assert draft.body.endswith('<p><audio src="https://old.example/a.mp3" title=""></audio></p>')


@pytest.mark.parametrize(
    ("link", "places"),
    [
        ("https://old.example/2020/05/tide/", ("/2020/05/tide/", "/2020/05/ebb/", "/2020/05/밀물/", "/?p=7")),
        ("https://old.example/archives/123", ("/archives/123", "/?p=7")),
        ("https://old.example/?p=7", ("/?p=7",)),
        ("https://old.example/sea/tide.html", ("/sea/tide.html", "/?p=7")),
        ("https://old.example/index.php/tide/tide/", ("/index.php/tide/tide/", "/index.php/tide/ebb/")),
    ],
)
def test_every_address_that_a_post_had_leads_on(tmp_path: Path, link: str, places: tuple[str, ...]) -> None:
    old = (
        "<wp:postmeta><wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>{}</wp:meta_value></wp:postmeta>"
    )
    metas = old.format("ebb") + old.format("%EB%B0%80%EB%AC%BC")

    [draft], _ = read(
        tmp_path, POST.replace("https://old.example/2020/05/tide/", link).replace("{more}", metas)
    )

    assert draft.old_addresses[: len(places)] == places
    assert draft.old_addresses[-1] == "/?p=7"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        (
            "<wp:author_login>ines</wp:author_login><wp:author_display_name>Ines</wp:author_display_name>",
            "Ines",
        ),
        (
            "<wp:author_login>ines</wp:author_login><wp:author_first_name>Ines</wp:author_first_name>"
            "<wp:author_last_name>Mar</wp:author_last_name>",
            "Ines Mar",
        ),
        ("", "ines"),
    ],
)
def test_an_author_has_the_name_that_readers_know(author: str, name: str) -> None:
    start, _, rest = EXPORT.partition("<wp:author>")
    export = f"{start}<wp:author>{author}</wp:author>{rest.partition('</wp:author>')[2]}"

    [draft] = wxr.parse(export.replace("{items}", POST).encode()).drafts

    assert draft.authors == (name,)


def test_an_export_of_wordpress_com_names_its_authors_too() -> None:
    export = EXPORT.replace("wp:author>", "wp:wp_author>").replace("{items}", POST)

    [draft] = wxr.parse(export.encode()).drafts

    assert draft.authors == ("Ines Mar",)


def test_a_mailbox_is_no_name() -> None:
    [draft] = wxr.parse(
        EXPORT.replace("{items}", POST.replace(">ines<", ">ines@sea.example<")).encode()
    ).drafts

    assert draft.authors == ("ines",)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "9.9"])
def test_every_version_is_read(version: str) -> None:
    [draft] = wxr.parse(EXPORT.replace("/1.2/", f"/{version}/").replace("{items}", POST).encode()).drafts

    assert (draft.title, draft.slug, draft.summary) == ("Tide & time", "tide", "Short.")


@pytest.mark.parametrize(
    "fault", ["R & D", "Caf&eacute;", "a \x0b b", "a <br> b", "</b>", "<x:y>z</x:y>", "1 < 2", "<b c=d>e</b>"]
)
def test_a_fault_in_an_export_costs_no_post(tmp_path: Path, fault: str) -> None:
    first, second = POST.replace("{more}", f"<x>{fault}</x>"), POST.replace("?p=7", "?p=8")

    drafts, parsed = read(tmp_path, first + second)

    assert [draft.title for draft in drafts] == ["Tide & time"] * 2
    assert [draft.tags for draft in drafts] == [("Ships", "Ports")] * 2
    assert parsed.refused == 0


def test_sections_may_be_split_and_hold_each_other(tmp_path: Path) -> None:
    post = POST.replace("First.", "a <![CDATA[ b ]]]]><![CDATA[> c").replace("Short.", "]] >")

    [draft], _ = read(tmp_path, post)

    assert "a <![CDATA[ b ]]> c" in draft.body
    assert draft.summary == "]] >"


def test_comments_are_counted_and_sticky_posts_are_pinned(tmp_path: Path) -> None:
    comments = "<wp:comment><wp:comment_id>1</wp:comment_id></wp:comment>" * 3
    post = POST.replace("{more}", comments).replace("sticky>0<", "sticky>1<")

    [draft], parsed = read(tmp_path, post)

    assert draft.pinned
    assert parsed.warnings == ["only published posts become stories; left out: 3 comments"]


def test_what_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(b"\x00\x01 not xml")

    with pytest.raises(Unreadable):
        wxr.parse(path)


@needs_shared_data
def test_every_export_of_the_corpus_gives_all_that_its_index_and_its_tree_tell() -> None:
    counts: Counter[str] = Counter()

    for row, data in cases("wxr/wxr"):
        parsed = wxr.parse(data)
        drafts = list(parsed.drafts)
        counts["files"] += 1
        if not row["well_formed"]:
            continue
        told = _Told(data)
        assert told.figures() == {name: row[name] for name in told.figures()}, row["file"]
        assert len(drafts) == row["by_type_status"].get("post/publish", 0), row["file"]
        assert len(drafts) + parsed.skipped == row["items"], row["file"]
        assert parsed.lang == row["language"]
        assert f"{row['comments']} comment" in " ".join(parsed.warnings) or not row["comments"]
        for draft, post in zip(drafts, told.posts(), strict=True):
            facts = _facts_of(draft)
            assert {name: facts[name] for name in post} == post, row["file"]
            counts["featured pictures"] += "picture" in post
        counts["well-formed"] += 1
        counts["posts"] += len(drafts)

    print(f"\nwxr: {dict(counts)}")
    assert counts["well-formed"] == 26


def _facts_of(draft: StoryDraft) -> dict[str, object]:
    names = [draft.category, *draft.tags] if draft.category else [*draft.tags]
    return {
        "title": draft.title,
        "url": draft.url,
        "slug": draft.slug,
        "authors": draft.authors,
        "terms": sorted(set(names)),
        "pinned": draft.pinned,
        "published": dates.read(draft.published),
        "picture": draft.picture and (draft.picture.url, draft.picture.caption, draft.picture.alt),
        "old": "/?p=" in " ".join(draft.old_addresses),
    }


KINDS = (None, "category", "post_tag")


class _Told:
    """An export as the plain XML library of Python reads it."""

    def __init__(self, data: bytes) -> None:
        self.root = ElementTree.fromstring(data)  # noqa: S314 (of the corpus)
        self.items = [one for one in self.root.iter() if _local(one) == "item"]

    def figures(self) -> dict[str, object]:
        """What the index of the corpus counts."""
        kinds = Counter(
            f"{_text(one, 'post_type') or '?'}/{_text(one, 'status') or '?'}" for one in self.items
        )
        own = Counter(_local(one) for channel in self.root for one in channel if "wordpress" in one.tag)
        return {
            "by_type_status": dict(kinds),
            "comments": sum(_local(one) == "comment" for one in self.root.iter()),
            "authors": own["author"],
            "categories": own["category"],
            "tags": own["tag"],
            "item_terms": dict(
                Counter(term.get("domain", "category") for one in self.items for term in one.iter("category"))
            ),
        }

    def posts(self) -> Iterator[dict[str, object]]:
        """What each published post says of itself, in the order of the file."""
        people = {_text(one, "author_login"): _text(one, "author_display_name") for one in self.root.iter()}
        attached = {
            _text(one, "post_id"): one for one in self.items if _text(one, "post_type") == "attachment"
        }
        for item in self.items:
            if (_text(item, "post_type"), _text(item, "status")) == ("post", "publish"):
                login = _text(item, "creator")
                terms = {
                    plain(one.text or "")
                    for one in item
                    if one.tag == "category" and one.get("domain") in KINDS
                }
                post: dict[str, object] = {
                    "title": plain(_text(item, "title")),
                    "url": _text(item, "link") or None,
                    "slug": unquote(_text(item, "post_name")) or None,
                    "authors": (people.get(login) or login,) if login else (),
                    "terms": sorted(terms - {"", "Uncategorized", "未分類"}),
                    "pinned": _text(item, "is_sticky") == "1",
                    "old": bool(_text(item, "guid") or _text(item, "post_id"))
                    and bool(self.root.findtext(".//link")),
                }
                if (date := _text(item, "post_date_gmt")) and date[0] != "0":
                    post["published"] = datetime.fromisoformat(f"{date}+00:00")
                if (picture := attached.get(_meta(item, "_thumbnail_id"))) is not None:
                    alt = plain(_meta(picture, "_wp_attachment_image_alt"))
                    caption = next(plain(one.text or "") for one in picture if "excerpt" in one.tag)
                    post["picture"] = (_text(picture, "attachment_url"), caption, alt)
                yield post


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ElementTree.Element, name: str) -> str:
    return next(((one.text or "").strip() for one in element if _local(one) == name), "")


def _meta(item: ElementTree.Element, key: str) -> str:
    metas = (one for one in item if _local(one) == "postmeta" and _text(one, "meta_key") == key)
    return next((_text(one, "meta_value") for one in metas), "")


def test_an_odd_vocabulary_costs_nothing(tmp_path: Path) -> None:
    more = '<a:b xmlns:a="urn:{x}">c</a:b>'

    drafts, parsed = read(tmp_path, POST.replace("{more}", more))

    assert ([draft.title for draft in drafts], parsed.refused) == (["Tide & time"], 0)


def test_a_place_that_is_no_number_costs_nothing(tmp_path: Path) -> None:
    picture = PICTURE.replace("</item>", f"<wp:menu_order>{'9' * 5_000}</wp:menu_order></item>")

    drafts, _ = read(tmp_path, picture + POST.format(more=THUMBNAIL))

    assert [draft.picture and draft.picture.url for draft in drafts] == ["https://old.example/quay.jpg"]


def beside(kind: str, number: int, more: str, status: str = "publish") -> str:
    """An item of another type than a post."""
    return (
        f"<item><title>{kind}</title><wp:post_id>{number}</wp:post_id><wp:post_type>{kind}</wp:post_type>"
        f"<wp:status>{status}</wp:status>{more}</item>"
    )


def meta(key: str, value: str) -> str:
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key>"
        f"<wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
    )


def with_body(body: str, more: str = "") -> str:
    return POST.replace("First.\n\nSecond.", body).replace("{more}", more)


def test_a_block_that_posts_share_is_put_into_each(tmp_path: Path) -> None:
    body = '<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph --><!-- wp:block {"ref":55} /--><p>b</p>'
    shared = "<content:encoded><![CDATA[<!-- wp:x --><p>shared</p><!-- /wp:x -->]]></content:encoded>"

    [draft], _ = read(tmp_path, with_body(body) + beside("wp_block", 55, shared))
    [without], _ = read(tmp_path, with_body(body) + beside("wp_block", 55, shared, status="draft"))

    assert draft.body == "<p>a</p><p>shared</p><p>b</p>"
    assert without.body == "<p>a</p><p>b</p>"


def test_blocks_that_hold_each_other_come_to_an_end(tmp_path: Path) -> None:
    own = "<content:encoded><![CDATA[x" + '<!-- wp:block {"ref":55} /-->' * 900 + "]]></content:encoded>"

    [draft], _ = read(tmp_path, with_body('<!-- wp:block {"ref":55} /-->') + beside("wp_block", 55, own))

    assert draft.body.startswith("x")
    assert len(draft.body) < 2_000_000


def test_several_authors_of_a_plugin_are_all_named(tmp_path: Path) -> None:
    terms = (
        '<category domain="author" nicename="cap-ines"><![CDATA[ines]]></category>'
        '<category domain="author" nicename="cap-jo"><![CDATA[jo]]></category>'
        '<category domain="author" nicename="ann-lee"><![CDATA[Ann Lee]]></category>'
    )
    guest = "<wp:post_name>cap-jo</wp:post_name>" + meta("cap-display_name", "Jo Guest")

    [draft], _ = read(tmp_path, POST.replace("{more}", terms) + beside("guest-author", 90, guest))

    assert draft.authors == ("Ines Mar", "Jo Guest", "Ann Lee")
    assert draft.tags == ("Ships", "Ports")


def test_footnotes_are_listed_where_their_block_stands(tmp_path: Path) -> None:
    body = "<!-- wp:paragraph --><p>a<sup>1</sup></p><!-- /wp:paragraph --><!-- wp:footnotes /-->"
    notes = meta("footnotes", '[{"content":"See <em>there</em>.","id":"x"},5]')

    [draft], _ = read(tmp_path, with_body(body, notes))
    [odd], _ = read(tmp_path, with_body(body, meta("footnotes", "{not json")))

    assert draft.body == "<p>a<sup>1</sup></p><ol><li>See <em>there</em>.</li></ol>"
    assert odd.body == "<p>a<sup>1</sup></p>"


def test_the_section_that_a_plugin_calls_the_main_one_comes_first(tmp_path: Path) -> None:
    section = "<wp:category><wp:term_id>4</wp:term_id><wp:cat_name>Ports</wp:cat_name></wp:category>"

    [draft], _ = read(tmp_path, section + POST.replace("{more}", meta("_yoast_wpseo_primary_category", "4")))

    assert (draft.category, draft.tags) == ("Ports", ("Ships", "Sea"))


def test_a_picture_that_a_plugin_keeps_by_its_address_leads(tmp_path: Path) -> None:
    more = meta("fifu_image_url", "https://cdn.example/a.jpg") + meta("fifu_image_alt", "A quay")

    [draft], _ = read(tmp_path, POST.replace("{more}", more))

    assert draft.picture and (draft.picture.url, draft.picture.alt) == ("https://cdn.example/a.jpg", "A quay")


def test_shortcodes_of_a_summary_are_not_read_out(tmp_path: Path) -> None:
    [draft], _ = read(tmp_path, POST.replace("{more}", "").replace("Short.", "[drop]S[/drop]hort [sic]."))

    assert plain(draft.summary) == "Short [sic]."


@pytest.mark.parametrize("name", ["Uncategorised", "Sem categoria", "Без рубрики", "未分类"])
def test_what_nobody_has_filed_is_in_no_section(tmp_path: Path, name: str) -> None:
    [draft], _ = read(tmp_path, POST.replace("{more}", "").replace("Uncategorized", name))

    assert draft.category == "Sea"
