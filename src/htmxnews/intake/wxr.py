"""WordPress exports (WXR of any version): read in pieces, published posts only (S15)."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from htmxnews.intake import dates, mending, xml_gate
from htmxnews.intake.addresses import path_of, web_address
from htmxnews.intake.clean import plain
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft, Unreadable
from htmxnews.intake.enclosed import Enclosed, kind_of, with_enclosed
from htmxnews.intake.leads import lead_of
from htmxnews.intake.reading import Source
from htmxnews.intake.values import names
from htmxnews.intake.wordpress import Attachments, body_html

EXPORT_MAX = 2_000_000_000  # bytes of an export, unpacked
CAPS = xml_gate.Caps(items=1_000_000, item_tags=500_000)  # an item brings all its comments

# What WordPress files posts under that nobody has filed, in its languages.
_NO_CATEGORY_NAMES = """
    uncategorized, uncategorised, allgemein, non classé, sin categoría, senza categoria, sem categoria,
    geen categorie, sense categoria, sen categoría, okategoriserade, okategoriserad, ikke kategoriseret,
    ukategorisert, bez kategorii, nezařazené, nezaradené, fără categorie, nekategorizirano, tak berkategori,
    chưa phân loại, χωρίς κατηγορία, без рубрики, без категорії, без категория, غير مصنف, دسته‌بندی نشده,
    未分類, 未分类, 미분류, 분류되지 않음, ไม่มีหมวดหมู่
