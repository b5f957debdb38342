"""Settings: read once from the environment, typed, ranged and loud at start."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "HTMXNEWS_"

Network = IPv4Network | IPv6Network

_PASSWORD = re.compile(r"(?<=:)(?!//)\S+(?=@)")  # in an address, up to its host
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


class ConfigError(Exception):
    """A setting has a value that it may not have; the message names it, the value and what is allowed."""


class Config(BaseSettings):
    """Every setting, its default and its range. `docs/settings.md` has the same table (a test compares)."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", str_strip_whitespace=True
    )

    database_url: str = Field(
        "sqlite:///instance/htmxnews.db",
        description="Where the stories are kept: `sqlite:///FILE`, or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`.",
    )
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address readers use. Absolute links are built from it; its host is answered.",
    )
    extra_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="More host names to answer, separated by commas. Loopback names always are."
    )
    site_name: str = Field("The Daily Fragment", min_length=1, max_length=60, description="The nameplate.")
    site_tagline: str = Field(
        "", max_length=120, description="A line for the footer, feeds and search engines."
    )
    lang: str = Field("en", description="Language of the site as a BCP 47 tag; dates are written in it.")
    timezone: str = Field("UTC", description="Time zone of dates and days, such as `Asia/Seoul`.")
    page_size: int = Field(20, ge=1, le=100, description="Stories a list page.")
    media_dir: Path = Field(Path("instance/media"), description="Where pictures of stories are kept.")
    picture_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts whose pictures are not copied: readers load them from there, and tell them their "
        "address. Separated by commas; `*` is any.",
    )
    embed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        ("*",),
        description="Sites that may embed the widget, as `https://www.example.org`, separated by commas; "
        "`*` is any, empty is none.",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many reverse proxies in front set `X-Forwarded-*`."
    )
    fetch_allow_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Address ranges that fetching may reach although they are not public (any port)."
    )
    sanitizer: Literal["bleach", "nh3"] = Field(
        "bleach",
        description="Which library cleans the HTML of stories last; after a change: `htmxnews reclean`.",
    )
    fold_copies: bool = Field(True, description="Whether a story that several sources carry is shown once.")
    log_format: Literal["text", "json"] = Field("text", description="Form of the log lines.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if re.match(r"sqlite:///.|postgresql\+psycopg://[^@]*@?[^@]*/[^/?]", value) and _has_good_port(value):
            return value
        raise ValueError(
            "an address like sqlite:///instance/htmxnews.db or postgresql+psycopg://user:password@host/name"
        )

    @field_validator("media_dir", mode="before")
    @classmethod
    def _folder(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            raise ValueError("the path of a folder")  # none would be the folder that we happen to be in
        return value

    @field_validator("site_name", "site_tagline")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if re.search(r"[\x00-\x1f\x7f-\x9f]", value):
            raise ValueError("one line of text")
        return value

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value) if _has_good_port(value) else None
        if (
            not parts
            or parts.scheme not in ("http", "https")
            or not parts.hostname
            or "@" in parts.netloc
            or re.search(r"[\s?#<>\"]", value)
        ):
            raise ValueError("an http or https address, without a name and password, without a query")
        if parts.path not in ("", "/"):
            raise ValueError("an address without a path: the site lives at the root of its host")
        return value.rstrip("/")

    @field_validator("extra_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        return tuple(_words(value)) if isinstance(value, str) else value

    @field_validator("picture_hosts", mode="before")
    @classmethod
    def _picture_hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        hosts = tuple(word.lower() for word in _words(value))
        if hosts != ("*",) and not all(_ORIGIN.fullmatch(f"https://{host}") for host in hosts):
            raise ValueError("hosts such as pictures.example.org, separated by commas, or *")
        return hosts

    @field_validator("embed_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        origins = tuple(_origin(word) for word in _words(value))
        if origins != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("origins such as https://www.example.org, separated by commas, or *")
        return origins

    @field_validator("fetch_allow_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(word, strict=False) for word in _words(value))
        except ValueError:
            raise ValueError("address ranges such as 10.0.0.0/8, separated by commas") from None

    @field_validator("lang")
    @classmethod
    def _language(cls, value: str) -> str:
        try:
            Locale.parse(value, sep="-")
        except (UnknownLocaleError, ValueError):
            raise ValueError("a language tag such as en, ko or pt-BR") from None
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("a time zone name such as UTC or Asia/Seoul")
        return value

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(self.lang, sep="-")

    @classmethod
    def from_env(cls) -> Self:
        """Read HTMXNEWS_*: absent means the default, a bad value raises ConfigError."""
        try:
            return cls()
        except ValidationError as error:
            raise ConfigError("; ".join(_in_words(e) for e in error.errors())) from None


def _in_words(error: Any) -> str:
    name = PREFIX + str(error["loc"][0]).upper()
    wanted = re.sub(r"^\w+ should ", "", error["msg"].replace("Value error, ", "be ", 1))
    value = _PASSWORD.sub("***", repr(error["input"]))
    return f"{name} is {value}, but must {wanted}"


def _has_good_port(address: str) -> bool:
    """Whether the host of an address can be one: its brackets match, its port is none or a number."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def _origin(value: str) -> str:
    """As browsers write it: in lower case, without the port that its scheme implies."""
    origin = value.lower().rstrip("/")
    return origin.removesuffix(":443" if origin.startswith("https:") else ":80")


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]
