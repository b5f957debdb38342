"""How dates, numbers and addresses read on a page: the filters that templates use."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal
from flask import Flask
from markupsafe import Markup

from htmxnews.config import Config
from htmxnews.selection import Selection
from htmxnews.text import clip, direction
from htmxnews.web import asked

TEASER = 150  # characters


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        clock=clock,
        day=day,
        exact=exact,
        host=host,
        latest=latest,
        machine=machine,
        number=number,
        plural=plural,
        safe_body=safe_body,
        teaser=teaser,
    )
    config: Config = app.extensions["htmxnews"]
    app.jinja_env.globals.update(
        edition_url=edition_url,
        everything=Selection(),
        page_url=page_url,
        part_url=part_url,
        site=config,
        story_url=story_url,
        site_dir=direction(config.lang, ""),
    )
    app.context_processor(_request)


def _request() -> dict[str, Any]:
    return {"now": asked.now(), "is_part": asked.is_part()}


def ago(moment: datetime) -> str:
    """Within a day "3h ago", else the day: "21 Nov", with the year when it is another one."""
    locale = asked.config().locale
    age = asked.now() - moment
    if timedelta(0) <= age < timedelta(days=1):
        return str(format_timedelta(-age, add_direction=True, format="narrow", locale=locale, threshold=1.1))
    return _short_day(moment.astimezone(asked.config().zone))


def exact(moment: datetime) -> str:
    """The exact time, as a reader in the site's zone would say it."""
    zone, locale = asked.config().zone, asked.config().locale
    return f"{format_date(moment.astimezone(zone), 'long', locale=locale)}, {clock(moment)}"


def clock(moment: datetime) -> str:
    """The time of day."""
    return str(format_time(moment, "short", tzinfo=asked.config().zone, locale=asked.config().locale))


def latest(moment: datetime) -> str:
    """The time of day when it is today's, else the day."""
    local = moment.astimezone(asked.config().zone)
    return clock(moment) if local.date() == asked.now().date() else _short_day(local)


def day(value: date) -> str:
    """The whole date in the site's language: "Monday, December 23, 2024"."""
    return str(format_date(value, "full", locale=asked.config().locale))


def machine(moment: datetime) -> str:
    """For `datetime` attributes: ISO 8601 in the site's zone."""
    return moment.astimezone(asked.config().zone).isoformat(timespec="seconds")


def number(value: int) -> str:
    return str(format_decimal(value, locale=asked.config().locale))


def plural(value: int, one: str, many: str) -> str:
    """A number and its noun: "1 story", "64 stories"."""
    return f"{number(value)} {one if value == 1 else many}"


def teaser(text: str, limit: int = TEASER) -> str:
    """The start of a summary, cut at a word with an ellipsis."""
    return clip(text, limit)


def host(url: str) -> str:
    """The host of an address, without `www.`: what a reader knows a site by."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def safe_body(html: str) -> Markup:
    """The cleaned body of a story: the one place where stored markup is shown as it is (S01)."""
    return Markup(html)  # noqa: S704 (cleaned on the way in)


def _short_day(local: datetime) -> str:
    skeleton = "MMMd" if local.year == asked.now().year else "yMMMd"
    return str(format_skeleton(skeleton, local, locale=asked.config().locale))


def page_url(selection: Selection, **more: str) -> str:
    """The page of a selection."""
    return "/" + selection.query(**more)


def part_url(name: str, selection: Selection, **more: str) -> str:
    """The part `name` of a selection, for htmx."""
    return f"/partials/{name}" + selection.query(**more)


def edition_url(value: date) -> str:
    return f"/editions/{value.isoformat()}"


def absolute(path: str) -> str:
    """The whole address of a path of ours, from the settings and never from the request (S34)."""
    return asked.config().base_url + path


def story_url(slug: str) -> str:
    """The whole address of a story's page; letters outside ASCII are escaped, as XML formats ask."""
    return absolute("/a/" + quote(slug))