"""
_NO_CATEGORY = frozenset(name.strip() for name in _NO_CATEGORY_NAMES.split(","))
_PREFIXES = {"http://purl.org/rss/1.0/modules/content/": "content", "http://purl.org/dc/elements/1.1/": "dc"}
_IS_BESIDE = re.compile(r"post_type>\s*(?:<!\[CDATA\[)?\s*(?:attachment|wp_block|guest-author)\b")
_IS_POST = re.compile(r"post_type>\s*(?:<!\[CDATA\[)?\s*post\b")
_IS_PUBLISHED = re.compile(r"status>\s*(?:<!\[CDATA\[)?\s*publish\b")
_NUMBER = re.compile(r"\d{1,9}")
_BLOCK_MAX, _BLOCKS_MAX = 200_000, 20_000_000  # characters of one block that posts share, and of all
_ZERO_DATE = "0000-00-00 00:00:00"

Element = Any  # of lxml


@dataclass
class _Export:
    """What the export says of itself, and all that posts refer to."""

    outline: xml_gate.Outline
    title: str = ""
    site: str | None = None
    lang: str | None = None
    people: dict[str, str] = field(default_factory=dict)  # login → name
    guests: dict[str, str] = field(default_factory=dict)  # the same of authors who have no account
    sections: dict[str, str] = field(default_factory=dict)  # category id → name
    blocks: dict[str, str] = field(default_factory=dict)  # number → a block that posts share
    room: int = _BLOCKS_MAX  # for more of these
    attached: dict[str, Enclosed] = field(default_factory=dict)  # attachment id → what it is
    credits: dict[str, str] = field(default_factory=dict)  # attachment id → whose picture it is
    of_posts: defaultdict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))


def parse(source: Source) -> Parsed:
    """Read an export; its drafts come as they are asked for. Raises Unreadable."""
    export = _Export(xml_gate.admit(Text.of(source, limit=EXPORT_MAX), CAPS))
    _read_channel(export)
    if not export.outline.items and not export.title and not export.people:
        raise Unreadable("is not a WordPress export that can be read")
    published = _read_what_is_beside(export)
    outline = export.outline
    parsed = Parsed(export.title, export.site, export.lang, total=published)
    parsed.refused = outline.too_large + outline.too_many
    if parsed.refused:
        parsed.warnings.append(
            f"{parsed.refused} of its items are larger than any story, or too many: left out"
        )
    parsed.drafts = _drafts(export, parsed)
    return parsed


def _read_what_is_beside(export: _Export) -> int:
    """Remember what posts refer to; return how many are published, by their looks, for the progress bar."""
    published = 0
    for piece in export.outline.pieces():
        published += sum(bool(_IS_POST.search(item) and _IS_PUBLISHED.search(item)) for item in piece)
        beside = [item for item in piece if _IS_BESIDE.search(item)]
        for item in _elements(beside, export.outline, mending.Tally()) if beside else ():
            facts = _facts(item)
            match facts.get("wp:post_type"):
                case "attachment":
                    _remember(export, facts, item)
                case "wp_block":
                    _remember_block(export, facts)
                case "guest-author":
                    _remember_guest(export, facts, item)
    return published


def _read_channel(export: _Export) -> None:
    root = _tree(export.outline.rest) if export.outline.rest else None
    for element in root.iter("{*}*") if root is not None else ():
        match _name(element):
            case "wp:author" | "wp:wp_author":  # as WordPress.com has it
                facts = _facts(element)
                names = [facts.get(f"wp:author_{part}_name", "") for part in ("first", "last")]
                name = facts.get("wp:author_display_name") or " ".join(filter(None, names))
                export.people[facts.get("wp:author_login", "")] = name
            case "wp:category":
                facts = _facts(element)
                export.sections[facts.get("wp:term_id", "")] = plain(facts.get("wp:cat_name", ""))
            case "title":
                export.title = export.title or plain(_text(element))
            case "link" | "wp:base_blog_url":
                export.site = export.site or web_address(_text(element))
            case "language":
                export.lang = export.lang or _text(element) or None


def _remember(export: _Export, facts: dict[str, str], item: Element) -> None:
    number, address = (
        facts.get("wp:post_id"),
        web_address(facts.get("wp:attachment_url") or facts.get("guid")),
    )
    if not address or not number:
        return
    export.attached[number] = Enclosed(
        address,
        kind_of(address),
        words=plain("".join(_meta(item, "_wp_attachment_image_alt")[:1])),
        caption=plain(facts.get("excerpt:encoded", "")),
    )
    if credit := [*_meta(item, "_media_credit"), *_meta(item, "media_credit")]:
        export.credits[number] = plain(credit[0])
    order = facts.get("wp:menu_order", "")
    place = int(order) if _NUMBER.fullmatch(order) else 0
    export.of_posts[facts.get("wp:post_parent", "")].append((place, number))


def _remember_block(export: _Export, facts: dict[str, str]) -> None:
    text = facts.get("content:encoded", "")
    if facts.get("wp:status") == "publish" and len(text) <= min(_BLOCK_MAX, export.room):
        export.room -= len(text)
        export.blocks[facts.get("wp:post_id", "")] = text


def _remember_guest(export: _Export, facts: dict[str, str], item: Element) -> None:
    """An author whom a plugin keeps as a post of its own."""
    name = "".join(_meta(item, "cap-display_name")[:1]) or facts.get("title", "")
    for login in (facts.get("wp:post_name"), *_meta(item, "cap-user_login")):
        if login and name:
            export.guests[login.removeprefix("cap-")] = plain(name)


def _drafts(export: _Export, parsed: Parsed) -> Iterator[StoryDraft]:
    left_out: Counter[str] = Counter()
    untyped, comments, tally = 0, 0, mending.Tally()
    for item in _items(export.outline, tally):
        facts = _facts(item)
        kind, status = facts.get("wp:post_type"), facts.get("wp:status", "unknown")
        comments += sum(_name(child) == "wp:comment" for child in item.iterchildren("{*}*"))
        if kind is None:
            untyped += 1
        elif (kind, status) == ("post", "publish"):
            yield _draft(item, facts, export, parsed)
        else:
            parsed.skipped += 1
            left_out[kind if kind != "post" else f"{status} post"] += 1
    if export.outline.ends_early:
        parsed.warnings.append("it is damaged (it ends too early); what can be read of it was taken")
    elif tally.broken:
        parsed.warnings.append(
            f"it is damaged ({tally.broken} items are not well-formed); what can be read of them was taken"
        )
    if export.outline.ends_early or tally.broken:
        # The item in which it broke off, as its type comes behind its text; or one that never came.
        parsed.refused += max(untyped, int(export.outline.ends_early))
    elif untyped:
        parsed.skipped += untyped
        left_out["item of no type"] += untyped
    if comments:
        left_out["comments" if comments > 1 else "comment"] += comments
    if left_out:
        parts = ", ".join(f"{count} {name}" for name, count in left_out.most_common())
        parsed.warnings.append(f"only published posts become stories; left out: {parts}")


def _draft(item: Element, facts: dict[str, str], export: _Export, parsed: Parsed) -> StoryDraft:
    link = web_address(facts.get("link"), export.site)
    guid, number = facts.get("guid", ""), facts.get("wp:post_id", "")
    title = plain(facts.get("title", ""))
    of_post = [one for _, one in sorted(export.of_posts.get(number, ()))]
    attachments = Attachments(export.attached, of_post, export.blocks, _footnotes(item))
    body = body_html(facts.get("content:encoded", ""), attachments)
    body, _ = with_enclosed(body, "html", _enclosed(item))
    excerpt = facts.get("excerpt:encoded", "")
    excerpt = body_html(excerpt) if "[" in excerpt else excerpt
    if facts.get("wp:post_password"):
        # WordPress shows such a post by its title only, and so do we.
        body, excerpt = "", ""
        parsed.warnings.append(f"“{title}” is protected by a password: its text was left out")
    categories, tags = _terms(item, export)
    return StoryDraft(
        key=guid or link or number,
        title=title,
        body=body,
        base_url=link or export.site,
        url=link,
        slug=unquote(facts.get("wp:post_name", "")) or None,
        summary=excerpt,
        published=_published(facts),
        updated=_date(facts, "wp:post_modified_gmt"),
        authors=_authors(item, facts, export),
        category=categories[0] if categories else None,
        tags=tuple(dict.fromkeys([*tags, *categories[1:]])),
        picture=lead_of(_featured(item, export), body, link or export.site),
        pinned=facts.get("wp:is_sticky") == "1",
        old_addresses=_old_addresses(link, facts, _meta(item, "_wp_old_slug"), export.site),
    )


def _featured(item: Element, export: _Export) -> PictureDraft | None:
    number = "".join(_meta(item, "_thumbnail_id")[:1])
    found = export.attached.get(number)
    if found is None or found.kind not in ("image", "file"):
        address = web_address("".join(_meta(item, "fifu_image_url")[:1]))  # a plugin keeps an address alone
        alt = "".join(_meta(item, "fifu_image_alt")[:1])
        return PictureDraft(url=address, alt=alt) if address else None
    return PictureDraft(
        url=found.url, alt=found.words, caption=found.caption, credit=export.credits.get(number, "")
    )


def _enclosed(item: Element) -> list[Enclosed]:
    """Episodes of a podcast: address, size and type, a line each."""
    found = []
    for value in _meta(item, "enclosure"):
        lines = [line.strip() for line in value.split("\n")]
        if address := web_address(lines[0]):
            found.append(Enclosed(address, kind_of(address, lines[2] if len(lines) > 2 else "")))
    return found


def _footnotes(item: Element) -> list[str]:
    """What the footnotes of a post say, which WordPress keeps apart from its text."""
    try:
        notes = json.loads("".join(_meta(item, "footnotes")[:1]) or "[]")
    except (ValueError, RecursionError):
        return []
    listed = notes if isinstance(notes, list) else []
    return list(names([note.get("content") for note in listed if isinstance(note, dict)]))


def _terms(item: Element, export: _Export) -> tuple[list[str], list[str]]:
    """Categories and tags by name, in the order of the file; the oldest exports name each twice.

    The first of the categories is the one that a post is filed under, where a plugin lets its writer say it.
    """
    categories, tags = [], []
    for term in item.iterchildren("{*}category"):
        name = plain(_text(term))
        match term.get("domain"):
            case "category" | None if name and name.casefold() not in _NO_CATEGORY:
                categories.append(name)
            case "post_tag" | "tag" if name:
                tags.append(name)
    chosen = _meta(item, "_yoast_wpseo_primary_category") or _meta(item, "rank_math_primary_category")
    primary = export.sections.get("".join(chosen[:1]))
    categories.sort(key=lambda name: name != primary)
    return list(dict.fromkeys(categories)), list(dict.fromkeys(tags))


def _authors(item: Element, facts: dict[str, str], export: _Export) -> tuple[str, ...]:
    """The author, or all whom a plugin for several lists among the terms."""
    logins = [(facts.get("dc:creator", ""), "")]
    terms = [term for term in item.iterchildren("{*}category") if term.get("domain") == "author"]
    if terms:
        logins = [(plain(_text(term)), term.get("nicename", "").removeprefix("cap-")) for term in terms]
    found = [_known_person(export, login) or _known_person(export, slug) or login for login, slug in logins]
    # A mailbox is not for everyone.
    return tuple(dict.fromkeys(name if " " in name else name.split("@")[0] for name in found if name))


def _known_person(export: _Export, login: str) -> str | None:
    return export.people.get(login) or export.guests.get(login)


def _published(facts: dict[str, str]) -> str | None:
    """The date of a post: in UTC, else that of its feed where it can be read, else the local one."""
    told = facts.get("pubDate")
    own = _date(facts, "wp:post_date")
    return _date(facts, "wp:post_date_gmt") or (told if dates.read(told) else own) or told


def _date(facts: dict[str, str], name: str) -> str | None:
    """A date of the export as ISO 8601; those named gmt are in UTC whatever the site's zone."""
    text = facts.get(name, "")
    if not text or text == _ZERO_DATE:
        return None
    return f"{text}Z" if name.endswith("_gmt") else text


