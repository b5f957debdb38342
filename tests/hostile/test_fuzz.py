"""Markup that nobody wrote: what a machine makes up must come out clean too, and lose no words."""

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hostile import payloads
from hostile.judges import findings, without_space, words
from htmxnews.intake.clean import Sanitizer, clean

BASE = "https://news.example/a/"
OURS = frozenset({"paper.example"})
ANY_PACE = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

# Elements that hide what they hold, or take the rest of the text along.
_HIDING = """
    audio embed iframe math noembed noframes noscript object plaintext script select style svg template
    textarea title video xmp
"""
_PLAIN = """
    a abbr acronym address article aside b bdi bdo big blockquote center cite code dd del details dfn dir div
    dl dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 header i ins kbd label li main mark menu nav
    nobr ol p pre q rp rt ruby s samp section small span strike strong sub summary sup time tt u ul var x-y
    o:p path
"""
_TABLE = "caption col colgroup table tbody td tfoot th thead tr"
_EMPTY = "area base br col frame hr img input link meta param source track wbr"
_FOREIGN = """
    annotation annotation-xml desc foreignObject g image maction mfenced mglyph mi mn mo ms mtext mtable
    mtd path set text title tspan use
"""
_FORM = "button fieldset input legend optgroup option select textarea"

plain = st.sampled_from(_PLAIN.split())
names = st.sampled_from(" ".join((_HIDING, _PLAIN, _TABLE, _EMPTY, _FOREIGN, _FORM)).split())
_ATTRIBUTES = """
    href src lang dir title class id name style colspan rowspan start value datetime scope alt width srcset
    onclick onerror hx-get data-hx-on:click sse-connect ws-send xlink:href xmlns srcdoc data-src rel = " '
"""
_VALUES = [
    *("", "x", "en", "rtl", "2", "//evil.example/", "javascript:stole()", "mailto:a@b.example", "#x"),
    *("a&b", "a&amp;b", "&lt;b&gt;", "</p>", "<b>", "-->", "]]>", '"><script>stole()</script>', "'>"),
    *("https://paper.example/", "https://news.example/y?a=1&b=2", "\u202e", "\x00", "`", "{{ 1 }}"),
]
_SIGNS = [
    *("<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>", "<?x", "?>", "<!DOCTYPE x [", "<!x", "</", "</ "),
    *("<", ">", "&", "&lt;", "&#60;", "&#x3c;script&#62;", "&amp;lt;", "&nbsp;", "&NotEqualTilde;", "&#0;"),
    *("&#xd800;", "\x00", "\x0b", "\x0c", "\r", "\n\n", "\u200b", "\u2028", "\ufeff", "\ud800", "\uffff"),
    *("'", '"', "=", "`", "words", " words ", "한국어", "\u3000", "\xa0"),
]

attribute_names = st.sampled_from(_ATTRIBUTES.split())
values = st.one_of(st.sampled_from(_VALUES), st.text(max_size=12))
quotes = st.sampled_from(['"', "'", "", "`", '"x', " "])
gaps = st.sampled_from([" ", "\n", "/", "\t", "", "\x0c", " / "])
attributes = st.builds(
    lambda gap, name, equals, quote, value: f"{gap}{name}{equals}{quote}{value}{quote}",
    gaps,
    attribute_names,
    st.sampled_from(["=", " = ", "", "=="]),
    quotes,
    values,
)
starts = st.builds(
    lambda name, held, end: f"<{name}{''.join(held)}{end}",
    names,
    st.lists(attributes, max_size=3),
    st.sampled_from([">", ">", ">", "/>", " >", "", "\n>"]),
)
ends = st.builds(lambda name, end: f"</{name}{end}", names, st.sampled_from([">", ">", " x=y>", "", "/>"]))
signs = st.sampled_from(_SIGNS)
wild = st.lists(st.one_of(starts, ends, signs, st.text(max_size=8)), max_size=25).map("".join)
trees = st.recursive(
    st.one_of(signs, st.text(max_size=6)),
    lambda inner: st.builds(
        lambda name, held, children: f"<{name}{''.join(held)}>{''.join(children)}</{name}>",
        names,
        st.lists(attributes, max_size=2),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)
cut_up = st.builds(
    lambda one, other, at, to: one[: at % (len(one) + 1)] + other[to % (len(other) + 1) :],
    st.sampled_from(payloads.ALL),
    st.sampled_from(payloads.ALL),
    st.integers(0, 200),
    st.integers(0, 200),
)
mutated = st.builds(
    lambda text, at, what: text[: at % (len(text) + 1)] + what + text[at % (len(text) + 1) :],
    st.one_of(st.sampled_from(payloads.ALL), cut_up),
    st.integers(0, 300),
    st.one_of(signs, starts, ends),
)
tidy = st.recursive(
    st.sampled_from(["words ", "more words", "&amp;", "한국어 ", " ", "\n"]),
    lambda inner: st.builds(
        lambda name, children: f"<{name}>{''.join(children)}</{name}>", plain, st.lists(inner, max_size=4)
    ),
    max_leaves=25,
)


_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])


def visible(text: str) -> str:
    """The letters that can be seen: a line without any is left out of a body."""
    return without_space(text).translate(_INVISIBLE)


def judged(raw: str, sanitizer: Sanitizer) -> None:
    once = clean(raw, base_url=BASE, own_hosts=OURS, sanitizer=sanitizer)
    twice = clean(once.html, base_url=BASE, own_hosts=OURS, sanitizer=sanitizer)

    assert findings(once.html) == []
    assert twice.html == once.html
    assert visible(words(once.html)) == visible(once.text)


@pytest.mark.parametrize("sanitizer", ["bleach", "nh3"])
@example("\u200b")
@example('<audio href=</p> href="<b>"><div>')
@given(st.one_of(wild, trees, cut_up, mutated))
@ANY_PACE
def test_s02_made_up_markup_comes_out_clean_and_stays_as_it_is(sanitizer: Sanitizer, raw: str) -> None:
    judged(raw, sanitizer)


@given(tidy)
@ANY_PACE
def test_s02_words_of_plain_markup_survive_in_their_order(raw: str) -> None:
    cleaned = clean(raw, base_url=BASE)

    told = re.sub(r"<[^>]*>", "", raw).replace("&amp;", "&")
    assert visible(told) == visible(cleaned.text)
