import re
import time
from dataclasses import replace
from pathlib import Path
from typing import get_args

import html5lib
import pytest
from shared import cases, needs_shared_data, rows

from htmxnews.intake import shown
from htmxnews.intake.clean import (
    ATTRIBUTES,
    SCHEMES,
    TAGS,
    Sanitizer,
    _last_word,
    clean,
    heading_of,
    plain,
    policy,
)
from htmxnews.intake.draft import BodyKind, PictureDraft
from htmxnews.intake.leads import lead_in, lead_of

BASE = "https://news.example/2026/story/"
OURS = frozenset({"127.0.0.1", "paper.example"})
REL = "noopener noreferrer nofollow ugc"


def html(raw: str, **how: object) -> str:
    return clean(raw, base_url=BASE, own_hosts=OURS, **how).html  # type: ignore[arg-type]  # as clean takes them


def findings(markup: str) -> list[str]:
    """Whatever a browser would see in `markup` that is not on the allow-list."""
    found = []
    for element in html5lib.parseFragment(markup, namespaceHTMLElements=False).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        if element.tag not in TAGS:
            found.append(f"<{element.tag}>")
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(str(element.tag), frozenset())
        found += [f"{element.tag} {name}" for name in element.attrib if name not in allowed]
        if element.get("href", "https:").split(":")[0] not in SCHEMES:
            found.append(element.attrib["href"])
    return found


@needs_shared_data
def test_s02_no_payload_of_the_corpus_survives_and_cleaning_twice_changes_nothing() -> None:
    vectors = rows("sanitizer/vectors.jsonl")

    outputs = {vector["id"]: html(vector["payload"]) for vector in vectors}

    assert len(outputs) == 353
    assert {name: found for name, out in outputs.items() if (found := findings(out))} == {}
    assert [name for name, out in outputs.items() if html(out) != out] == []


@needs_shared_data
def test_s02_no_payload_survives_in_markdown_or_plain_text_either() -> None:
    payloads = [vector["payload"] for vector in rows("sanitizer/vectors.jsonl")]

    outputs = [
        clean(payload, kind, base_url=BASE).html for payload in payloads for kind in ("markdown", "text")
    ]

    assert [found for out in outputs if (found := findings(out))] == []


@needs_shared_data
def test_s02_hostile_feeds_come_out_clean() -> None:
    from htmxnews.intake import feeds

    bodies = [
        draft.body
        for row, data in cases("feeds/feedparser")
        if "sanitize" in row["file"] and row["well_formed"]
        for draft in feeds.parse(data).drafts
    ]

    assert len(bodies) > 300
    assert [found for body in bodies if (found := findings(html(body)))] == []


def test_s02_the_allow_list_itself_names_nothing_that_acts() -> None:
    never = (
        "svg math style script noscript template iframe form input button select textarea object xmp title"
    )
    acting = re.compile(r"on|hx-|data-|sse-|ws-|id$|name$|class$|style$|src|target$|action$")

    assert not TAGS & set(never.split())
    pictures = {"src", "srcset"}  # ours alone, as the filter sees to
    assert {name for names in ATTRIBUTES.values() for name in names if acting.match(name)} == pictures


def test_s01_only_the_cleaning_module_knows_the_sanitizers() -> None:
    source = Path(__file__).resolve().parents[2] / "src"

    users = [
        path.name
        for path in source.rglob("*.py")
        if re.search(r"^\s*(?:import|from) (nh3|bleach)\b", path.read_text(), re.MULTILINE)
    ]

    assert users == ["clean.py"]