def _old_addresses(
    link: str | None, facts: dict[str, str], old_slugs: list[str], site: str | None
) -> tuple[str, ...]:
    """Where the post stood: its link, that under the names that it had before, the short form by number."""
    hosts = {urlsplit(address).hostname for address in (site, link) if address}
    own = [link, *_under_names(link, facts.get("wp:post_name", ""), old_slugs)] if link else []
    guid = web_address(facts.get("guid"))
    own += [guid] if guid and urlsplit(guid).hostname in hosts else []
    if site and facts.get("wp:post_id", "").isdecimal():
        own.append(f"{site.rstrip('/')}/?p={facts['wp:post_id']}")
    return tuple(dict.fromkeys(path for address in own if (path := path_of(address))))


def _under_names(link: str, name: str, names: list[str]) -> list[str]:
    """An address with these names in the place of its own."""
    parts = link.split("/")
    places = [place for place, part in enumerate(parts) if part and unquote(part) == unquote(name)]
    if not places:
        return []
    before, behind = parts[: places[-1]], parts[places[-1] + 1 :]
    return ["/".join([*before, unquote(other), *behind]) for other in names]


def _meta(item: Element, wanted: str) -> list[str]:
    """The values under a key, those that say nothing left out."""
    found = []
    for meta in item.iterchildren("{*}postmeta"):
        facts = _facts(meta)
        if facts.get("wp:meta_key") == wanted and facts.get("wp:meta_value"):
            found.append(facts["wp:meta_value"])
    return found


