import time

import pytest

from htmxnews.intake.enclosed import Enclosed
from htmxnews.intake.wordpress import Attachments, body_html


def test_empty_lines_part_paragraphs_and_single_ones_break_lines() -> None:
    assert body_html("One\ntwo\n\n<ul>\n<li>a</li>\n</ul>\n\nthree") == (
        "<p>One<br>\ntwo</p>\n<ul>\n<li>a</li>\n</ul>\n<p>three</p>"
    )


def test_a_line_beside_a_block_gets_no_break() -> None:
    assert body_html("One\n<h2>two</h2>\nthree") == "<p>One\n<h2>two</h2>\nthree</p>"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("<blockquote>Low\ntide</blockquote>", "<blockquote>Low<br>\ntide</blockquote>"),
        ("<h2>Tide</h2>\nlow\nhigh", "<h2>Tide</h2>\nlow<br>\nhigh"),
        ("<ul>\n<li>low\ntide</li>\n</ul>", "<ul>\n<li>low<br>\ntide</li>\n</ul>"),
        ("<object>\n<param name='a'>\n</object>", "<object>\n<param name='a'>\n</object>"),
    ],
)
def test_lines_inside_of_a_block_are_broken_too(stored: str, shown: str) -> None:
    assert body_html(stored) == shown


def test_a_tag_over_several_lines_stays_whole() -> None:
    assert body_html('Low <img src="q.jpg"\n alt="Quay"\n\n width="90">\ntide') == (
        '<p>Low <img src="q.jpg"  alt="Quay"   width="90"><br>\ntide</p>'
    )


def test_preformatted_text_keeps_its_lines() -> None:
    assert body_html("a\n\n<pre>x\n\ny</pre>") == "<p>a</p><pre>x\n\ny</pre>"


def test_a_body_of_blocks_loses_only_its_comments() -> None:
    stored = "<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph -->\n<!--more-->\n<p>b</p>"

    assert body_html(stored) == "<p>a</p>\n\n<p>b</p>"


@pytest.mark.parametrize(
    "stored",
    [
        '[caption id="a" width="3"]<img src="q.jpg"> At noon[/caption]',
        '[caption caption="At noon" width="3"]<img src="q.jpg">[/caption]',
    ],
)
def test_a_caption_shortcode_becomes_a_figure(stored: str) -> None:
    assert '<figure><img src="q.jpg"><figcaption>At noon</figcaption></figure>' in body_html(stored)


def test_players_become_links_and_galleries_without_pictures_go() -> None:
    assert body_html("[gallery ids='1,2']") == ""
    assert 'href="https://v.example/1"' in body_html("[embed width='1']https://v.example/1[/embed]")
    assert 'href="https://v.example/2"' in body_html("text\n\nhttps://v.example/2\n\nmore")


ATTACHED = Attachments(
    {
        "1": Enclosed("https://a.example/1.jpg", "image", "One", "At dawn"),
        "2": Enclosed("https://a.example/2.jpg", "image"),
        "3": Enclosed("https://a.example/3.mp3", "audio"),
    },
    of_post=["2", "3"],
)
ONE = '<figure><img src="https://a.example/1.jpg" alt="One"><figcaption>At dawn</figcaption></figure>'
TWO = '<figure><img src="https://a.example/2.jpg" alt=""></figure>'
THREE = '<p><audio src="https://a.example/3.mp3" title=""></audio></p>'


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ('[gallery ids="2, 1"]', f"{TWO}\n{ONE}"),
        ("[gallery include='1']", ONE),
        ("[gallery ids=&#8221;1,99&#8221;]", ONE),
        ('[gallery columns="3" link="file"]', TWO),
        ("[gallery exclude='2']", ""),
        ('<!-- wp:gallery {"ids":[1,2],"columns":2} /-->', f"{ONE}\n{TWO}"),
        ("[playlist]", THREE),
        ('[playlist ids="3" type="audio"]', THREE),
        (
            "[audio src='https://a.example/3.mp3?a=1&#038;b=2'][/audio]",
            THREE.replace("mp3", "mp3?a=1&amp;b=2"),
        ),
        (
            '[video mp4="https://a.example/4.mp4"]',
            '<p><video src="https://a.example/4.mp4" title=""></video></p>',
        ),
        ("[vimeo 12345]", '<p><a href="https://vimeo.com/12345">https://vimeo.com/12345</a></p>'),
    ],
)
def test_a_gallery_and_a_playlist_show_what_they_choose(stored: str, shown: str) -> None:
    body = body_html(f"<p>Before</p>\n\n{stored}\n\n<p>after</p>", ATTACHED)

    lines = [line for line in body.split("\n") if line]
    assert lines == ["<p>Before</p>", *filter(None, shown.split("\n")), "<p>after</p>"]


