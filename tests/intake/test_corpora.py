"""Every file of the shared corpora, against counts that no feed library made, and what other libraries read.

`pytest -s` prints what was counted and every difference.
"""

import ast
import html
import json
import re
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from shared import DATA, cases, needs_shared_data

from htmxnews.intake import dates, feeds
from htmxnews.intake.clean import plain
from htmxnews.intake.draft import Parsed, StoryDraft, Unreadable

ADDRESS = "http://feed.example/feed"

# content:item is a part of RSS 1.0, not an item of the feed.
OTHER_ITEMS = {"rss/must/rss10_contentItems.xml"}
# S14: its document type names a file on the web, so that it is refused whole.
REFUSED = {"rss/should/system_entity_http.xml"}


def read(data: bytes, address: str = ADDRESS) -> tuple[Parsed, list[StoryDraft]]:
    try:
        parsed = feeds.parse(data, address)
    except Unreadable:
        return Parsed(), []
    return parsed, list(parsed.drafts)


@needs_shared_data
@pytest.mark.parametrize("name", ["feedparser", "feedvalidator", "gofeed", "real"])
def test_every_well_formed_feed_gives_every_item_and_the_others_each_that_has_a_tag(name: str) -> None:
    counts: Counter[str] = Counter()
    wrong, started = set(), time.process_time()

    for row, data in cases(f"feeds/{name}"):
        kind = "well-formed" if row["well_formed"] else "broken"
        wanted = row["items"] if row["well_formed"] else row.get("item_tags", 0)
        found = len(read(data)[1])
        is_right = found == wanted if row["well_formed"] else found >= wanted
        counts[kind] += 1
        counts[f"{kind} and right"] += is_right
        if not is_right:
            wrong.add(row["file"])

    print(f"\n{name}: {dict(counts)}", *sorted(wrong))
    assert wrong <= OTHER_ITEMS | REFUSED
    assert time.process_time() - started < 30


Fact = tuple[str, Any, Any]  # what it is about, what another library read, what we read

# Where others read another thing than we do, and why we stay with ours.
DIFFERENCES = {
    "gofeed": {
        # It takes one author where there are several.
        "extensions/dublincore/dublincore_item_multiple_values.xml",
    },
    "real": {
        "rss-parser/guardian.rss",  # categories that come twice, and with two spaces
        "rss-parser/itunes-keywords.rss",  # keywords are tags too
        "rss-parser/many-links.rss",  # the page itself, not the counter that leads there
        "rss-parser/narro.rss",  # a mailbox is no name
        "rss-parser/reddit-atom.rss",  # it loses the links that stand in a description as elements
        "rss-parser/reddit-home.rss",  # a relative id is resolved like an address
        "rss-parser/xml2js-options.rss",  # a word of its own for what is empty
    },
    "feedparser": {
        # The letter that HTML of today means by it.
        "entities/lang.xml",
        # The label of a category, which is for people, before its term.
        "wellformed/atom10/entry_category_term_non_ascii.xml",
        # Facts that a story does not keep: the size of an enclosure, the language of an HTTP answer.
        "wellformed/atom10/entry_link_rel_enclosure_map_enclosure_length.xml",
        "wellformed/atom10/entry_link_rel_enclosure_map_enclosure_type.xml",
        "wellformed/rss/item_enclosure_length.xml",
        "wellformed/rss/item_enclosure_type.xml",
        "wellformed/lang/http_content_language.xml",
        "wellformed/http/headers_content_location-unsafe.xml",
        # Hosts in small letters.
        "wellformed/rss/item_image_link_conflict.xml",
        # Bodies stay as they came; cleaning takes away what must not be.
        "wellformed/sanitize/entry_content_iframe.xml",
        "wellformed/sanitize/item_content_encoded_script_nested_cdata.xml",
        # A comment that a browser sees no end of either.
        "wellformed/sanitize/xml_malicious_comment.xml",
    },
}


@needs_shared_data
@pytest.mark.parametrize("name", ["feedparser", "gofeed", "real"])
def test_what_others_read_in_the_corpora_we_read_too(name: str) -> None:
    counts: Counter[str] = Counter()
    different = set()

    for file, told in _expected(name):
        for kind, wanted, found in told:
            counts[kind] += 1
            if not _agree(kind, wanted, found):
                different.add(file)
                print(f"{file}: {kind} {str(wanted)[:100]!r}, read {str(found)[:100]!r}")

    print(f"\n{name}: {sum(counts.values())} facts {dict(counts)}, {len(different)} files differ")
    assert sum(counts.values()) > 100
    assert different <= DIFFERENCES[name]


def _expected(name: str) -> Iterator[tuple[str, list[Fact]]]:
    with zipfile.ZipFile(DATA / f"feeds/{name}.zip") as archive:
        for row, data in cases(f"feeds/{name}"):
            if row.get("expect"):
                headers = {key.lower(): value for key, value in (row["headers"] or {}).items()}
                parsed, drafts = read(data, headers.get("content-location") or "http://127.0.0.1:8097/x.xml")
                yield row["file"], list(_of_expression(row["expect"], parsed, drafts))
            elif row.get("expected_file"):
                expected = json.loads(archive.read(row["expected_file"]))
                parsed, drafts = read(data)
                yield row["file"], list(_of_json(expected.get("feed", expected), parsed, drafts))