def test_s03_links_are_absolute_marked_and_never_ours() -> None:
    own = '<a href="http://127.0.0.1:8000/a/x">own</a>'
    raw = f'<p><a href="../next?a=1&b=2">on</a> {own} <a href="#n">note</a></p>'

    assert html(raw) == (
        f'<p><a href="https://news.example/2026/next?a=1&amp;b=2" rel="{REL}">on</a> own '
        f'<a href="{BASE}#n" rel="{REL}">note</a></p>'
    )


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVa\tScRiPt:alert(1)",
        "\u200bjavascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//paper.example/a",
        "https:\\\\paper.example\\a",
        "https://PAPER.example./a",
        "https://user@evil.example/",
        "http://2130706433/",
        "http://0x7f.1/",
        "https://paper。example/",
    ],
)
def test_s03_a_link_that_may_not_be_followed_keeps_only_its_words(address: str) -> None:
    assert html(f'<p><a href="{address}">words</a></p>') == "<p>words</p>"


def test_s02_a_foreign_picture_becomes_a_link_with_its_words() -> None:
    raw = '<figure><img src="/cat.jpg" alt="A cat on a quay"><figcaption>At noon</figcaption></figure>'

    assert html(raw) == (
        f'<figure><a href="https://news.example/cat.jpg" rel="{REL}">Picture: A cat on a quay</a>'
        "<figcaption>At noon</figcaption></figure>"
    )


@pytest.mark.parametrize(
    "alt",
    [
        "quay.HEIC",
        "dsc20050727_091048_222",
        "IMG-20210403-WA0004",
        "Screenshot 2024-01-02 at 10.11.12",
        "20050727_091048",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "At noon",  # its caption says it
    ],
)
def test_the_name_of_a_file_and_the_words_of_the_caption_are_not_said_of_a_picture(alt: str) -> None:
    raw = f'<figure><img src="/cat.jpg" alt="{alt}"><figcaption>At noon</figcaption></figure>'

    assert html(raw) == (
        f'<figure><a href="https://news.example/cat.jpg" rel="{REL}">Picture</a>'
        "<figcaption>At noon</figcaption></figure>"
    )


@pytest.mark.parametrize("alt", ["1984", "Scan 3 of the moon", "Photo 12 March", "Facade"])
def test_words_that_look_a_little_like_a_file_are_said(alt: str) -> None:
    assert f">Picture: {alt}<" in html(f'<p><img src="/cat.jpg" alt="{alt}"></p>')


def test_a_smiley_is_known_by_its_class() -> None:
    assert (
        clean('<p>Hi <img class="wp-smiley" src="https://x.example/s.png" alt=":)"></p>').html
        == "<p>Hi :)</p>"
    )


def test_counting_pixels_vanish_and_smileys_become_their_text() -> None:
    pixel = '<img src="https://count.example/p.gif" width=1 height=1>'
    raw = f'<p>Well <img src="s.gif" alt=":)" width="16"> {pixel}</p>'

    assert html(raw) == "<p>Well :)</p>"


def test_labels_of_pictures_stand_apart_from_the_words_beside_them() -> None:
    cleaned = clean(
        '<p>Low<img src="https://x.example/a.jpg" alt="A"><img src="https://x.example/b.jpg">tide.</p>'
    )

    assert cleaned.text == "Low Picture: A Picture tide."


def test_a_player_leads_to_its_first_source() -> None:
    cleaned = clean(
        '<audio><source src="/a.mp3"><source src="/a.ogg"></audio>', base_url="https://x.example/"
    )

    assert 'href="https://x.example/a.mp3"' in cleaned.html
    assert cleaned.text == "Audio"


def test_the_start_of_a_body_leaves_out_marks_of_footnotes_and_bare_addresses() -> None:
    cleaned = clean(
        '<p>Tide<sup><a href="https://x.example/#1">1</a></sup> <a href="https://x.example/v">https://x.example/v</a></p>'
    )

    assert cleaned.start == "Tide"


def test_share_buttons_vanish_and_a_linked_picture_stays() -> None:
    button = '<a href="https://share.example/"><img src="https://share.example/b.gif"></a>'
    thumbnail = '<a href="/large.jpg"><img src="/small.jpg"></a>'

    assert html(f"<p>Read {button} on</p>") == "<p>Read  on</p>"
    assert html(f"<p>{thumbnail}</p>") == (
        f'<p><a href="https://news.example/large.jpg" rel="{REL}">Picture</a></p>'
    )


