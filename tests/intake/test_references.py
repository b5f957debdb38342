import time

import pytest

from htmxnews.intake import feeds, wxr
from htmxnews.intake.clean import clean, plain, unmarked
from htmxnews.intake.leads import lead_in
from htmxnews.intake.references import mended
from htmxnews.intake.wordpress import body_html

ZEROS = "0" * 5_000  # more figures than Python takes for a number


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "&#8217;&#x2019; &#233;&#00065; &#128512; &#x1F600;",
            "&#8217;&#x2019; &#233;&#65; &#128512; &#x1F600;",
        ),
        (f"&#{ZEROS}65;&#x{ZEROS}41 &#{ZEROS};&#{'9' * 5_000};", "&#65;&#x41 "),
        ("a &#55357;&#56832; b", "a 😀 b"),
        ("&#xD83D;&#xde00;&#55357;&#xDE00;", "😀😀"),
        ("&#55357; &#56832;&#56832;&#55357;", " "),
        ("&#0;&#1;&#x0b;&#11;&#xFFFE;&#x110000;&#00000000000000000001;&#99999999999999999999;", ""),
        ("&#1&#x1b", ""),
        ("&#146; &amp;#1; &#; &#x; &nbsp; &#x", "&#146; &amp;#1; &#; &#x; &nbsp; &#x"),
    ],
)
def test_a_reference_to_no_letter_is_mended_or_taken_out(written: str, meant: str) -> None:
    assert mended(written) == meant


def test_s05_references_cost_no_more_than_their_length() -> None:
    started = time.process_time()

    for piece in ("&#", "&#1", "&#x", "&#55357;", "&#" + "1" * 1_000):
        mended(piece * (1_000_000 // len(piece)))

    assert time.process_time() - started < 5


@pytest.mark.parametrize("odd", ["&#1;", "&#11;", "&#xFFFE;", "&#xD83D;", "&#0;", f"&#{ZEROS};"])
def test_no_reference_stops_a_field_or_a_body(odd: str) -> None:
    markup = f"<p>Low</p>{odd}tide<br>{odd}"

    assert plain(markup) == "Low tide"
    assert unmarked(f"Low{odd} tide") == "Low tide"
    assert clean(markup).html == "<p>Low</p><p>tide</p>"
    lead = lead_in(
        f"<figure><img src='https://sea.example/a.jpg' alt='a{odd}'><figcaption>b{odd}</figure>", None
    )
    assert lead and (lead.alt, lead.caption) == ("a", "b")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Low&#0; &#xD83D;&#xDE00;&#55357; &#1;tide &#65;", "<p>Low 😀 tide A</p>"),
        ("`&#0;` or `&#xD83D;`", "<p><code>&amp;#0;</code> or <code>&amp;#xD83D;</code></p>"),
        ("    &#0;", '<pre tabindex="0"><code>&amp;#0;\n</code></pre>'),
    ],
)
def test_references_of_markdown_are_mended_where_they_stand_for_letters(text: str, shown: str) -> None:
    assert clean(text, "markdown").html.strip() == shown


def test_an_address_of_markdown_keeps_what_looks_like_a_reference() -> None:
    assert 'href="http://sea.example/?q&amp;#12"' in clean("[x](http://sea.example/?q&#12)", "markdown").html


def test_a_feed_that_writes_emoji_in_halves_is_well_formed_and_shows_them() -> None:
    item = "<title>Low &#55357;&#56832;</title><description><![CDATA[<p>&#55357;&#56832;</p>]]></description>"
    parsed = feeds.parse(
        f"<rss><channel><title>&#55357;&#56832;&#11;</title><item>{item}</item></channel></rss>".encode()
    )
    [draft] = parsed.drafts

    assert (parsed.source_name, draft.title, draft.body) == ("😀", "Low 😀", "<p>😀</p>")
    assert parsed.warnings == []


@pytest.mark.parametrize("reference", [f"&#{ZEROS}65;", f"<![CDATA[&#{ZEROS}65;]]>", f"&amp;#{ZEROS}65;"])
def test_zeros_before_a_number_cost_no_story(reference: str) -> None:
    item = f"<item><title>Low {reference}</title><description>{reference} b</description></item>"
    parsed = feeds.parse(f"<rss><channel>{item}<item><title>High</title></item></channel></rss>".encode())

    assert [draft.title for draft in parsed.drafts] == ["Low A", "High"]


@pytest.mark.parametrize(
    "markup",
    [
        '[audio src="https://sea.example/{}.mp3"]',
        "[embed]https://sea.example/{}[/embed]",
        "[code]{}[/code]",
        '[caption caption="{}"]<img src="a.jpg">[/caption]',
        '[gallery ids="{}"]',
        "&lt;p&gt;{}&lt;/p&gt;",
    ],
)
def test_zeros_before_a_number_stop_no_shortcode(markup: str) -> None:
    body = markup.format(f"&#{ZEROS}65;").replace("&#", "&amp;#")
    item = f"<title>Low</title><description>{body}</description>"
    parsed = feeds.parse(f"<rss><channel><item>{item}</item></channel></rss>".encode())

    assert [draft.title for draft in parsed.drafts] == ["Low"]
    assert body_html(body) and body_html(markup.format(f"&#{ZEROS}65;"))


def test_an_export_that_writes_emoji_in_halves_is_read() -> None:
    data = (
        '<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Sea &#55357;</title>'
        "<description>&#55357;&#56832;&#1;</description><item><title>Low &#55357;&#56832;</title>"
        "<wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item></channel></rss>"
    )
    parsed = wxr.parse(data.encode())

    assert [parsed.source_name, *(draft.title for draft in parsed.drafts)] == ["Sea", "Low 😀"]
