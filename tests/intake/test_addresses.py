import pytest

from htmxnews.intake.addresses import link_address, path_of, web_address


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