@pytest.mark.parametrize(
    ("size", "shows"), [((800, 500), True), ((468, 60), False), ((88, 31), False)], ids=str
)
def test_a_linked_picture_without_words_is_shown_once_its_size_says_that_it_is_no_button(
    size: tuple[int, int], shows: bool
) -> None:
    raw = '<p>Read <a href="/story"><img src="/a.jpg"></a></p>'
    copy = shown.Kept("a" * 64, *size, (size[0],))

    before = clean(raw, base_url=BASE)
    after = html(raw, pictures=shown.Pictures({"https://news.example/a.jpg": copy}))

    assert (before.html, before.pictures) == ("<p>Read</p>", ("https://news.example/a.jpg",))
    assert ("<img" in after and 'alt="Picture"' in after) == shows  # else its link would have no name
    assert html(raw, pictures=shown.Pictures(hosts=frozenset({"*"}))) == "<p>Read</p>"


def test_breaks_at_the_ends_of_a_paragraph_go() -> None:
    assert html("<p><br> a<br>b <br><br></p><table><tr><td><br>c</td></tr></table>") == (
        '<p>a<br>b</p><table tabindex="0"><tbody><tr><td>c</td></tr></tbody></table>'
    )


def test_the_lead_picture_is_not_repeated_in_the_body() -> None:
    lead = '<figure><img src="/cat-300x200.jpg"><figcaption>Cat</figcaption></figure>'
    raw = lead + '<p>Text <img src="/dog.jpg"></p>'

    cleaned = html(raw, lead="https://news.example/cat.jpg")

    assert cleaned == f'<p>Text <a href="https://news.example/dog.jpg" rel="{REL}">Picture</a></p>'


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("low<img src='q.jpg'>tide", "<p>low tide</p>"),
        ("low<a href='q.jpg'><img src='q.jpg'></a>tide", "<p>low tide</p>"),
        ("low<figure><img src='q.jpg'></figure>tide", "<p>low</p><p>tide</p>"),
        ("<p><img src='q.jpg'></p><p>tide</p>", "<p>tide</p>"),
    ],
)
def test_words_around_the_lead_picture_stay_apart(raw: str, shown: str) -> None:
    assert html(raw, lead=f"{BASE}q.jpg") == shown


def test_a_figure_that_says_more_than_its_caption_stays_without_the_lead() -> None:
    raw = "<figure><img src='q.jpg'><p>Photo: Ines</p><figcaption>At noon</figcaption></figure>"

    shown = html(f"{raw}<p>tide</p>", lead=f"{BASE}q.jpg")

    assert shown == "<figure><p>Photo: Ines</p><figcaption>At noon</figcaption></figure><p>tide</p>"


@pytest.mark.parametrize(
    "captions",
    [
        f"<figcaption>{'At noon. ' * 40}</figcaption>",
        "<figcaption>At noon</figcaption><figcaption>At dusk</figcaption>",
    ],
)
def test_words_that_a_lead_does_not_keep_stay_in_the_body(captions: str) -> None:
    raw = f"<figure><img src='q.jpg'>{captions}</figure>"

    assert html(raw, lead=f"{BASE}q.jpg") == f"<figure>{captions.replace(' </', '</')}</figure>"


