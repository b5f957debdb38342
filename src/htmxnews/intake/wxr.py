"""WordPress exports (WXR of any version): streamed, published posts only (S15)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from htmxnews.intake.addresses import path_of, web_address
from htmxnews.intake.clean import plain
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft, Unreadable
from htmxnews.intake.jsonl import opened
from htmxnews.intake.leads import lead_in
from htmxnews.intake.wordpress import body_html

_NO_CATEGORY = {
    "uncategorized",
    "未分類",
    "미분류",
    "non classé",
    "sin categoría",
    "allgemein",
    "senza categoria",
}
_PREFIXES = {"http://purl.org/rss/1.0/modules/content/": "content", "http://purl.org/dc/elements/1.1/": "dc"}
_ENDS_EARLY = "it ends too early"
_ZERO_DATE = "0000-00-00 00:00:00"

Element = Any  # of lxml


@dataclass
class _Export:
    """What the first walk through the file finds: all that posts refer to."""

    title: str = ""
    site: str | None = None
    lang: str | None = None
    items: int = 0
    people: dict[str, str] = field(default_factory=dict)  # login → name
    pictures: dict[str, PictureDraft] = field(default_factory=dict)  # attachment id → picture


def parse(path: Path) -> Parsed:
    """Read an export in two walks, the second one as the drafts are asked for. Raises Unreadable."""
    export = _first_walk(path)
    if not export.items and not export.title and not export.people:
        raise Unreadable("is not a WordPress export that can be read")
    parsed = Parsed(export.title, export.site, export.lang, total=export.items)
    parsed.drafts = _drafts(path, export, parsed)
    return parsed


def _first_walk(path: Path) -> _Export:
    export = _Export()
    for element in _walk(path, ("item", "title", "link", "language", "wp:author")):
        match _name(element):
            case "item":
                export.items += 1
                facts = _facts(element)
                if facts.get("wp:post_type") == "attachment":
                    _remember_picture(export, facts, element)
            case "wp:author":
                facts = _facts(element)
                name = facts.get("wp:author_display_name") or facts.get("wp:author_login", "")
                export.people[facts.get("wp:author_login", "")] = name
            case "title":
                export.title = export.title or plain(_text(element))
            case "link":
                export.site = export.site or web_address(_text(element))
            case "language":
                export.lang = export.lang or _text(element) or None
    return export


def _remember_picture(export: _Export, facts: dict[str, str], item: Element) -> None:
    address = web_address(facts.get("wp:attachment_url") or facts.get("guid"))
    if address and facts.get("wp:post_id"):
        export.pictures[facts["wp:post_id"]] = PictureDraft(
            url=address,
            alt=plain(_meta(item, "_wp_attachment_image_alt")),
            caption=plain(facts.get("excerpt:encoded", "")),
            credit=plain(_meta(item, "_media_credit") or _meta(item, "media_credit")),
        )


def _drafts(path: Path, export: _Export, parsed: Parsed) -> Iterator[StoryDraft]:
    left_out: Counter[str] = Counter()
    untyped, complaints = 0, list[str]()
    for item in _walk(path, ("item",), complaints):
        facts = _facts(item)
        kind, status = facts.get("wp:post_type"), facts.get("wp:status", "unknown")
        if kind is None:
            untyped += 1
        elif (kind, status) == ("post", "publish"):
            yield _draft(item, facts, export, parsed)
        else:
            parsed.skipped += 1
            left_out[kind if kind != "post" else f"{status} post"] += 1
    parsed.warnings += [f"it is damaged ({one}); what can be read of it was taken" for one in complaints]
    if complaints:
        # The item in which it broke off, as its type comes behind its text; or one that never came.
        parsed.refused += max(untyped, int(_ENDS_EARLY in complaints))
    elif untyped:
        parsed.skipped += untyped
        left_out["item of no type"] += untyped
    if left_out:
        parts = ", ".join(f"{count} {name}" for name, count in left_out.most_common())
        parsed.warnings.append(f"only published posts become stories; left out: {parts}")


def _draft(item: Element, facts: dict[str, str], export: _Export, parsed: Parsed) -> StoryDraft:
    link = web_address(facts.get("link"), export.site)
    guid = facts.get("guid", "")
    title = plain(facts.get("title", ""))
    body, excerpt = body_html(facts.get("content:encoded", "")), facts.get("excerpt:encoded", "")
    if facts.get("wp:post_password"):
        # WordPress shows such a post by its title only, and so do we.
        body, excerpt = "", ""
        parsed.warnings.append(f"“{title}” is protected by a password: its text was left out")
    categories, tags = _terms(item)
    return StoryDraft(
        key=guid or link or facts.get("wp:post_id"),
        title=title,
        body=body,
        base_url=link or export.site,
        url=link,
        slug=unquote(facts.get("wp:post_name", "")) or None,
        summary=excerpt,
        published=_date(facts, "wp:post_date_gmt") or facts.get("pubDate") or _date(facts, "wp:post_date"),
        updated=_date(facts, "wp:post_modified_gmt"),
        authors=_authors(facts, export),
        category=categories[0] if categories else None,
        tags=tuple(dict.fromkeys([*tags, *categories[1:]])),
        picture=export.pictures.get(_meta(item, "_thumbnail_id")) or lead_in(body, link or export.site),
        pinned=facts.get("wp:is_sticky") == "1",
        old_addresses=_old_addresses(link, guid, export.site),
    )


def _terms(item: Element) -> tuple[list[str], list[str]]:
    """Categories and tags by name, in the order of the file; the oldest exports name each twice."""
    categories, tags = [], []
    for term in item.iterchildren("category"):
        name = plain(_text(term))
        match term.get("domain"):
            case "category" | None if name and name.casefold() not in _NO_CATEGORY:
                categories.append(name)
            case "post_tag" | "tag" if name:
                tags.append(name)
    return list(dict.fromkeys(categories)), list(dict.fromkeys(tags))


def _authors(facts: dict[str, str], export: _Export) -> tuple[str, ...]:
    login = facts.get("dc:creator", "")
    name = export.people.get(login) or login
    return (name,) if name else ()


def _date(facts: dict[str, str], name: str) -> str | None:
    """A date of the export as ISO 8601; those named gmt are in UTC whatever the site's zone."""
    text = facts.get(name, "")
    if not text or text == _ZERO_DATE:
        return None
    return f"{text}Z" if name.endswith("_gmt") else text


