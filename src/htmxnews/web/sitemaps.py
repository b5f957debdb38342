"""What search engines ask for: sitemaps and robots.txt."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort
from lxml.builder import ElementMaker

from htmxnews.finding import addresses
from htmxnews.finding.addresses import Address
from htmxnews.web import asked
from htmxnews.web.syndication import to_bytes, xml_text
from htmxnews.web.words import absolute, machine, story_url

bp = Blueprint("sitemaps", __name__)

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
NEWS_AGE = timedelta(days=2)  # older stories are no news to those who read a news sitemap
NEWS_MAX = 1_000  # as many as they read
PAGES = ("/", "/tags", "/popular", "/about")

_map = ElementMaker(namespace=SITEMAP, nsmap={None: SITEMAP})
_news_map = ElementMaker(namespace=SITEMAP, nsmap={None: SITEMAP, "news": NEWS})
_news = ElementMaker(namespace=NEWS)


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page, or a list of the sitemaps that have them when they are many."""
    numbers = addresses.blocks(asked.session())
    if len(numbers) < 2:
        return _block(numbers[0] if numbers else 1, PAGES)
    maps = (_map.sitemap(_map.loc(absolute(f"/sitemap-{number}.xml"))) for number in numbers)
    return _as_xml(_map.sitemapindex(*maps))


@bp.get("/sitemap-<int:number>.xml")
def numbered_sitemap(number: int) -> Response:
    """One of many sitemaps; the first also has the pages that are no stories."""
    numbers = addresses.blocks(asked.session())
    if number not in numbers:
        abort(404)
    return _block(number, PAGES if number == numbers[0] else ())


@bp.get("/news-sitemap.xml")
def news_sitemap() -> Response:
    """The stories of the last two days, newest first, with their titles."""
    found = addresses.since(asked.session(), asked.now() - NEWS_AGE, limit=NEWS_MAX)
    return _as_xml(_news_map.urlset(*(_news_url(story) for story in found)))


@bp.get("/robots.txt")
def robots() -> Response:
    """Everything may be read; parts of pages and the view counter are nothing to find."""
    lines = (
        "User-agent: *",
        "Disallow: /partials/",  # before Allow: some readers take the first line that fits
        "Disallow: /views/",
        "Allow: /",
        "",
        f"Sitemap: {absolute('/sitemap.xml')}",
        f"Sitemap: {absolute('/news-sitemap.xml')}",
    )
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _block(number: int, pages: Iterable[str]) -> Response:
    stories = addresses.block(asked.session(), number)
    return _as_xml(
        _map.urlset(
            *(_map.url(_map.loc(absolute(page))) for page in pages),
            *(_map.url(_map.loc(story_url(story.slug)), _map.lastmod(_changed(story))) for story in stories),
        )
    )


def _news_url(story: Address) -> Any:
    publication = _news.publication(
        _news.name(xml_text(asked.config().site_name)),
        _news.language(_language(story.lang or asked.config().lang)),
    )
    return _news_map.url(
        _news_map.loc(story_url(story.slug)),
        _news.news(
            publication,
            _news.publication_date(machine(story.published_at)),
            _news.title(xml_text(story.title)),
        ),
    )


def _language(tag: str) -> str:
    """The two or three letters that news sitemaps know; Chinese keeps its region."""
    parts = xml_text(tag).lower().split("-")
    if parts[0] == "zh":
        return "zh-tw" if {"tw", "hk", "mo", "hant"} & set(parts) else "zh-cn"
    return parts[0]


def _changed(story: Address) -> str:
    return machine(max(story.published_at, story.updated_at or story.published_at))


def _as_xml(root: Any) -> Response:
    return Response(to_bytes(root), content_type="application/xml")
