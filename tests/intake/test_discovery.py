from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from htmxnews.intake.discovery import NAMED_MAX, feeds_led_to, linked_feeds, named_feeds, usual_addresses

PAGE = "https://sea.example/blog/today"
NEAR = '<link rel="alternate" type="application/rss+xml" href="rss">'
RSS = '<link rel="alternate" type="application/rss+xml" href="/rss">'


@pytest.mark.parametrize(
    ("head", "feed"),
    [
        (RSS, "/rss"),
        ('<link rel="alternate" type="application/atom+xml" href="atom">', "/blog/atom"),
        ('<link rel="alternate" type="application/feed+json" href="feed.json">', "/blog/feed.json"),
        ('<LINK HREF=/rss TYPE="Application/RSS+XML; charset=utf-8" REL="home ALTERNATE">', "/rss"),
        ('<link title="x > y" href="&#x2f;r?a&amp;b" type=application/rss+xml rel=alternate />', "/r?a&b"),
        (f'<base href="https://cdn.example/x/">{NEAR}', "https://cdn.example/x/rss"),
        (f'<base target="_top"><base href="/deep/">{NEAR}', "/deep/rss"),
        (f'<base href="http://[::1">{RSS}', "/rss"),
        (f"<body><p>late</p>{RSS}</body>", "/rss"),
        (f'<link rel="alternate" hreflang="ko" href="/ko">{RSS}', "/rss"),
        (f'<link rel="stylesheet" type="application/rss+xml" href="/no">{RSS}', "/rss"),
        (f'<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">{RSS}', "/rss"),
        (f'<link rel="alternate" type="application/rss+xml">{RSS}', "/rss"),
        (f'<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">{RSS}', "/rss"),
        (f'<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">{RSS}', "/rss"),
        ('<link rel="alternate" type="application/json" href="/feed.json">', "/feed.json"),
        ('<link rel="alternate" type="text/xml" href="/index.rdf">', "/index.rdf"),
        (f'<link rel="alternate" type="text/xml" href="/other.xml">{RSS}', "/rss"),
        (f"<!-- {NEAR} -->{RSS}", "/rss"),
        (f"<script>'{NEAR}'</script>{RSS}", "/rss"),
    ],
)  # fmt: skip
def test_a_page_names_its_feed(head: str, feed: str) -> None:
    named = named_feeds(f"<!doctype html><html><head><title>Sea</title>{head}".encode(), PAGE)

    assert named[0] == (feed if feed.startswith("https:") else f"https://sea.example{feed}")


@pytest.mark.parametrize(
    "comments",
    [
        '<link rel="alternate" type="application/rss+xml" title="Sea » Comments Feed" href="/other">',
        '<link rel="alternate" type="application/rss+xml" title="바다 » 댓글 피드" href="/other">',
        '<link rel="alternate" type="application/rss+xml" title="Mer » Flux" href="/comments/feed/">',
        '<link rel="alternate" type="application/atom+xml" href="/feeds/12/comments/default">',
    ],
)
def test_the_feed_of_the_stories_comes_before_that_of_the_comments(comments: str) -> None:
    other = comments.split('href="')[1].split('"')[0]

    both = ["https://sea.example/rss", f"https://sea.example{other}"]
    assert named_feeds(f"{comments}{RSS}".encode(), PAGE) == both
    assert named_feeds(f"{RSS}{comments}".encode(), PAGE) == both
    assert named_feeds(comments.encode(), PAGE) == both[1:]


@pytest.mark.parametrize(
    ("href", "is_like_one"),
    [
        ("/feed", True),
        ("feed/", True),
        ("/news.rss", True),
        ("/rss.xml?lang=ko", True),
        ("/my-feed.xml", True),
        ("/atom.json", True),
        ("https://sea.example/blog/rss", True),
        ("https://planet.example/feed/", False),
        ("/about-rss", False),
        ("/feedback", False),
        ("/sitemap.xml", False),
        ("/read?next=/feed", False),
        ("javascript:feed.xml", False),
    ],
)
def test_a_link_for_readers_may_lead_to_a_feed_of_the_site(href: str, is_like_one: bool) -> None:
    link = f'<base href="/blog/"><p><a href="{href}">Subscribe</a></p>'.encode()

    assert feeds_led_to(link, PAGE) == [urljoin(PAGE, href)] * is_like_one
    assert named_feeds(link, PAGE) == []


def test_a_page_that_names_many_feeds_names_a_few() -> None:
    many = "".join(RSS.replace('"/rss"', f'"/rss{n}"') for n in range(500))

    assert named_feeds(many.encode(), PAGE) == [f"https://sea.example/rss{n}" for n in range(NAMED_MAX)]


@pytest.mark.parametrize(
    "body", ["", " ", "no markup", "<html><body>Hello</body></html>", "<link rel=alternate href=/x>", "\0\0"]
)
def test_a_page_that_names_no_feed_has_none(body: str) -> None:
    assert named_feeds(body.encode(), PAGE) == feeds_led_to(body.encode(), PAGE) == []


def test_a_page_in_any_encoding_names_its_feed() -> None:
    page = f"<html><head><title>바다</title>{RSS}</head></html>"

    for encoding in ("utf-8-sig", "utf-16", "euc-kr"):
        assert named_feeds(page.encode(encoding), PAGE) == ["https://sea.example/rss"]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_a_page(body: bytes) -> None:
    named = named_feeds(RSS.encode() + body, PAGE)

    assert all(one.startswith(("http://", "https://")) for one in named)


@pytest.mark.parametrize(
    ("header", "feed"),
    [
        ('</rss>; rel="alternate"; type="application/rss+xml"', "/rss"),
        ("<rss>;rel=ALTERNATE;type=application/atom+xml", "/blog/rss"),
        ('<//x.example/>; rel="https://api.w.org/", </rss>; rel=alternate; type=text/xml', "/rss"),
        ('</a,b>; title="one; two, three"; rel=alternate; type="application/rss+xml"', "/a,b"),
        ('</style.css>; rel=preload; as=style, </wp-json/1>; rel=alternate; type=application/json', None),
        ("</rss>", None),
        ("", None),
        ("<<<>>>;;;===", None),
    ],
)  # fmt: skip
def test_a_header_may_name_the_feed(header: str, feed: str | None) -> None:
    assert linked_feeds(header, PAGE) == ([f"https://sea.example{feed}"] if feed else [])


def test_the_usual_places_are_beside_the_page_and_at_the_root() -> None:
    at_root = usual_addresses("https://sea.example/")
    beside = usual_addresses("https://sea.example/blog/today?page=2")

    names = ["feed", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json"]
    assert at_root == [f"https://sea.example/{name}" for name in names]
    assert beside == [f"https://sea.example/blog/{name}" for name in names] + at_root
