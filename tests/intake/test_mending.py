import time

import pytest

from htmxnews.intake import mending
from htmxnews.intake.mending import Tally, mended


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("<a>Café &eacute; &amp; &lt; &#233; &hellip;</a>", "<a>Café é &amp; &lt; &#233; …</a>"),
        ("<a>R & D, AT&T, ?a=1&b=2 &nosuch;</a>", "<a>R &amp; D, AT&amp;T, ?a=1&amp;b=2 &amp;nosuch;</a>"),
        ("<a>1&#11;2&#0;3&#xFFFF;4&#99999999;</a>", "<a>1234</a>"),
        ("<a>1 < 2 <3 and a<b <c>d</c></a>", "<a>1 &lt; 2 &lt;3 and a&lt;b <c>d</c></a>"),
        ("<a>b<br>c<img src='d'></a>", '<a>b<br/>c<img src="d"/></a>'),
        ("<a><b>c</a>", "<a><b>c</b></a>"),
        ("<a>b</c></a>", "<a>b</a>"),
        ("<A>b</a>", "<A>b</A>"),
        ("<a><p>b<p>c</a>", "<a><p>b</p><p>c</p></a>"),
        ("<a b=c d e='f' b='g'>h</a>", '<a b="c" e="f">h</a>'),
        ("<a><x:b y:c='d'/></a>", '<a xmlns:x="urn:x" xmlns:y="urn:y"><x:b y:c="d"/></a>'),
        ("<a><atom:link/></a>", '<a xmlns:atom="http://www.w3.org/2005/Atom"><atom:link/></a>'),
        ("<a>b<![CDATA[ & <br> ]]></c></a>", "<a>b<![CDATA[ & <br> ]]></a>"),
        ("<a>b <!-- & --> <?php echo 1 ?> <!-- never", "<a>b <!-- &amp; -->  </a>"),
        ("<a><b>c", "<a><b>c</b></a>"),
        ("<i><title>a<link>b</link></i>", "<i><title>a</title><link>b</link></i>"),
        ("<i><title>a</titel><description>b</i>", "<i><title>a</title><description>b</description></i>"),
        ("<i>a<![CDATA[b]]><![CDATA[<p>c & d</i>", "<i>a<![CDATA[b]]><p>c &amp; d</p></i>"),
    ],
)
def test_a_fault_that_generators_make_is_put_right(broken: str, whole: str) -> None:
    assert mended(broken) == whole
    assert mending.is_well_formed(mended(broken))


def test_what_is_well_formed_stays_as_it_is() -> None:
    whole = '<a xmlns:x="u"><x:b c="d &amp; e">f<!-- g --><![CDATA[h]]></x:b><i/></a>'

    assert mended(whole) == whole
    assert list(mending.documents(["<i> </i>"], ("<a>", "</a>"), Tally())) == ["<a><i> </i></a>"]


def test_a_broken_item_is_read_alone_and_the_others_as_they_are() -> None:
    items, tally = [f"<i>{number}</i>" for number in range(9)], Tally()
    items[4] = "<i>4 & <b></i>"

    documents = list(mending.documents(items, ("<a>", "</a>"), tally))

    assert "<a><i>4 &amp; <b></b></i></a>" in documents
    assert all(map(mending.is_well_formed, documents))
    assert "".join(documents).count("<i>") == 9
    assert tally.broken == 1


@pytest.mark.parametrize(
    "piece", ["<", "&", "<b>", "</b>", '<b c="', "<!--", "<![CDATA[", "<b c", "x:", "<p><li>", "&#"]
)
def test_s14_mending_ends_soon(piece: str) -> None:
    started = time.process_time()

    mended("<a>" + piece * (400_000 // len(piece)))

    assert time.process_time() - started < 4.0
