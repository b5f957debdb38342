"""Words and searches taken apart."""

import pytest

from htmxnews.finding import words
from htmxnews.finding.names import names
from htmxnews.finding.plain import plain_text
from htmxnews.finding.query import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Élection ＡＢＣ naïve", ["election", "abc", "naive"]),
        ("COVID-19, x_y", ["covid", "19", "x", "y"]),
        ("한국은행 東京", ["한", "국", "은", "행", "東", "京"]),
        ("ｶﾞｽ", ["ガ", "ス"]),
        ("iPhone시대", ["iphone", "시", "대"]),
        ("हिन्दी", ["हिन्दी"]),
        ("مُحَمَّد", ["محمد"]),
        ("!? — …", []),
    ],
)
def test_a_text_becomes_folded_words(text: str, expected: list[str]) -> None:
    assert words.words(text) == expected


def test_there_are_as_many_stems_as_words() -> None:
    text = "The elections of 한국 were running naïvely, 東京 élections"

    assert len(words.stems(text, "fr-CA")) == len(words.words(text))


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert words.stems("Uchaguzi mkuu", "sw") == ["uchaguzi", "mkuu"]


@pytest.mark.parametrize(
    ("word", "bare"),
    [("대통령이", "대통령"), ("국회의원으로", "국회의원"), ("사람에게", "사람"), ("나는", "나는")],
)
def test_a_korean_particle_comes_off(word: str, bare: str) -> None:
    assert words.without_particle(word) == bare


def test_a_search_is_words_phrases_and_minus() -> None:
    query = parse("„New York“ -sport harbour brid")

    assert [word.raw for word in query.words] == ["harbour", "brid"]
    assert query.phrases == (("new", "york"),)
    assert query.without == (("sport",),)
    assert query.prefix == "brid"


@pytest.mark.parametrize("q", ['harbour "bri', "harbour br", "harbour -bridge", "다리"])
def test_only_an_unfinished_word_is_a_prefix(q: str) -> None:
    assert parse(q).prefix == ""


def test_html_becomes_a_line_a_block() -> None:
    html = '<p>A<b>b</b> &amp; c</p><ul><li>x<li>y</ul><p title="a>b">z<br>w<script>no</script></p>'

    assert plain_text(html) == "Ab & c\nx\ny\nz\nw"


def test_names_are_told_from_the_starts_of_sentences() -> None:
    text = (
        "The Department of Energy said that Putin met Kim Jong Un. Learning is fun. "
        "Putin’s plane flew to New York.\n"
        "How To Write Better Headlines\n"
        "On Monday he said I can. NASA agreed."
    )

    assert set(names(text)) == {"Department of Energy", "Putin", "Kim Jong Un", "New York", "NASA"}