def test_the_words_for_a_lead_that_is_named_elsewhere_are_taken_from_the_body() -> None:
    body = "<figure><img src='q-300x200.jpg' alt='Quay'><figcaption>At noon</figcaption></figure>"
    named = PictureDraft(url=f"{BASE}q.jpg", credit="Ines")

    assert lead_of(named, body, BASE) == replace(named, alt="Quay", caption="At noon")
    assert lead_of(replace(named, caption="Dusk"), body, BASE) == replace(named, alt="Quay", caption="Dusk")
    assert lead_of(PictureDraft(url=f"{BASE}r.jpg"), body, BASE) == PictureDraft(url=f"{BASE}r.jpg")
    assert lead_of(None, body, BASE) == lead_in(body, BASE)
    assert lead_of(named, "<p>No picture</p>", BASE) == named


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('![Quay](q.jpg "At <i> noon")', "<figure>{}<figcaption>At &lt;i&gt; noon</figcaption></figure>"),
        ('[![Quay](q.jpg "Noon")](q.jpg)', "<figure>{}<figcaption>Noon</figcaption></figure>"),
        ('low ![Quay](q.jpg "Noon")', "<p>low {}</p>"),
        ('- ![Quay](q.jpg "Noon")', "<ul><li>{}</li></ul>"),
        ("![Quay](q.jpg)", "<p>{}</p>"),
    ],
)
def test_the_title_of_a_picture_alone_in_a_paragraph_of_markdown_is_its_caption(
    text: str, shown: str
) -> None:
    link = f'<a href="{BASE}q.jpg" rel="{REL}">Picture: Quay</a>'

    assert html(text, kind="markdown") == shown.format(link)


def test_a_table_of_a_picture_and_its_words_is_a_figure() -> None:
    table = (
        "<table class='x'><tbody>\n<tr><td align='center'><a href='q.jpg'><img src='q.jpg'></a></td></tr>\n"
        "<tr><td colspan='2'>At <i>noon</i></td></tr>\n</tbody></table>"
    )

    shown = html(f"First{table}last")

    assert shown == (
        f'<p>First</p><figure><p><a href="{BASE}q.jpg" rel="{REL}">Picture</a></p>'
        "<figcaption>At <i>noon</i></figcaption></figure><p>last</p>"
    )
    assert html(f"First{table}last", lead=f"{BASE}q.jpg") == "<p>First</p><p>last</p>"
    assert lead_in(table, BASE) == PictureDraft(url=f"{BASE}q.jpg", caption="At noon")


@pytest.mark.parametrize(
    "rows",
    [
        "<tr><td><img src='q.jpg'></td><td>At noon</td></tr>",
        "<tr><td>One <img src='q.jpg'></td></tr><tr><td>At noon</td></tr>",
        "<tr><td>Tide</td></tr><tr><td>At noon</td></tr>",
        "<caption>Tide</caption><tr><td><img src='q.jpg'></td></tr><tr><td>At noon</td></tr>",
        "<tr><td><img src='q.jpg'></td></tr><tr><td><img src='r.jpg'></td></tr>",
        "<tr><td><img src='q.jpg'></td></tr><tr><td><p>At noon</p><p>the quay</p></td></tr>",
        "<tr><td><img src='q.jpg'></td></tr><tr><td>At noon<ul><li>the quay</li></ul></td></tr>",
        f"<tr><td><img src='q.jpg'></td></tr><tr><td>{'At noon. ' * 40}</td></tr>",
    ],
)
def test_another_table_with_a_picture_stays_one(rows: str) -> None:
    table = f"<table>{rows}</table>"

    assert html(table).startswith("<table")
    assert ("noon" in html(table, lead=f"{BASE}q.jpg")) == ("noon" in rows)
    lead = lead_in(table, BASE)
    assert lead is None or lead.caption == ""


def test_the_words_of_a_caption_in_a_table_may_be_a_paragraph() -> None:
    table = "<table><tr><td><img src='q.jpg'></td></tr><tr><td><p>At noon</p></td></tr></table>"

    assert html(f"{table}tide", lead=f"{BASE}q.jpg") == "<p>tide</p>"


def test_a_late_loading_picture_is_found_by_its_real_address() -> None:
    raw = (
        '<p><img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5" data-src="/cat.jpg" alt="Cat"></p>'
    )

    assert 'href="https://news.example/cat.jpg"' in html(raw)


