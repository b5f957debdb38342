"""How dates, numbers and addresses read on a page: the filters that templates use."""

from calendar import Calendar
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_day_names
from babel.numbers import format_decimal
from flask import Flask
from markupsafe import Markup

from htmxnews.config import Config
from htmxnews.selection import Selection
from htmxnews.text import clip, direction
from htmxnews.web import asked

TEASER = 150  # characters
REMEMBERED = 4_096


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        clock=clock,
        day=day,
        exact=exact,
        host=host,
        latest=latest,
        machine=machine,
        month=month,
        number=number,
        plural=plural,
        safe_body=as_it_is,
        teaser=teaser,
        weeks=weeks,
    )
    config: Config = app.extensions["htmxnews"]
    app.jinja_env.globals.update(
        edition_url=edition_url,
        everything=Selection(),
        page_url=page_url,
        part_url=part_url,
        site=config,
        story_url=story_url,
        weekdays=weekdays,
        site_dir=direction(config.lang, ""),
    )
    app.context_processor(_request)


def _request() -> dict[str, Any]:
    return {"now": asked.now(), "is_part": asked.is_part()}


def ago(moment: datetime) -> str:
    """Within a day "3h ago", else the day: "21 Nov", with the year when it is another one."""
    now = asked.now()
    age = now - moment
    if timedelta(0) <= age < timedelta(days=1):
        return _age(age // timedelta(minutes=1), asked.config().locale)
    return _short_day(moment, now.year, asked.config().zone, asked.config().locale)


def exact(moment: datetime) -> str:
    """The exact time, as a reader in the site's zone would say it."""
    return _exact(moment, asked.config().zone, asked.config().locale)


def clock(moment: datetime) -> str:
    """The time of day."""
    return _clock(moment, asked.config().zone, asked.config().locale)


def latest(moment: datetime) -> str:
    """The time of day when it is today's, else the day."""
    local = moment.astimezone(asked.config().zone)
    now = asked.now()
    if local.date() == now.date():
        return clock(moment)
    return _short_day(moment, now.year, asked.config().zone, asked.config().locale)


def day(value: date) -> str:
    """The whole date in the site's language: "Monday, December 23, 2024"."""
    return _day(value, asked.config().locale)


def month(value: date) -> str:
    """The month and its year in the site's language: "December 2024"."""
    return str(format_skeleton("yMMMM", value, locale=asked.config().locale))


def weekdays() -> list[tuple[str, str]]:
    """The days of the week, short and whole, beginning as the site's language does."""
    locale = asked.config().locale
    short, whole = (get_day_names(width, "stand-alone", locale) for width in ("abbreviated", "wide"))
    return [(short[number], whole[number]) for number in Calendar(locale.first_week_day).iterweekdays()]


def weeks(value: date) -> list[list[date | None]]:
    """The month of a day by weeks; None where a day belongs to another month."""
    days = Calendar(asked.config().locale.first_week_day).monthdayscalendar(value.year, value.month)
    return [[value.replace(day=number) if number else None for number in week] for week in days]


def machine(moment: datetime) -> str:
    """For `datetime` attributes: ISO 8601 in the site's zone."""
    return _machine(moment, asked.config().zone)


def number(value: int) -> str:
    return numeral(value, asked.config().locale)


def plural(value: int, one: str, many: str) -> str:
    """A number and its noun: "1 story", "64 stories"."""
    return f"{number(value)} {one if value == 1 else many}"


def teaser(text: str, limit: int = TEASER) -> str:
    """The start of a summary, cut at a word with an ellipsis."""
    return clip(text, limit)


def host(url: str) -> str:
    """The host of an address, without `www.`: what a reader knows a site by."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def as_it_is(html: str) -> Markup:
    """Markup that is shown as it is (S01): a cleaned body of a story, or what a template made and we kept."""
    return Markup(html)  # noqa: S704 (cleaned on the way in, or escaped by a template)


# Writing a date takes as long as the rest of its row, and the same ones come again and again.


@lru_cache(maxsize=REMEMBERED)
def _age(minutes: int, locale: Locale) -> str:
    past = timedelta(minutes=-minutes) or timedelta(seconds=-1)
    return str(format_timedelta(past, add_direction=True, format="narrow", locale=locale, threshold=1.1))


@lru_cache(maxsize=REMEMBERED)
def _short_day(moment: datetime, this_year: int, zone: ZoneInfo, locale: Locale) -> str:
    local = moment.astimezone(zone)
    skeleton = "MMMd" if local.year == this_year else "yMMMd"
    return str(format_skeleton(skeleton, local, locale=locale))


@lru_cache(maxsize=REMEMBERED)
def _day(value: date, locale: Locale) -> str:
    return str(format_date(value, "full", locale=locale))


@lru_cache(maxsize=REMEMBERED)
def _clock(moment: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return str(format_time(moment, "short", tzinfo=zone, locale=locale))


@lru_cache(maxsize=REMEMBERED)
def _exact(moment: datetime, zone: ZoneInfo, locale: Locale) -> str:
    day = format_date(moment.astimezone(zone), "long", locale=locale)
    return f"{day}, {format_time(moment, 'short', tzinfo=zone, locale=locale)}"


@lru_cache(maxsize=REMEMBERED)
def _machine(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


@lru_cache(maxsize=REMEMBERED)
def numeral(value: int, locale: Locale) -> str:
    return str(format_decimal(value, locale=locale))


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
