"""Files to import, of any size: a WordPress export, a feed; the same for the same numbers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
_TEXT = """
    harbour ferry council tide night train bridge market teacher budget river signal winter garden museum
    engine library station valley doctor farmer island crossing border weather price school vote letter
"""
_WORDS = _TEXT.split()


def body(number: int) -> str:
    """About 5 kB of HTML as people write it: paragraphs, links, a list, a quote, a figure, a table."""
    chance = Random(number)  # noqa: S311 (the same every time)
    parts = [
        f"<p>{_sentence(chance, 60)} <a href='https://news.example/{number}'>{_sentence(chance, 4)}</a></p>"
    ]
    parts.append(f"<h2>{_sentence(chance, 6)}</h2>")
    parts += [
        f'<p style="margin:0">{_sentence(chance, 70)} <em>{_sentence(chance, 3)}</em>, '
        f"<strong class='x'>{_sentence(chance, 2)}</strong>.</p>"
        for _ in range(6)
    ]
    parts.append(f"<ul>{''.join(f'<li>{_sentence(chance, 8)}</li>' for _ in range(5))}</ul>")
    parts.append(f"<blockquote><p>{_sentence(chance, 30)}</p></blockquote>")
    parts.append(
        f'<figure><img src="https://news.example/{number}.jpg" alt="{_sentence(chance, 5)}" width="800">'
        f"<figcaption>{_sentence(chance, 9)}</figcaption></figure>"
    )
    if number % 5 == 0:
        row = f"<tr>{''.join(f'<td>{_sentence(chance, 2)}</td>' for _ in range(4))}</tr>"
        parts.append(f"<table><tbody>{row * 4}</tbody></table>")
    parts.append("<script>track()</script>")
    return "\n".join(parts)


def write_wxr(path: Path, megabytes: int) -> int:
    """Write a WordPress export of about that size and return how many published posts it has."""
    return _write(path, megabytes * 1_000_000, _WXR_HEAD, _post)


def write_feed(path: Path, megabytes: int) -> int:
    """Write an RSS feed of about that size and return how many items it has."""
    return _write(path, megabytes * 1_000_000, _RSS_HEAD, _item)


def write_cut_off_feed(path: Path, megabytes: int) -> int:
    """Write a feed that is not well-formed from its middle on; return how many items it has."""

    def item(number: int) -> str:
        return _item(number).replace("</title>", " & more</title>" if number == 2_000 else "</title>")

    return _write(path, megabytes * 1_000_000, _RSS_HEAD, item)


def _write(path: Path, size: int, head: str, one: Callable[[int], str]) -> int:
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        written += file.write(head)
        while written < size:
            written += file.write(one(number))
            number += 1
        file.write("</channel></rss>\n")
    return number


def _post(number: int) -> str:
    when = NEWEST - timedelta(minutes=37 * number)
    terms = "".join(
        f'<category domain="post_tag" nicename="t{n}"><![CDATA[{_WORDS[n]}]]></category>'
        for n in {number % 7, number % 11, number % 29}
    )
    comments = "<wp:comment><wp:comment_content><![CDATA[I agree.]]></wp:comment_content></wp:comment>" * 3
    return f"""<item><title>{_title(number)}</title><link>https://news.example/{number}/</link>
<dc:creator><![CDATA[desk{number % 5}]]></dc:creator><guid isPermaLink="false">https://news.example/?p={number}</guid>
<content:encoded><![CDATA[{body(number)}]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded>
<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>{when:%Y-%m-%d %H:%M:%S}</wp:post_date_gmt>
<wp:post_name>story-{number}</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<category domain="category" nicename="c"><![CDATA[Section {number % 8}]]></category>{terms}{comments}</item>
"""


def _item(number: int) -> str:
    when = NEWEST - timedelta(minutes=37 * number)
    return f"""<item><title>{_title(number)}</title><link>https://news.example/{number}/</link>
<guid isPermaLink="false">item-{number}</guid><pubDate>{when:%a, %d %b %Y %H:%M:%S} GMT</pubDate>
<category>{_WORDS[number % 29]}</category><content:encoded><![CDATA[{body(number)}]]></content:encoded></item>
"""


def _title(number: int) -> str:
    return f"{_sentence(Random(-number), 7).capitalize()} {number}"  # noqa: S311


def _sentence(chance: Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


_RSS_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>A long feed</title><link>https://news.example/</link><description>Everything</description>
"""
_WXR_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>A long blog</title><link>https://news.example</link><language>en</language>
<wp:wxr_version>1.2</wp:wxr_version>
"""
