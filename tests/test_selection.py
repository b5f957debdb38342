from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from htmxnews.selection import MANY, BadCursor, BadSelection, Cursor, Selection

NAMES = {"russia": "Russia", "trade": "Trade", "sport": "Sport", "world": "World"}

values = st.text(min_size=1, max_size=20)
pairs = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([*MANY, "q", "unknown"]), values),
        st.tuples(st.sampled_from(["from", "to"]), st.dates().map(date.isoformat)),
        st.tuples(st.just("sort"), st.sampled_from(["new", "relevance", "popular"])),
    ),
    max_size=12,
)


@given(pairs)
def test_parse_print_parse_is_the_identity(given_pairs: list[tuple[str, str]]) -> None:
    try:
        selection = Selection.parse(given_pairs)
    except BadSelection:
        return

    again = Selection.parse(selection.pairs())

    assert again == selection
    assert again.pairs() == selection.pairs()


def test_two_spellings_of_one_selection_are_equal() -> None:
    one = Selection.parse(
        [("tag", "trade"), ("tag", "russia"), ("tag", "trade"), ("utm_source", "x"), ("q", " ")]
    )
    other = Selection.parse([("sort", "new"), ("tag", "russia"), ("tag", "trade")])

    assert one == other
    assert one.query() == "?tag=russia&tag=trade"


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