def test_blocks_keep_their_figures_and_embeds() -> None:
    stored = """<!-- wp:image {"id":9} --><figure class="wp-block-image"><img src="q.jpg" alt="Quay"/>
<figcaption>At noon</figcaption></figure><!-- /wp:image -->
<!-- wp:embed {"url":"https://v.example/1"} --><figure><div class="wp-block-embed__wrapper">
https://v.example/1
</div></figure><!-- /wp:embed -->
<!-- wp:more --><!--more--><!-- /wp:more --><!--nextpage--><p>b</p>"""

    shown = body_html(stored)

    assert "<figcaption>At noon</figcaption>" in shown
    assert '<a href="https://v.example/1">' in shown
    assert "<!--" not in shown


@pytest.mark.parametrize(
    "stored", ["He said [sic] so", "a[0] and [1], [see note: x=1]", "[note to self] [-]"]
)
def test_brackets_that_are_no_shortcode_stay(stored: str) -> None:
    assert body_html(stored) == f"<p>{stored}</p>"


@pytest.mark.parametrize(
    "stored",
    [
        "[vc_row][vc_column width='1/2']Low tide[/vc_column][/vc_row]",
        '[et_pb_text _builder_version=&#8221;4.9&#8221; text_font="||"]Low tide[/et_pb_text]',
        'Low tide[button link="https://sea.example"]',
    ],
)
def test_shortcodes_of_plugins_go_and_what_they_hold_stays(stored: str) -> None:
    assert body_html(stored) == "<p>Low tide</p>"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ('[soundcloud url="https://s.example/1" width="100%" /]', '<a href="https://s.example/1">'),
        ("[spotify https://s.example/2]", '<a href="https://s.example/2">'),
        ('[su_youtube url="https://v.example/3"]', '<a href="https://v.example/3">'),
        ("[pdfviewer]https://v.example/4.pdf[/pdfviewer]", '<a href="https://v.example/4.pdf">'),
        ('[et_pb_image src="https://v.example/5.jpg"][/et_pb_image]', '<img src="https://v.example/5.jpg"'),
        ('[fvplayer src="https://v.example/6.mp4"]', '<video src="https://v.example/6.mp4"'),
        ('[vc_single_image image="1" img_size="full"]', ONE),
        ('[youtube id="abc-DEF_123"]', '<a href="https://www.youtube.com/watch?v=abc-DEF_123">'),
        ('[vc_custom_heading text="Tide &amp; time"]', "<h2>Tide &amp; time</h2>"),
        ("[vc_raw_html]JTNDcCUzRUxvdyUzQyUyRnAlM0U=[/vc_raw_html]", "<p>Low</p>"),
    ],
)
def test_what_a_plugin_shows_of_elsewhere_stays(stored: str, shown: str) -> None:
    body = body_html(f"Before\n\n{stored}\n\nafter", ATTACHED)

    assert shown in body
    assert "[" not in body


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ('[su_button url="https://s.example"]Press[/su_button]', "Press"),
        ('[quote="Ines"]Low[/quote]', "Low"),
        ("[vc_raw_html]=[/vc_raw_html][vc_raw_js]YWJj[/vc_raw_js]Low", "Low"),
        ("[social_share/]Low", "Low"),
        ("Low [see https://s.example/]", "Low [see https://s.example/]"),
        ("[either/or] [a=b]", "[either/or] [a=b]"),
    ],
)
def test_what_a_plugin_holds_stays_and_so_do_words_in_brackets(stored: str, shown: str) -> None:
    assert body_html(stored) == f"<p>{shown}</p>"