@pytest.mark.parametrize(
    "raw",
    [
        '<img srcset="/s.jpg 320w, /a,b.jpg 1300w, /l.jpg 4000w">',
        '<img srcset="/s.jpg, /a,b.jpg 2x">',
        '<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP" data-srcset="/s.jpg 1x,/a,b.jpg 2x">',
        '<picture><source srcset="/a,b.jpg"><img src="data:image/gif;base64,R0lGODlhAQAB"></picture>',
        '<picture><source data-srcset="/a,b.jpg 640w"><img></picture>',
        '<img src="/a,b.jpg" srcset="/l.jpg 4000w">',
    ],
)
def test_a_picture_with_a_set_of_addresses_is_found_by_one_of_them(raw: str) -> None:
    assert clean(f"<p>{raw}</p>", base_url=BASE).pictures == ("https://news.example/a,b.jpg",)


def test_the_sources_of_one_picture_are_not_those_of_the_next() -> None:
    raw = '<picture><source srcset="/a.webp"><img src="/a.jpg"></picture><picture><img alt="x"></picture>'

    assert clean(raw, base_url=BASE).pictures == ("https://news.example/a.jpg",)


def test_good_markup_survives() -> None:
    raw = (
        '<h1>Head</h1><p lang="ko" dir="ltr">H<sub>2</sub>O <abbr title="World">W</abbr></p>'
        "<blockquote><p>Said</p></blockquote><pre><code>a &lt; b</code></pre>"
        '<table><thead><tr><th scope="col">A</th></tr></thead>'
        '<tbody><tr><td colspan="2">1</td></tr></tbody></table>'
        '<ol start="3"><li>three</li></ol><hr><dl><dt>t</dt><dd>d</dd></dl>'
    )

    reached = raw.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<table tabindex="0">')
    assert html(raw) == reached.replace("h1>", "h2>")


@pytest.mark.parametrize("sanitizer", get_args(Sanitizer))
def test_keys_reach_what_scrolls_on_its_own_and_no_source_says_in_which_order(sanitizer: Sanitizer) -> None:
    raw = '<pre tabindex="7">a</pre><table tabindex="-1"><tr><td tabindex="3">b</td></tr></table>'

    assert html(raw, sanitizer=sanitizer) == (
        '<pre tabindex="0">a</pre><table tabindex="0"><tbody><tr><td>b</td></tr></tbody></table>'
    )


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<h1>The  “quay” at noon</h1><h2>Ships</h2><p>Words.</p>", "<h2>Ships</h2><p>Words.</p>"),
        ("<div><h3>THE QUAY, AT NOON</h3></div><p>Words.</p>", "<p>Words.</p>"),
        ("<p>Words.</p><h2>The quay at noon</h2>", "<p>Words.</p><h2>The quay at noon</h2>"),
        ("<h2>The quay</h2><p>Words.</p>", "<h2>The quay</h2><p>Words.</p>"),
        ("<p>The quay at noon</p>", "<p>The quay at noon</p>"),
    ],
    ids=["in other signs", "inside a division", "further on", "another one", "a paragraph"],
)
def test_a_title_at_the_start_of_its_body_is_not_said_twice(raw: str, shown: str) -> None:
    assert html(raw, title='The "quay" at noon') == shown


@pytest.mark.parametrize(
    "handle",
    [
        '<a href="#tide" class="headerlink">¶</a>',
        "<a href='/page#tide' aria-hidden='true'><span>#</span></a> ",
    ],
)
def test_the_handle_of_a_heading_is_not_shown(handle: str) -> None:
    assert html(f"<p>a</p><h2>{handle}Low</h2><h3>Tide{handle}</h3>") == "<p>a</p><h2>Low</h2><h3>Tide</h3>"
    assert html("<h2>In <a href='#c'>C#</a></h2><p><a href='#d'>#</a></p>").count("<a ") == 2


