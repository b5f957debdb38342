import pytest

from htmxnews.intake.addresses import is_served_here, link_address, path_of, web_address


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("https://example.org/a b?q=<x>", "https://example.org/a%20b?q=%3Cx%3E"),
        (" https://exam\u200bple.org/\n", "https://example.org/"),
        ("//example.org/x", "https://example.org/x"),
        ("page.html", "https://base.example/dir/page.html"),
        ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/straße"),
        ("http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("https://EXAMPLE.org./", "https://example.org/"),
    ],
)
def test_s03_an_address_is_written_absolute_and_plain(raw: str, address: str) -> None:
    assert web_address(raw, "https://base.example/dir/") == address


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "ftp://example.org/",
        "https://",
        "http://a@b.example/",
        "http://1234/",
        "http://1.2.3.4.5/",
        "http://a..b/",
        "http://a b/" + "x" * 2_000,
        "http://exa<mple.org/",
        "https://example.org:99999/",
        "http://[::1",
        None,
        7,
    ],
)
def test_s03_what_is_no_web_address_is_none(raw: object) -> None:
    assert web_address(raw) is None


def test_s03_a_mail_link_keeps_its_mailbox_only() -> None:
    assert (
        link_address("mailto:desk@example.org?bcc=x@y.example", None, frozenset())
        == "mailto:desk@example.org"
    )
    assert link_address("mailto:<script>", None, frozenset()) is None


def test_an_old_address_is_path_and_query_without_host() -> None:
    assert path_of("https://old.example/2020/05/a-story/?x=1#top") == "/2020/05/a-story/?x=1"
    assert path_of("https://old.example/?p=7") == "/?p=7"
    assert path_of("https://old.example") is None
    assert path_of("https://old.example/" + "海" * 1_000) is None
    assert path_of("https://old.example/a%00b") is None


@pytest.mark.parametrize(
    ("address", "base_url", "ours"),
    [
        ("https://paper.example/feed.atom", "https://paper.example", True),
        ("http://paper.example/feed.atom", "https://paper.example", True),
        ("https://paper.example:443/", "http://paper.example", True),
        ("https://paper.example:8443/", "https://paper.example", False),
        ("https://paper.example/", "http://paper.example:8000", False),
        ("http://paper.example:8000/", "http://PAPER.example:8000", True),
        ("https://other.example/", "https://paper.example", False),
        ("https://www.paper.example:8443/", "https://paper.example", True),
        ("https://xn--zeitung-6va.example/", "https://paper.example", True),
        ("https://xn--mnchen-3ya.example/", "https://münchen.example", True),
        ("http://localhost:8000/", "http://127.0.0.1:8000", True),
        ("http://[::1]:8000/", "http://localhost:8000", True),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000/", "https://paper.example", False),
    ],
)
def test_s19_which_addresses_are_our_own(address: str, base_url: str, ours: bool) -> None:
    assert is_served_here(address, base_url, ("WWW.paper.example", "zeitungß.example")) is ours
