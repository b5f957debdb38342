import re
from pathlib import Path

import pytest

from htmxnews.config import PREFIX, Config, ConfigError

DOCS = Path(__file__).resolve().parents[1] / "docs" / "settings.md"


def test_the_table_in_the_docs_names_every_setting_with_its_default_and_meaning() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCS.read_text(), re.MULTILINE))

    expected = {
        PREFIX + name.upper(): f"{_shown(field.default)} | {field.description}"
        for name, field in Config.model_fields.items()
    }

    assert rows == expected


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        default = ", ".join(map(str, default))
    return f"`{default}`" if default != "" else "(empty)"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PAGE_SIZE", "0", "greater than or equal to 1"),
        ("PAGE_SIZE", "many", "a valid integer"),
        ("MEDIA_DIR", " ", "the path of a folder"),
        ("TIMEZONE", "Mars/Olympus", "a time zone name"),
        ("LANG", "no language", "a language tag"),
        ("BASE_URL", "ftp://example.org", "an http or https address"),
        ("BASE_URL", "https://example.org/news", "without a path"),
        ("BASE_URL", "https://[::1", "an http or https address"),
        ("BASE_URL", "https://example.org:99999", "an http or https address"),
        ("BASE_URL", "https://someone@example.org", "without a name and password"),
        ("BASE_URL", "https://exam ple.org", "an http or https address"),
        ("SITE_NAME", "", "at least 1 character"),
        ("SITE_NAME", "The\nPaper", "one line of text"),
        ("DATABASE_URL", "mysql://localhost/news", "sqlite:///"),
        ("DATABASE_URL", "postgresql+psycopg://localhost:port/news", "sqlite:///"),
        ("DATABASE_URL", "postgresql+psycopg://[::1/news", "sqlite:///"),
        ("FETCH_ALLOW_NETWORKS", "10.0.0.0/99", "address ranges"),
        ("EMBED_ORIGINS", "www.example.org", "origins such as https://www.example.org"),
        ("EMBED_ORIGINS", "https://example.org/blog", "origins such as"),
        ("EMBED_ORIGINS", "*, https://example.org", "origins such as"),
        ("EMBED_ORIGINS", "https://example.org; script-src *", "origins such as"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
    ],
)
def test_a_bad_value_names_the_variable_the_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    with pytest.raises(ConfigError) as refused:
        Config.from_env()

    message = str(refused.value)
    assert re.match(re.escape(f"{PREFIX}{name} is {value!r}, but must ") + "(be|have) ", message)
    assert says in message


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "postgres://bob:s3cret@db/news", "postgres://bob:***@db/news"),
        (
            "DATABASE_URL",
            "postgresql+psycopg://bob:s3/@:cret@db/news",
            "postgresql+psycopg://bob:***@db/news",
        ),
        ("BASE_URL", "https://bob:s3cret@example.org", "https://bob:***@example.org"),
    ],
)
def test_r10_a_password_in_a_bad_value_is_not_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    with pytest.raises(ConfigError) as refused:
        Config.from_env()

    assert str(refused.value).startswith(f"{PREFIX}{name} is {told!r}, but must be")


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "EXTRA_HOSTS", "news.example.org, www.example.org")
    monkeypatch.setenv(PREFIX + "FETCH_ALLOW_NETWORKS", "10.0.0.0/8,fd00::/8")

    monkeypatch.setenv(PREFIX + "EMBED_ORIGINS", "https://Blog.example.org:443/, http://[::1]:8080")

    config = Config.from_env()

    assert config.embed_origins == ("https://blog.example.org", "http://[::1]:8080")
    assert config.extra_hosts == ("news.example.org", "www.example.org")
    assert [str(network) for network in config.fetch_allow_networks] == ["10.0.0.0/8", "fd00::/8"]