def _old_addresses(link: str | None, guid: str, site: str | None) -> tuple[str, ...]:
    """Where the post stood: its link, and the short form by number that a guid keeps."""
    host = urlsplit(site or link or "").hostname
    own = [
        a
        for a in (link, web_address(guid))
        if a and urlsplit(a).hostname in (host, urlsplit(link or "").hostname)
    ]
    return tuple(dict.fromkeys(path for address in own if (path := path_of(address))))


def _meta(item: Element, wanted: str) -> str:
    for meta in item.iterchildren():
        if _name(meta) == "wp:postmeta":
            facts = _facts(meta)
            if facts.get("wp:meta_key") == wanted:
                return facts.get("wp:meta_value", "")
    return ""


def _facts(element: Element) -> dict[str, str]:
    """The direct children by name; of several with one name, the first that says something."""
    facts: dict[str, str] = {}
    for child in element.iterchildren():
        if isinstance(child.tag, str) and not facts.get(name := _name(child)):
            facts[name] = _text(child)
    return facts


def _text(element: Element) -> str:
    return "".join(element.itertext()).strip()


def _name(element: Element) -> str:
    """An element's name with the prefix that exports use, whatever version the namespace tells."""
    tag = element.tag
    if not isinstance(tag, str) or not tag.startswith("{"):
        return str(tag)
    space, local = tag[1:].split("}")
    if "wordpress.org/export" in space:
        return f"excerpt:{local}" if "excerpt" in space else f"wp:{local}"
    return f"{_PREFIXES[space]}:{local}" if space in _PREFIXES else local


def _walk(path: Path, names: tuple[str, ...], complaints: list[str] | None = None) -> Iterator[Element]:
    """Yield the named elements of the channel as they end, and forget each, so that size does not matter.

    What is damaged is read as far as it can be, with a line in `complaints`.
    """
    with opened(path) as file:
        events = etree.iterparse(
            file,
            events=("end",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,
            recover=True,
        )
        try:
            yield from _named(events, names)
            log = [str(entry.message) for entry in events.error_log]
            cut = any(message.startswith("Premature end") for message in log)
            complaint = _ENDS_EARLY if cut else log[0] if log else ""
        except etree.XMLSyntaxError as error:
            raise Unreadable(f"is not XML that can be read ({error.msg})") from None
        except EOFError:
            complaint = _ENDS_EARLY
    if complaint and complaints is not None:
        complaints.append(complaint.strip()[:200])


def _named(events: Any, names: tuple[str, ...]) -> Iterator[Element]:
    for _, element in events:
        parent = element.getparent()
        if parent is None or parent.tag != "channel":
            continue
        if _name(element) in names:
            yield element
        element.clear()
        while element.getprevious() is not None:
            del parent[0]
