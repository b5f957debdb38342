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


def test_brackets_that_are_no_shortcode_stay() -> None:
    assert body_html("He said [sic] so") == "<p>He said [sic] so</p>"


@pytest.mark.parametrize(
    "piece", ["[caption ", "[embed", "<!-- ", "<pre>", "<p", "[caption][caption]", "https://", "\n\n<"]
)
def test_s05_a_hostile_body_ends_soon(piece: str) -> None:
    started = time.process_time()

    body_html(piece * (200_000 // len(piece)))

    assert time.process_time() - started < 2.0
