import pytest

from htmxnews.intake import xml_gate
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.xml_gate import Caps, Outline


def admit(text: str, **caps: int) -> Outline:
    return xml_gate.admit(Text.of(text.encode()), Caps(**caps))


def items(outline: Outline) -> list[str]:
    return [item for piece in outline.pieces() for item in piece]


def test_a_document_is_cut_into_its_items_and_the_rest() -> None:
    outline = admit(
        '<?xml version="1.0"?><!-- a --><rss a="1"><channel b="2"><title>T</title>\n'
        "<item>1</item>\n<item/> <x/><item>2</item><y>z</y></channel></rss>"
    )

    assert items(outline) == ["<item>1</item>", "<item/>", "<item>2</item>"]
    assert outline.frame == ('<rss a="1"><channel b="2">', "</channel></rss>")
    assert outline.rest == '<rss a="1"><channel b="2"><title>T</title>\n<x/><y>z</y></channel></rss>'
    assert (outline.root, outline.items, outline.ends_early) == ("rss", 3, False)


def test_an_item_within_an_item_is_a_part_of_it() -> None:
    inner = "<entry><source><title>a</title><entry/></source></entry>"

    assert items(admit(f"<feed>{inner}<entry/></feed>")) == [inner, "<entry/>"]


def test_items_are_told_by_their_marks_and_not_by_what_looks_like_one() -> None:
    item = "<item a=\"/>\"><!-- </item> --><![CDATA[</item>]]><b c='>'/><items>x</items></item>"

    assert items(admit(f"<rss><channel>{item}</channel></rss>")) == [item]


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("<item>1<item>2</item>", ["<item>1", "<item>2</item>"]),
        ("<item>1<br>2</item><item>3</item>", ["<item>1<br>2</item>", "<item>3</item>"]),
        ("<Item>1</item><item>2</ITEM>", ["<Item>1</item>", "<item>2</ITEM>"]),
        ("<item>1 < 2 <3</item><item>2</item>", ["<item>1 < 2 <3</item>", "<item>2</item>"]),
        ("<item a='it's'>1</item><item>2</item>", ["<item a='it's'>1</item>", "<item>2</item>"]),
        ("<item>1<!-- </item><item>2</item>", ["<item>1<!-- </item>", "<item>2</item>"]),
        ("<item>1<![CDATA[</item><item>2</item>", ["<item>1<![CDATA[</item>", "<item>2</item>"]),
        ("<item>1<?php </item><item>2</item>", ["<item>1<?php </item>", "<item>2</item>"]),
        ("<item>1</item><item>2", ["<item>1</item>", "<item>2"]),
    ],
)
def test_a_broken_document_gives_each_item_that_has_a_tag(broken: str, found: list[str]) -> None:
    whole = broken if broken.endswith("2") else f"{broken}</channel></rss>"

    assert items(admit(f"<rss><channel>{whole}")) == found


def test_a_document_that_ends_early_is_told_and_closed() -> None:
    outline = admit("<rss><channel><title>T</title><item>1</item><item>2")

    assert outline.ends_early
    assert outline.rest == "<rss><channel><title>T</title></channel></rss>"


def test_what_stands_before_and_behind_the_root_is_no_part_of_it() -> None:
    outline = admit("<br />\n<b>Warning</b>: x\n<?xml version='1.0'?><rss>a</rss><script>b</script>")

    assert (outline.root, outline.rest) == ("rss", "<rss>a</rss>")


def test_an_item_larger_than_any_story_is_cut_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_gate, "ITEM_MAX", 100)

    outline = admit(f"<rss><item>1</item><item>{'x' * 200}</item><item>3</item></rss>")

    assert items(outline) == ["<item>1</item>", "<item>3</item>"]
    assert outline.too_large == 1
    assert "xxx" not in outline.rest


def test_items_beyond_the_cap_are_counted() -> None:
    outline = admit("<rss>" + "<item/>" * 7 + "</rss>", items=5)

    assert (outline.items, outline.too_many) == (5, 2)


def test_items_come_in_pieces_of_the_size_that_is_asked_for() -> None:
    outline = admit("<rss>" + "<item>123456</item>" * 5 + "</rss>")

    assert [len(piece) for piece in outline.pieces(40)] == [2, 2, 1]


def test_marks_are_found_wherever_the_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "<rss><!-- - -- --><item a='>'>바<![CDATA[]]]>]]></item><?a ?><item>é</item></rss>"
    whole = admit(text)

    for size in range(1, 12):
        monkeypatch.setattr("htmxnews.intake.decoding.CHUNK", size)
        outline = admit(text)
        assert items(outline) == items(whole) == ["<item a='>'>바<![CDATA[]]]>]]></item>", "<item>é</item>"]
        assert (outline.rest, outline.frame) == (whole.rest, whole.frame)


def test_s14_plain_words_of_a_document_type_are_put_in_and_it_goes() -> None:
    outline = admit('<!DOCTYPE rss [<!ENTITY a "x &#38; y">]><rss>&a;<item>&a;<![CDATA[&a;]]></item></rss>')

    assert outline.rest == "<rss>x &amp; y</rss>"
    assert items(outline) == ["<item>x &amp; y<![CDATA[&a;]]></item>"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<!DOCTYPE rss [<!ENTITY a "&b;">]><rss/>', "document type"),
        ("<rss>" + "<a>" * 300, "nested deeper"),
        ("<rss " + "".join(f"a{n}='' " for n in range(300)) + "/>", "more than 256 attributes"),
        ("<rss>" + "".join(f"<a xmlns:n{n}='u'/>" for n in range(300)), "vocabularies"),
    ],
)
def test_s14_what_no_parser_should_see_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        admit(text)