def test_loose_text_and_divisions_become_paragraphs() -> None:
    raw = "First<br><br>second <b>bold</b><div><div>third</div><p>fourth</p></div><p> </p>"

    assert html(raw) == "<p>First</p><p>second <b>bold</b></p><p>third</p><p>fourth</p>"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (
            "0:00 Low tide\n 2:30 High & tide\n\nEnd",
            "<p>0:00 Low tide<br>\n2:30 High &amp; tide</p><p>End</p>",
        ),
        (f"{'word ' * 14}\n{'word ' * 14}\nend", f"<p>{'word ' * 28}end</p>"),
        (f"{'word ' * 14}\nword\nend", f"<p>{'word ' * 14}".rstrip() + "<br>\nword<br>\nend</p>"),
    ],
    ids=["lines", "broken to fit", "not all of them"],
)
def test_lines_of_a_plain_text_stay_unless_they_were_broken_to_fit(raw: str, shown: str) -> None:
    assert clean(raw, "text").html == shown


def test_s05_lines_without_end_are_none() -> None:
    cleaned = clean("a\n" * 50_000, "text")

    assert cleaned.html.count("<br>") == 0
    assert cleaned.warning == ""


def test_s07_markdown_has_tables_and_strikethrough_and_no_raw_html() -> None:
    raw = "| a |\n|---|\n| ~~1~~ |\n\n<script>alert(1)</script> *em*"

    cleaned = clean(raw, "markdown").html

    assert "<td><s>1</s></td>" in cleaned
    assert "&lt;script&gt;" in cleaned
    assert "<em>em</em>" in cleaned


def test_footnotes_of_markdown_are_marked_and_stand_at_the_end() -> None:
    notes = "[^long]: Two\n\n    parts\n[^1]: *One*\n[^2]: Nowhere"
    raw = f"Low[^1] tide[^long] comes[^1] [^none].\n\n{notes}\n\nEnd"

    cleaned = clean(raw, "markdown")

    assert cleaned.html == (
        "<p>Low<sup>[1]</sup> tide<sup>[2]</sup> comes<sup>[1]</sup> [^none].</p><p>End</p><hr>"
        "<ol><li><p><em>One</em></p></li><li><p>Two</p><p>parts</p></li><li><p>Nowhere</p></li></ol>"
    )
    assert cleaned.start.startswith("Low tide comes")


def test_a_footnote_that_nothing_refers_to_is_kept() -> None:
    heading, rest = heading_of("# Low tide[^1]\n\nIt comes.[^2]\n\n[^1]: One\n\n[^2]: Two")

    assert heading == "Low tide"
    assert clean(rest, "markdown").html == (
        "<p>It comes.<sup>[1]</sup></p><hr><ol><li><p>Two</p></li><li><p>One</p></li></ol>"
    )
    alone = "<p>Hello.</p><hr><ol><li><p>Words.</p></li></ol>"
    assert clean("Hello.\n\n[^note]: Words.", "markdown").html == alone


def test_comments_of_markdown_are_not_shown_but_as_code() -> None:
    raw = "<!-- a\n\n# b -->\n# Tide\n- low <!-- c --> tide\n  <!-- d\n  e -->\n\n> high\n> <!-- f -->\n"
    code = "```\n<!-- g -->\n```\n`<!-- h -->`\n\n    <!-- i -->"

    assert clean(raw, "markdown").html == (
        "<h2>Tide</h2><ul><li>low  tide</li></ul><blockquote><p>high</p></blockquote>"
    )
    assert [clean(code, "markdown").text.count(f"<!-- {sign} -->") for sign in "ghi"] == [1, 1, 1]
    assert clean("<!-- open\n\n<!-- shut --> words", "markdown").text == "<!-- open words"


def test_the_start_of_a_body_is_running_text_without_headings_and_pictures() -> None:
    cleaned = clean("<h2>Head</h2><p><img src='https://a.example/x.jpg' alt='Pic'>Words begin.</p>")

    assert cleaned.start == "Words begin."
    assert cleaned.text == "Head Picture: Pic Words begin."