def _facts(element: Element) -> dict[str, str]:
    """The direct children by name; of several with one name, the first that says something."""
    facts: dict[str, str] = {}
    for child in element.iterchildren("{*}*"):
        if not facts.get(name := _name(child)):
            facts[name] = _text(child)
    return facts


def _text(element: Element) -> str:
    return "".join(element.itertext()).strip()


def _name(element: Element) -> str:
    """An element's name with the prefix that exports use, whatever version the namespace tells."""
    tag = str(element.tag)
    if not tag.startswith("{"):
        return tag
    space, _, local = tag[1:].rpartition("}")
    if "wordpress.org/export" in space:
        return f"excerpt:{local}" if "excerpt" in space else f"wp:{local}"
    known = _PREFIXES.get(space) or (space.removeprefix("urn:") if space.startswith("urn:") else "")
    return f"{known}:{local}" if known else local


def _items(outline: xml_gate.Outline, tally: mending.Tally) -> Iterator[Element]:
    """Yield the items one after another."""
    for piece in outline.pieces():
        yield from _elements(piece, outline, tally)


def _elements(items: list[str], outline: xml_gate.Outline, tally: mending.Tally) -> Iterator[Element]:
    for document in mending.documents(items, outline.frame, tally):
        root = _tree(document)
        yield from root.iter("{*}item") if root is not None else ()


def _tree(document: str) -> Element:
    """The root of a document that has passed the gate; None when nothing can be made of it."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True
    )
    try:
        return etree.fromstring(document.encode(), parser)
    except etree.XMLSyntaxError:
        return None
