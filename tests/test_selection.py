from datetime import date
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from htmxnews.selection import MANY, BadCursor, BadSelection, Cursor, Selection

NAMES = {"russia": "Russia", "trade": "Trade", "sport": "Sport", "world": "World"}

# Letters, spaces, marks that combine, control characters, halves of characters: all that a text can hold.
values = st.text(st.characters(), max_size=20) | st.text(
    "a e\u0301\u1100\u1161\ud800\x00\u3000+&=%#", max_size=8
)
searches = st.lists(
    st.sampled_from(
        ["tag:", "-tag：", "before:", "2026", "-03", 'author:"Ada Holm"', '"', "”", " ", " ", "sea"]
    )
).map("".join)
pairs = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([*MANY, "q", "unknown"]), values),
        st.tuples(st.just("q"), searches),
        st.tuples(st.sampled_from(["from", "to"]), st.dates().map(date.isoformat)),
        st.tuples(st.just("sort"), st.sampled_from(["new", "relevance", "popular", ""])),
        st.tuples(values, values),
    ),
    max_size=12,
)


@settings(max_examples=1_000)
@given(pairs)
def test_parse_print_parse_is_the_identity(given_pairs: list[tuple[str, str]]) -> None:
    try:
        selection = Selection.parse(given_pairs)
    except BadSelection:
        return

    again = Selection.parse(selection.pairs())
    from_the_address_bar = Selection.parse(parse_qsl(selection.query().removeprefix("?"), errors="strict"))

    assert again == selection == from_the_address_bar
    assert again.pairs() == selection.pairs()
    assert again.query() == selection.query()


def test_two_spellings_of_one_selection_are_equal() -> None:
    one = Selection.parse(
        [("tag", "trade"), ("tag", "russia"), ("tag", "trade"), ("utm_source", "x"), ("q", " ")]
    )
    other = Selection.parse([("sort", "new"), ("tag", "russia"), ("tag", "trade")])

    assert one == other
    assert one.query() == "?tag=russia&tag=trade"


@pytest.mark.parametrize(
    ("q", "query"),
    [
        ("ice tag:sea floes", "?tag=sea&q=ice+floes"),
        ('author:"Ada Holm" SOURCE:City-Desk', "?source=city-desk&author=ada-holm"),
        ("tag:Sea -tag:sport category:world", "?tag=sea&not=sport&category=world"),
        ("after:2026-03 before:2026-04", "?from=2026-03-01&to=2026-03-31"),
        ("before:2026", "?to=2025-12-31"),
        ("tag：서울 눈", "?tag=%EC%84%9C%EC%9A%B8&q=%EB%88%88"),
    ],
)
def test_fields_in_a_search_become_part_of_the_selection(q: str, query: str) -> None:
    assert Selection.parse([("q", q)]).query() == query


@pytest.mark.parametrize(
    "q",
    [
        '"the tag:sea mark"',
        "“the tag:sea mark”",
        "before: the storm",
        "before:noon",
        "after:2026-02-30",
        "before:0001",
        "-author:ada",
        "metatag:sea",
        "tag:!",
        "http://example.org",
    ],
)
def test_what_only_looks_like_a_field_is_searched_for(q: str) -> None:
    assert Selection.parse([("q", q)]) == Selection(q=q, sort="relevance")


def test_fields_and_parameters_narrow_together() -> None:
    asked = [("from", "2026-01-01"), ("tag", "ice"), ("q", "tag:sea after:2026-03-02 before:2026-05")]

    assert Selection.parse(asked).query() == "?tag=ice&tag=sea&from=2026-03-02&to=2026-04-30"


def test_letters_are_composed_as_in_our_slugs() -> None:
    typed = Selection.parse([("tag", "cafe\u0301"), ("q", "\u1112\u1161\u11ab")])

    assert typed == Selection(tag=("café",), q="한", sort="relevance")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ([], ""),
        ([("tag", "russia"), ("tag", "trade"), ("not", "sport")], "on Russia and Trade, without Sport"),
        ([("any", "russia"), ("any", "trade")], "on Russia or Trade"),
        ([("tag", "sport"), ("any", "russia"), ("any", "trade")], "on Sport and either Russia or Trade"),
        ([("category", "world"), ("q", "rail  freight")], "in World matching “rail freight”"),
        ([("from", "2026-01-01"), ("to", "2026-01-31")], "from 2026-01-01 to 2026-01-31"),
        ([("not", "sport")], "without Sport"),
    ],
)
def test_a_selection_says_itself_in_words(query: list[tuple[str, str]], sentence: str) -> None:
    assert Selection.parse(query).sentence(lambda _kind, slug: NAMES[slug]) == sentence


@pytest.mark.parametrize(
    "bad",
    [
        [("from", "yesterday")],
        [("to", "2026-02-30")],
        [("from", "20260101")],
        [("sort", "random")],
        [("q", "x" * 513)],
        [("tag", str(n)) for n in range(9)],
    ],
)
def test_s22_what_cannot_be_a_selection_is_refused(bad: list[tuple[str, str]]) -> None:
    with pytest.raises(BadSelection):
        Selection.parse(bad)


@given(st.integers(-(2**62), 2**62), st.integers(0, 2**32 - 1))
def test_a_cursor_survives_the_address_bar(key: int, story_id: int) -> None:
    cursor = Cursor(key, story_id)

    assert Cursor.parse(str(cursor)) == cursor


@given(st.text(min_size=1, max_size=40))
def test_what_is_not_our_cursor_is_refused(text: str) -> None:
    try:
        cursor = Cursor.parse(text)
    except BadCursor:
        return

    assert str(cursor) == text


def test_control_characters_are_spaces() -> None:
    asked = Selection.parse(
        [("q", "ships\x00 and\x1b[31m\u0085 sails"), ("any", "\x00"), ("tag", " sea\x7f")]
    )

    assert asked == Selection(tag=("sea",), q="ships and [31m sails", sort="relevance")


def test_s22_no_link_of_ours_asks_for_more_tags_than_may_be_chosen() -> None:
    full = Selection.parse([(name, f"t{n}") for name in ("tag", "not") for n in range(8)])

    assert full.toggled("more") == full.excluding("more") == full
    assert full.toggled("t3").toggled("more").tag == ("more", *(f"t{n}" for n in range(8) if n != 3))