HOSTILE = {
    "long": "<p>x</p>" * 40_000,
    "deep": "<div>" * 20_000,
    "deep without ends": "<b x=1><p>" * 3_000,
    "wide tag": "<a " + "x=1 " * 200_000 + ">",
    "open tag": "<a " * 60_000,
    "attributes": "<a " + " ".join(f"a{n}=1" for n in range(100)) + ">x</a>",
    "ampersands": "&" * 190_000,
    "angles": "<" * 190_000,
    "comments": "<!--" * 45_000,
    "quotes": "<a title='" * 15_000,
    "tables": "<table><tr><td>" * 10_000,
    "scripts": "<script>" * 24_000,
    "formatting": "<p><a><b><i><u><font>" * 900,
    "spaces behind src": "<img src=" + " " * 150_000 + "data:x>",
    "data": "<img src='data:image/png;base64," + "A" * 3_000_000 + "'>",
    "controls": "\x00\x01<p>\x08x</p>" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_s05_a_hostile_body_ends_soon_and_comes_out_clean(name: str) -> None:
    started = time.process_time()

    cleaned = clean(HOSTILE[name], base_url=BASE)

    assert time.process_time() - started < 1.0  # half a second on a quiet machine
    assert findings(cleaned.html) == []


def test_s05_over_a_limit_the_words_stay_and_the_report_says_why() -> None:
    cleaned = clean("<div>" * 101 + "Still <b>readable</b> &amp; here<script>not this</script>")

    assert cleaned.html == "<p>Still readable &amp; here</p>"
    assert cleaned.warning == "its body was kept as plain text: it is nested deeper than 100"


def _linked(ampersands: int) -> str:
    return f"<a href='/x'>a</a>{'&amp; ' * ampersands}" * 2_400


# What a body may hold just yet, what is too much by a little, and how the report calls it.
LIMITS: dict[str, tuple[BodyKind, str, str, str]] = {
    "size": ("html", "word " * 40_000, "word " * 40_000 + "w", "longer than 200 kB"),
    "size in bytes": ("html", "바" * 66_666, "바" * 66_667, "longer than 200 kB"),
    "tags": ("html", "<i>a</i>" * 2_500, "<i>a</i>" * 2_500 + "<br>", "more than 5,000 tags"),
    "nesting": ("html", "<div>" * 100 + "a", "<div>" * 101 + "a", "nested deeper than 100"),
    "a tag": ("html", f"<p title='{'x' * 3_900}'>a", f"<p title='{'x' * 4_000}'>a", "longer than 4 kB"),
    "attributes": ("html", f"<p {'b=1 ' * 60}>a", f"<p {'b=1 ' * 61}>a", "more than 60 attributes"),
    "ampersands": ("html", "a &amp; " * 18_000, "a &amp; " * 20_001, "more than 20,000 ampersands"),
    "work": ("html", _linked(1), _linked(5), "it becomes too large"),
    "signs of text": ("text", "a & " * 10_000, "a & " * 10_001, "more than 10,000 ampersands"),
    "size of text": ("text", "word " * 40_000, "word " * 40_001, "longer than 200 kB"),
    "signs of Markdown": ("markdown", "a *b* " * 4_900, "a *b* " * 5_001, "more than 10,000 signs"),
    "grid": ("markdown", "|a" * 60 + "|\n" + "a\n" * 60, "|a" * 60 + "|\n" + "a\n" * 90, "cells"),
    "size of Markdown": ("markdown", "word " * 40_000, "word " * 40_001, "longer than 200 kB"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_s05_each_limit_holds_where_it_is_said_to(name: str) -> None:
    kind, within, beyond, reason = LIMITS[name]

    assert clean(within, kind, base_url=BASE).warning == ""
    over = clean(beyond, kind, base_url=BASE)

    assert reason in over.warning
    assert over.text[:1] == clean(within, kind, base_url=BASE).text[:1]
    assert findings(over.html) == []


def test_s05_addresses_that_grow_when_they_are_resolved_are_bounded() -> None:
    links, base = "<a href='x'>a</a> " * 1_000, f"https://news.example/{'y' * 1_500}/"

    assert clean(links, base_url=BASE).warning == ""
    assert "it becomes too large" in clean(links, base_url=base).warning


def test_s05_a_picture_written_into_the_body_does_not_count_for_its_size() -> None:
    cleaned = clean(f'<p>Text <img src="data:image/png;base64,{"A" * 300_000}"></p>')

    assert (cleaned.html, cleaned.warning) == ("<p>Text</p>", "")


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("H<sub>2</sub>O", "H2O"),
        ("<p>“<em>Tide</em>” (<a href='/x'>low</a>)</p>", "“Tide” (low)"),
        ("<p>a<b>b</b></p><p>c</p>d<br>e<ul><li>f<i>g</i></li><li>h</li></ul>", "ab c d e fg h"),
        ("a<div>b<p>c</p>d</div>e", "a b c d e"),
    ],
)
def test_plain_text_parts_blocks_and_no_words(markup: str, words: str) -> None:
    assert plain(markup) == words


def test_plain_text_of_a_title_has_no_markup_and_no_entities() -> None:
    assert plain("Fish &amp; <b>chips</b><script>x</script><br>now") == "Fish & chips now"


def test_a_picture_written_into_the_text_takes_no_words_along() -> None:
    said = "Use data:image/png;base64,iVBORw0KGgo= in your rules and it works."

    assert clean(said).text == "Use in your rules and it works."
    assert clean("<p><img alt='A quay' src='data:image/png;base64,iVBO\nRw0K\nGgo='> here").text == (
        "Picture: A quay here"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("src", "https://pictures.example/a.png"),
        ("src", "//pictures.example/a.png"),
        ("src", "javascript:stole()"),
        ("src", "/views/1"),
        ("srcset", "https://pictures.example/a.png 400w"),
        ("loading", "eager"),
        ("width", "100%"),
        ("onerror", "stole()"),
        ("style", "position: fixed"),
    ],
)
def test_s02_the_last_word_leaves_a_picture_no_value_that_is_not_ours(name: str, value: str) -> None:
    assert not shown.NONE.may_stay(name, value)
    for sanitizer in get_args(Sanitizer):
        assert value not in _last_word(f'<img {name}="{value}" alt="Quay">', sanitizer, shown.NONE)


