"""One payload, by every way that a story can come in: a real file for the real importer."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lxml import etree, html

DAY = "2026-03-01T10:00:00Z"
PLACE = "https://news.example/hostile"

Payloads = Sequence[str]
Way = Callable[[Path, Payloads], Path]  # writes a file or a folder and returns what is to be imported


def xml_safe(text: str) -> str:
    """`text` without what XML cannot hold; everything else is escaped by whoever writes it."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )


def in_cdata(text: str) -> str:
    return f"<![CDATA[{xml_safe(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def rss_description(folder: Path, payloads: Payloads) -> Path:
    return _rss(
        folder / "description.xml", [f"<description>{escape(xml_safe(p))}</description>" for p in payloads]
    )


def rss_content(folder: Path, payloads: Payloads) -> Path:
    return _rss(
        folder / "content.xml", [f"<content:encoded>{in_cdata(p)}</content:encoded>" for p in payloads]
    )


def atom_html(folder: Path, payloads: Payloads) -> Path:
    return _atom(
        folder / "html.atom", [f'<content type="html">{escape(xml_safe(p))}</content>' for p in payloads]
    )


def atom_text(folder: Path, payloads: Payloads) -> Path:
    return _atom(
        folder / "text.atom", [f'<content type="text">{escape(xml_safe(p))}</content>' for p in payloads]
    )


def atom_xhtml(folder: Path, payloads: Payloads) -> Path:
    return _atom(folder / "xhtml.atom", [f'<content type="xhtml">{_xhtml(p)}</content>' for p in payloads])


def json_feed(folder: Path, payloads: Payloads) -> Path:
    items = [{"id": str(n), "content_html": p, "date_published": DAY} for n, p in enumerate(payloads)]
    return _json_feed(folder / "feed.json", items)


def json_feed_text(folder: Path, payloads: Payloads) -> Path:
    items = [{"id": str(n), "content_text": p, "date_published": DAY} for n, p in enumerate(payloads)]
    return _json_feed(folder / "text.json", items)


def wxr(folder: Path, payloads: Payloads) -> Path:
    items = [
        f"<item><title>Story {n}</title><guid>g{n}</guid><wp:post_id>{n}</wp:post_id>"
        f"<wp:post_type>post</wp:post_type><wp:status>publish</wp:status>"
        f"<wp:post_date_gmt>2026-03-01 10:00:00</wp:post_date_gmt>"
        f"<content:encoded>{in_cdata(payload)}</content:encoded></item>"
        for n, payload in enumerate(payloads)
    ]
    return _written(
        folder / "export.xml",
        _channel("<wp:wxr_version>1.2</wp:wxr_version>", items, wp="http://wordpress.org/export/1.2/"),
    )


def markdown(folder: Path, payloads: Payloads) -> Path:
    stories = folder / "stories"
    stories.mkdir()
    for n, payload in enumerate(payloads):
        told = payload.encode("utf-8", "replace").decode()
        _written(stories / f"{n}.md", f"---\ntitle: Story {n}\ndate: {DAY}\n---\n\n{told}\n")
    return stories


def jsonl_html(folder: Path, payloads: Payloads) -> Path:
    return _jsonl(folder, "body_html", payloads)


def jsonl_markdown(folder: Path, payloads: Payloads) -> Path:
    return _jsonl(folder, "body_md", payloads)


def jsonl_text(folder: Path, payloads: Payloads) -> Path:
    return _jsonl(folder, "body_text", payloads)


WAYS: tuple[Way, ...] = (
    *(rss_description, rss_content, atom_html, atom_text, atom_xhtml, json_feed, json_feed_text),
    *(wxr, markdown, jsonl_html, jsonl_markdown, jsonl_text),
)


def _rss(path: Path, contents: Sequence[str]) -> Path:
    items = [
        f"<item><title>Story {n}</title><guid>g{n}</guid><link>{PLACE}/{n}</link>"
        f"<pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>{content}</item>"
        for n, content in enumerate(contents)
    ]
    return _written(path, _channel(f"<link>{PLACE}</link>", items))


def _channel(about: str, items: Sequence[str], **more: str) -> str:
    names = {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "media": "http://search.yahoo.com/mrss/",
    }
    spaces = " ".join(f"xmlns:{name}={quoteattr(uri)}" for name, uri in (names | more).items())
    return (
        f'<rss version="2.0" {spaces}><channel><title>Hostile</title>{about}{"".join(items)}</channel></rss>'
    )


def _atom(path: Path, contents: Sequence[str]) -> Path:
    entries = [
        f"<entry><id>urn:{n}</id><title>Story {n}</title><updated>{DAY}</updated>"
        f'<link href="{PLACE}/{n}"/>{content}</entry>'
        for n, content in enumerate(contents)
    ]
    return _written(
        path, f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Hostile</title>{"".join(entries)}</feed>'
    )


def _xhtml(payload: str) -> str:
    """The payload as well-formed XHTML, which takes what an HTML parser makes of it."""
    division = html.fragment_fromstring(xml_safe(payload).replace("\x00", ""), create_parent="div")
    text: str = etree.tostring(division, encoding="unicode", with_tail=False)
    try:
        etree.fromstring(text)
    except etree.XMLSyntaxError:
        text = f"<div>{escape(xml_safe(payload))}</div>"
    return text.replace("<div", '<div xmlns="http://www.w3.org/1999/xhtml"', 1)


def _json_feed(path: Path, items: Sequence[dict[str, str]]) -> Path:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Hostile", "items": items}
    return _written(path, json.dumps(feed))


def _jsonl(folder: Path, field: str, payloads: Payloads) -> Path:
    stories = (
        {"id": str(n), "title": f"Story {n}", "published": DAY, field: p} for n, p in enumerate(payloads)
    )
    return _written(folder / f"{field}.jsonl", "".join(f"{json.dumps(story)}\n" for story in stories))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
