"""Every field but the body is plain text, wherever it is shown (S04)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree
from PIL import Image
from sqlalchemy import select

from hostile import payloads
from hostile.conftest import Newsroom, OpenNewsroom
from hostile.judges import shape
from hostile.pages import elements, page
from hostile.ways import DAY, Payloads
from htmxnews.finding import derive
from htmxnews.finding.rows import fulls
from htmxnews.store.models import Author, Category, Picture, Source, Story, Tag
from htmxnews.text import FIELD_MAX

TURNING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
QUIET = [*(f"Quiet words {n}" for n in range(30)), "שלום", "سلام", "كلمات هادئة لا تؤذي أحدا هنا"]
LISTS = ("/", "/tags", "/about", "/editions/2026-03-01", "/popular", "/partials/stories", "/partials/listing")


def stories_of_fields(folder: Path, told: Payloads) -> Path:
    """A folder of stories in Markdown of which each says one thing in every field, with a picture beside."""
    stories = folder / "stories"
    stories.mkdir()
    Image.new("RGB", (1_200, 800), (200, 90, 40)).save(stories / "picture.png")
    for n, said in enumerate(told):
        text = said.encode("utf-8", "replace").decode()
        names = ("title", "summary", "image_alt", "image_caption", "image_credit", "category", "slug")
        facts: dict[str, Any] = dict.fromkeys(names, text)
        facts |= {"authors": [text], "tags": [text], "date": DAY, "image": "picture.png", "lang": text}
        front = yaml.safe_dump(facts, allow_unicode=False, sort_keys=False)
        (stories / f"{n:03}.md").write_text(f"---\n{front}---\n\nSome words.\n", encoding="utf-8")
    return stories


def filled(newsroom: Newsroom, told: Payloads) -> Newsroom:
    newsroom.take(stories_of_fields, told)
    for n, said in enumerate(told):
        source = {
            "id": f"key {said}",
            "title": f"Story {n}",
            "published": DAY,
            "summary": said,
            "body_text": "Words.",
        }
        file = newsroom.folder / f"source {n}.jsonl"
        file.write_text(json.dumps(source), encoding="utf-8")
        list(newsroom.importer.import_path(file, source_name=said))
    derive.catch_up(newsroom.store)
    return newsroom


@pytest.fixture(scope="module")
def told(open_newsroom: OpenNewsroom) -> Newsroom:
    """A newsroom whose stories say one payload each, in every field."""
    return filled(open_newsroom(), payloads.FIELDS)


@pytest.fixture(scope="module")
def quiet(open_newsroom: OpenNewsroom) -> Newsroom:
    """A newsroom whose fields mean no harm."""
    return filled(open_newsroom(), QUIET)


@pytest.fixture(scope="module")
def usual(quiet: Newsroom) -> set[tuple[str, str]]:
    """What pages are made of when no field means any harm."""
    return {part for path in paths(quiet) for part in shape(elements(page(quiet.get(path))))}


def paths(newsroom: Newsroom) -> list[str]:
    stories = [one.slug for one in newsroom.taken()]
    return [*LISTS, *(f"/a/{slug}" for slug in stories), *(f"/partials/a/{slug}" for slug in stories)]


def test_s04_no_field_keeps_what_could_turn_a_line_around_or_is_endless(told: Newsroom) -> None:
    columns = [Story.title, Story.summary, Story.key, Story.slug, Picture.alt, Picture.credit]
    columns += [Picture.caption, Author.name, Tag.name, Category.name, Source.name]

    with told.store.reading() as session:
        kept = [value for column in columns for value in session.scalars(select(column))]

    assert len(kept) > 8 * len(payloads.FIELDS)
    assert [value for value in kept if TURNING.search(value)] == []
    assert max(map(len, kept)) <= FIELD_MAX + 65  # behind a long key stands a hash


def test_s04_pages_are_made_of_nothing_new_whatever_fields_say(
    told: Newsroom, usual: set[tuple[str, str]]
) -> None:
    for path in paths(told):
        assert shape(elements(page(told.get(path)))) <= usual, path


def test_s04_every_field_of_a_story_stands_in_isolation(told: Newsroom) -> None:
    with told.store.reading() as session:
        stories = fulls(session, session.scalars(select(Story.id)).all())

    for story in stories:
        row, found = story.row, page(told.get(f"/a/{story.row.slug}"))
        isolated = {"".join(element.itertext()) for element in found.iter("bdi")}
        names = {tag.name for tag in row.tags} | {author.name for author in row.authors}
        names |= {row.category.name} if row.category else set()
        names |= {row.picture.caption, row.picture.credit} if row.picture else set()
        assert {row.title, *names} - {""} <= isolated
        bare = {text.strip() for text in found.xpath("//article//text()[not(ancestor::bdi)]")}
        assert bare.isdisjoint({row.title.strip(), *(name.strip() for name in names)} - {""})


def test_s04_rows_of_a_list_isolate_what_they_show(told: Newsroom) -> None:
    rows = page(told.get("/?sort=new")).xpath("//article[starts-with(@id, 'story-')]")

    bare = [row.xpath(".//text()[not(ancestor::bdi or ancestor::time)]") for row in rows]

    assert len(rows) > 40
    assert {word for texts in bare for word in "".join(texts).split()} == {"·"}


@pytest.mark.parametrize("face", ["/feed.atom", "/feed.rss"])
def test_s04_feeds_are_made_of_nothing_new_whatever_fields_say(
    told: Newsroom, quiet: Newsroom, face: str
) -> None:
    usual, found = (shape(elements(etree.fromstring(one.get(face)))) for one in (quiet, told))

    assert found <= usual