def _agree(kind: str, wanted: Any, found: Any) -> bool:
    match kind:
        case "link" | "id":
            return str(wanted).rstrip("/") == str(found or "").rstrip("/")
        case "date":
            moment = dates.read(wanted)
            return moment is None or moment in map(dates.read, found)
        case "enclosure":
            return wanted in found
        case "names":
            return [_words(name) for name in wanted] == [_words(name) for name in found]
    # Words, in one of the parts; titles may have been escaped once too often.
    parts = found if isinstance(found, tuple) else (found,)
    return any(
        _words(wanted) == _words(part) or _words(html.unescape(wanted)) == _words(part) for part in parts
    )


def _words(value: Any) -> str:
    try:
        return " ".join(re.sub(r"<[^>]*>", "", plain(html.unescape(str(value or "")))).split())
    except Exception:  # a lone declaration is no markup that has words
        return str(value)


def _of_json(expected: dict[str, Any], parsed: Parsed, drafts: list[StoryDraft]) -> Iterator[Fact]:
    """The facts of a parse result as gofeed and rss-parser write it."""
    if expected.get("title"):
        yield "title", expected["title"], parsed.source_name
    if link := _page(expected):
        yield "link", link, parsed.site_url
    if expected.get("language"):
        yield "language", expected["language"], parsed.lang
    for item, draft in zip(expected.get("items") or expected.get("entries") or [], drafts, strict=False):
        yield from _of_item(item, draft)


def _of_item(item: dict[str, Any], draft: StoryDraft) -> Iterator[Fact]:
    if item.get("title"):
        yield "title", _value(item["title"]), draft.title
    if link := _page(item):
        yield "link", link, draft.url
    if key := _value(item.get("guid") or item.get("id")):
        yield "id", key, draft.key
    if body := _value(item.get("content:encoded") or item.get("content")):
        yield "body", body, draft.body
    if summary := _value(item.get("description") or item.get("summary")):
        yield "summary", summary, (draft.summary, draft.body)
    people = item.get("authors") or [item.get("creator") or item.get("author")]
    if names := [name for name in map(_name, people) if name]:
        yield "names", names, draft.authors
    terms = item.get("categories") or []
    if names := [name for name in map(_value, terms) if name]:
        yield "names", names, draft.tags
    for name in ("published", "pubDate", "updated", "issued", "modified", "isoDate"):
        if item.get(name):
            yield "date", item[name], (draft.published, draft.updated)
    for enclosure in item.get("enclosures") or [item.get("enclosure")]:
        if enclosure and enclosure.get("url"):
            yield "enclosure", enclosure["url"], draft.body + repr(draft.picture)


def _page(value: dict[str, Any]) -> str | None:
    if isinstance(value.get("link"), str):
        return str(value["link"])
    links = [link for link in value.get("links") or () if isinstance(link, dict)]
    pages = (link.get("href") for link in links if link.get("rel", "alternate") == "alternate")
    return next((page for page in pages if page), None)


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        facts = value.get("$") or value
        return (
            value.get("_")
            or facts.get("label")
            or value.get("value")
            or facts.get("term")
            or value.get("title")
        )
    return value


def _name(person: Any) -> str:
    if isinstance(person, dict):
        return str(person.get("name") or (person.get("email") or "").split("@")[0])
    return str(person or "")


def _of_expression(text: str, parsed: Parsed, drafts: list[StoryDraft]) -> Iterator[Fact]:
    """The facts of an expression over feedparser's result: the comparisons in it, which are never run."""
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return
    parts = (
        expression.values
        if isinstance(expression, ast.BoolOp) and isinstance(expression.op, ast.And)
        else [expression]
    )
    for part in parts:
        if isinstance(part, ast.Compare) and all(isinstance(sign, ast.Eq) for sign in part.ops):
            *names, last = [part.left, *part.comparators]
            try:
                wanted = ast.literal_eval(last)
            except ValueError:
                continue
            for name in names:
                if fact := _of_name(_place(name), wanted, parsed, drafts):
                    yield fact


def _place(node: ast.expr) -> tuple[Any, ...]:
    """entries[0]['title'] as ("entries", 0, "title")."""
    match node:
        case ast.Name():
            return (node.id,)
        case ast.Subscript(slice=ast.Constant()):
            return (*_place(node.value), node.slice.value)  # type: ignore[attr-defined]
        case ast.Attribute():
            return (*_place(node.value), node.attr)
    return ()


def _of_name(place: tuple[Any, ...], wanted: Any, parsed: Parsed, drafts: list[StoryDraft]) -> Fact | None:
    match place:
        case ("feed", "title") | ("feed", "title_detail", "value"):
            return "title", wanted, parsed.source_name
        case ("feed", "link"):
            return "link", wanted, parsed.site_url
        case ("feed", "language"):
            return "language", wanted or "", parsed.lang or ""
    if place[:1] != ("entries",) or len(place) < 3 or not isinstance(place[1], int):
        return None
    draft = drafts[place[1]]
    match place[2:]:
        case ("title",) | ("title_detail", "value"):
            return "title", wanted, draft.title
        case ("link",):
            return "link", wanted, draft.url
        case ("id",) | ("guid",):
            return "id", wanted, draft.key
        case ("author",) | ("author_detail", "name"):
            return "names", [wanted], draft.authors
        case ("summary" | "description",) | ("summary_detail", "value"):
            return "summary", wanted, (draft.summary, draft.body)
        case ("content", 0, "value"):
            return "body", wanted, draft.body
        case ("content", 0, "language") | ("language",):
            return "language", wanted or "", draft.lang or ""
        case ("category",) | ("tags", 0, "term"):
            return "names", [wanted], draft.tags[:1]
        case ("updated" | "published" | "issued" | "modified" | "date",):
            return "date", wanted, (draft.published, draft.updated)
        case ("enclosures", 0, _):
            return "enclosure", str(wanted), draft.body + repr(draft.picture)
    return None