def test_a_shortcode_in_double_brackets_is_talked_about() -> None:
    assert body_html("Use [[gallery ids='1']] here") == "<p>Use &#91;gallery ids='1'] here</p>"


def test_a_program_is_shown_as_it_was_written() -> None:
    stored = 'a\n\n[sourcecode language="c"]\nx[0] = "<b>";\n\nhttps://v.example/1\n[/sourcecode]\n\nb'

    assert body_html(stored) == (
        '<p>a</p><pre><code>x&#91;0] = "&lt;b&gt;";\n\nhttps://v.example/1</code></pre><p>b</p>'
    )


def test_a_program_may_stand_between_the_names_of_its_language() -> None:
    assert body_html("[css]\n\n[php firstline='3']\n$a = '<b>';\n[/php]") == (
        "<p>[css]</p><pre><code>$a = '&lt;b&gt;';</code></pre>"
    )


def test_preformatted_text_is_no_place_for_shortcodes() -> None:
    assert (
        body_html("<pre>[gallery]\nhttps://v.example/1\n</pre>")
        == "<pre>[gallery]\nhttps://v.example/1\n</pre>"
    )


@pytest.mark.parametrize(
    "piece",
    [
        "[caption ",
        "[gallery ",
        "[playlist ids=",
        "<!-- wp:gallery {",
        "[embed",
        "<!-- ",
        "<pre>",
        "<p",
        "[caption][caption]",
        "[x][/x]",
        "[x a=",
        "[[x ",
        "[code]",
        "[php][css]",
        "[x a= /][/x]",
        "[vc_raw_html]QQ",
        "[y_heading text='",
        "<a\n",
        "https://",
        "\n\n<",
    ],
)
def test_s05_a_hostile_body_ends_soon(piece: str) -> None:
    started = time.process_time()

    body_html(piece * (200_000 // len(piece)))

    assert time.process_time() - started < 2.0


def test_letters_that_grow_in_lower_case_move_no_boundary() -> None:
    stored = "İİİİİİ önce\n\n<PRE>a\n\nb</PRE>\n\nsonra [code]x<y[/CODE] bitti"

    assert body_html(stored) == body_html(stored.replace("İ", "I")).replace("I", "İ")
    assert "<PRE>a\n\nb</PRE>" in body_html(stored)


def test_the_older_name_of_a_caption_is_known() -> None:
    body = body_html('[wp_caption width="9"]<img src="a.png"> Noon[/wp_caption]')

    assert body == '<figure><img src="a.png"><figcaption>Noon</figcaption></figure>'


def test_pages_of_one_post_stand_apart() -> None:
    assert (
        body_html("One<!--nextpage-->Two<!--more Read on-->Three") == "<p>One</p>\n<p>Two</p>\n<p>Three</p>"
    )


def test_a_line_that_is_broken_already_is_broken_once() -> None:
    assert body_html("a<br />\nb\nc") == "<p>a<br />\nb<br>\nc</p>"


@pytest.mark.parametrize("gallery", ["[gallery]", '[gallery exclude="1,2,3"]'])
def test_s05_galleries_without_end_end_soon(gallery: str) -> None:
    of_post = [str(number) for number in range(5_000)]
    attached = {number: Enclosed(f"https://sea.example/{number}.jpg", "image") for number in of_post}
    started = time.process_time()

    body = body_html(gallery * 100_000, Attachments(attached, of_post))

    assert time.process_time() - started < 2
    assert "<figure>" in body


@pytest.mark.parametrize("block", ["<!-- wp:block {", '<!-- wp:block {"ref":1,', "<!-- wp:footnotes "])
def test_s05_blocks_without_end_end_soon(block: str) -> None:
    stored = (block + '"ref":1,' * 480) * 300
    started = time.process_time()

    body_html(stored, Attachments(blocks={"1": "x"}))

    assert time.process_time() - started < 2