def test_words_beside_a_rule_stand_apart() -> None:
    assert clean("one<hr>two").text == "one two"


def test_s07_what_markdown_makes_is_cleaned_like_everything_else() -> None:
    text = "# Tide\n\n[on](next) [own](http://127.0.0.1:8000/x) ![Quay](a.png)"

    assert html(text, kind="markdown") == (
        f'<h2>Tide</h2><p><a href="{BASE}next" rel="{REL}">on</a> own '
        f'<a href="{BASE}a.png" rel="{REL}">Picture: Quay</a></p>'
    )


def test_s08_the_setting_chooses_who_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("htmxnews.intake.clean._bleach", none)

    assert html("<a href='/x' onclick='y'>a</a>", sanitizer="nh3") == (
        f'<p><a href="https://news.example/x" rel="{REL}">a</a></p>'
    )
    with pytest.raises(AssertionError):
        html("<p>a</p>", sanitizer="bleach")


def test_s08_what_each_has_cleaned_is_told_apart() -> None:
    assert len({policy(sanitizer) for sanitizer in get_args(Sanitizer)}) == len(get_args(Sanitizer))


@pytest.mark.parametrize("sanitizer", get_args(Sanitizer))
def test_s08_whoever_has_the_last_word_marks_links_and_keeps_schemes_out(sanitizer: Sanitizer) -> None:
    written = (
        '<a href="https://sea.example/" title="x">a</a><a href="javascript:stole()">b</a><i data-x="y">c</i>'
    )

    assert _last_word(written, sanitizer, shown.NONE) == (
        f'<a href="https://sea.example/" rel="{REL}">a</a><a rel="{REL}">b</a><i>c</i>'
    )
