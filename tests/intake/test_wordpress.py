import time

import pytest

from htmxnews.intake.wordpress import body_html


def test_empty_lines_part_paragraphs_and_single_ones_break_lines() -> None:
    assert body_html("One\ntwo\n\n<ul>\n<li>a</li>\n</ul>\n\nthree") == (
        "<p>One<br>\ntwo</p>\n<ul>\n<li>a</li>\n</ul>\n<p>three</p>"
    )


def test_a_line_beside_a_block_gets_no_break() -> None:
    assert body_html("One\n<h2>two</h2>\nthree") == "<p>One\n<h2>two</h2>\nthree</p>"


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


def test_players_become_links_and_galleries_go() -> None:
    assert body_html("[gallery ids='1,2']") == ""
    assert 'href="https://v.example/1"' in body_html("[embed width='1']https://v.example/1[/embed]")
    assert 'href="https://v.example/2"' in body_html("text\n\nhttps://v.example/2\n\nmore")


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


def test_a_shortcode_in_double_brackets_is_talked_about() -> None:
    assert body_html("Use [[gallery ids='1']] here") == "<p>Use &#91;gallery ids='1'] here</p>"


def test_a_program_is_shown_as_it_was_written() -> None:
    stored = 'a\n\n[sourcecode language="c"]\nx[0] = "<b>";\n\nhttps://v.example/1\n[/sourcecode]\n\nb'

    assert body_html(stored) == (
        '<p>a</p><pre><code>x&#91;0] = "&lt;b&gt;";\n\nhttps://v.example/1</code></pre><p>b</p>'
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
        "[embed",
        "<!-- ",
        "<pre>",
        "<p",
        "[caption][caption]",
        "[x][/x]",
        "[x a=",
        "[[x ",
        "[code]",
        "https://",
        "\n\n<",
    ],
)
def test_s05_a_hostile_body_ends_soon(piece: str) -> None:
    started = time.process_time()

    body_html(piece * (200_000 // len(piece)))

    assert time.process_time() - started < 2.0
