import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import pytest
from PIL import Image
from shared import cases, digitalgov_stories, needs_shared_data
from sqlalchemy import event, select

from htmxnews.config import Config
from htmxnews.intake.clean import policy
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft
from htmxnews.intake.names import Names
from htmxnews.intake.report import Report, Stopped
from htmxnews.intake.run import BATCH, Importer
from htmxnews.intake.slugs import hashed
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import OldAddress, Source, Tag

from .conftest import NOW, ImportPath, Stories, Take

TIDE = StoryDraft(
    key="1",
    title="Tide",
    body="<p>The tide <i>comes</i>.</p>",
    url="https://sea.example/tide",
    published="2026-02-01T10:00:00Z",
    authors=("Ines Mar",),
    category="Sea",
    tags=("Ships", "Ports"),
    picture=PictureDraft(url="https://sea.example/q.jpg", alt="Quay", credit="Ines", caption="Noon"),
    lang="en_gb",
    old_addresses=("/2020/tide/",),
)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.skipped, report.refused


def test_a_draft_becomes_a_story_with_all_that_it_says(take: Take, stories: Stories, store: Store) -> None:
    report = take(TIDE)

    [story] = stories()
    assert counts(report) == (1, 0, 0, 0, 0)
    assert (story.key, story.slug, story.title, story.url) == (
        "1",
        "tide",
        "Tide",
        "https://sea.example/tide",
    )
    assert (story.summary, story.words, story.lang, story.dir) == ("The tide comes.", 3, "en-GB", "ltr")
    assert story.published_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert story.source.name == "Harbour desk"
    assert story.category and story.category.name == "Sea"
    assert [link.tag.name for link in story.tag_links] == ["Ships", "Ports"]
    assert [link.author.name for link in story.author_links] == ["Ines Mar"]
    assert (story.body.raw, story.body.policy) == (TIDE.body, policy("bleach"))
    assert story.picture and (story.picture.hash, story.picture.credit) == (None, "Ines")
    with store.reading() as session:
        assert session.get_one(OldAddress, "/2020/tide/").story_id == story.id


def test_s17_a_second_import_changes_nothing_not_even_the_revision(take: Take, store: Store) -> None:
    take(TIDE)
    with store.reading() as session:
        before = revisions.current(session)

    again = take(TIDE)

    with store.reading() as session:
        assert revisions.current(session) == before
    assert counts(again) == (0, 0, 1, 0, 0)


def test_a_changed_draft_updates_its_story_which_keeps_slug_and_id(take: Take, stories: Stories) -> None:
    take(TIDE)
    [before] = stories()

    report = take(StoryDraft(key="1", title="Ebb", body="New.", published=TIDE.published, tags=("ports",)))

    [after] = stories()
    assert counts(report) == (0, 1, 0, 0, 0)
    assert (after.id, after.slug, after.title) == (before.id, "tide", "Ebb")
    assert after.revision > before.revision
    assert [link.tag.name for link in after.tag_links] == ["Ports"]
    assert (after.picture, after.category) == (None, None)


def test_s17_without_an_id_the_link_and_then_the_content_identify(take: Take, stories: Stories) -> None:
    linked = StoryDraft(key=None, title="A", url="https://sea.example/a")
    bare = StoryDraft(key=None, title="B", body="Words.")

    take(linked, bare)
    again = take(linked, bare)

    assert stories()[0].key == "https://sea.example/a"
    assert stories()[1].key.startswith("content:")
    assert counts(again) == (0, 0, 2, 0, 0)


def test_s17_stories_that_share_an_id_are_all_kept_and_told(take: Take, stories: Stories) -> None:
    one, two, three = (StoryDraft(key="x", title=title) for title in ("One", "Two", "Three"))

    report = take(one, two, three)
    again = take(three, two, one)

    assert [story.title for story in stories()] == ["One", "Two", "Three"]
    assert report.warnings == ["several stories have the id 'x'; all were kept"] * 2
    assert counts(again) == (0, 0, 3, 0, 0)


def test_s17_an_id_that_changes_is_told_and_the_story_stays_the_same(take: Take, stories: Stories) -> None:
    take(TIDE)
    [before] = stories()

    report = take(replace(TIDE, key="tag:sea.example,2026:tide"))

    [after] = stories()
    assert counts(report) == (0, 1, 0, 0, 0)
    assert report.warnings == ["'tag:sea.example,2026:tide' had the id '1' before"]
    assert (after.id, after.slug, after.key) == (before.id, before.slug, "tag:sea.example,2026:tide")
    assert counts(take(replace(TIDE, key="tag:sea.example,2026:tide"))) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    "other",
    [
        replace(TIDE, key="2", title="Ebb"),
        replace(TIDE, key="2", url="https://sea.example/ebb"),
        replace(TIDE, key="2", published="2026-02-03T10:00:00Z"),
    ],
)
def test_s17_another_id_with_another_title_link_or_day_is_another_story(
    take: Take, stories: Stories, other: StoryDraft
) -> None:
    take(TIDE)

    report = take(other)

    assert (counts(report), len(stories())) == ((1, 0, 0, 0, 0), 2)


def test_s17_stories_that_share_a_link_are_told_apart_by_their_ids(take: Take, stories: Stories) -> None:
    take(TIDE, replace(TIDE, key="2"))

    report = take(replace(TIDE, key="3"))

    assert (counts(report), len(stories())) == ((1, 0, 0, 0, 0), 3)


def test_an_exact_copy_within_an_input_is_taken_once(take: Take) -> None:
    report = take(TIDE, TIDE)

    assert counts(report) == (1, 0, 0, 1, 0)
    assert report.warnings == ["'1' is there twice; it was taken once"]


def test_a_long_address_spoils_no_batch(take: Take, stories: Stories) -> None:
    long = "".join(chr(0x4E00 + n * n % 20_000) for n in range(1_900))

    take(StoryDraft(key="1", title="Long", url=f"https://sea.example/{long}"), TIDE)

    assert [(story.title, story.url) for story in stories()] == [("Long", None), ("Tide", TIDE.url)]


@pytest.mark.parametrize("told", ["\ud800", "\0", "en\x1b[31m", "x" * 5_000])
def test_a_language_that_is_none_is_not_kept_of_a_source(importer: Importer, store: Store, told: str) -> None:
    parsed = Parsed(source_name="Sea", lang=told, drafts=[StoryDraft(key="1", title="Tide")])

    importer.take(parsed, Report("sea"))

    with store.reading() as session:
        assert session.scalars(select(Source.lang)).all() == [None]


def test_s17_two_sources_may_use_one_id(take: Take, stories: Stories) -> None:
    take(TIDE)
    take(TIDE, source_name="City desk")

    assert [story.slug for story in stories()] == ["tide", "tide-2"]


def test_slugs_stay_unique_however_many_stories_want_one(take: Take, stories: Stories) -> None:
    take(*(StoryDraft(key=str(n), title="Tide") for n in range(30)))

    slugs = [story.slug for story in stories()]
    assert slugs[:3] == ["tide", "tide-2", "tide-3"]
    assert len(set(slugs)) == 30


def test_a_slug_that_somebody_has_guessed_costs_nobody_a_story(take: Take, stories: Stories) -> None:
    guesses = [slug for slug, _ in zip(hashed("tide", "1 last"), range(3), strict=False)]
    take(*(StoryDraft(key=slug, title=slug) for slug in guesses))

    report = take(
        *(StoryDraft(key=str(n), title="Tide") for n in range(19)), StoryDraft(key="last", title="Tide")
    )

    assert report.added == 20
    assert len({story.slug for story in stories()}) == 23


@pytest.mark.parametrize("name", ["!", "C"])
def test_r02_names_without_a_slug_of_their_own_cost_a_few_statements_each(store: Store, name: str) -> None:
    names, statements = Names(), Counter[str]()

    @event.listens_for(store.write_engine, "before_cursor_execute")
    def _on_execute(*told: Any) -> None:
        statements[told[2].split()[0]] += 1

    with store.writing() as session:
        made = [names.id_of(session, Tag, name + "+" * n) for n in range(100)]

    with store.writing() as session:
        again = [Names().id_of(session, Tag, name + "+" * n) for n in range(100)]
    assert made == again
    assert statements["SELECT"] <= 2 * 2 * len(made)


def test_names_compare_case_folded_and_share_no_slug(take: Take, store: Store) -> None:
    take(
        StoryDraft(key="1", title="A", tags=("C", "c", "C++")),
        StoryDraft(key="2", title="B", tags=("c++", "C#")),
    )

    with store.reading() as session:
        tags = [(tag.name, tag.slug) for tag in session.scalars(select(Tag).order_by(Tag.id))]
    assert tags == [("C", "c"), ("C++", "c-2"), ("C#", "c-3")]


def test_s04_fields_are_plain_text_without_overrides_and_bounded(take: Take, stories: Stories) -> None:
    take(StoryDraft(key="1\x00", title="A\u202eB\nC" + "x" * 400, authors=("\u2066Ines",), tags=(" ",)))

    [story] = stories()
    assert story.title.startswith("A B Cx")
    assert len(story.title) == 300
    assert [link.author.name for link in story.author_links] == ["Ines"]
    assert story.tag_links == []


def test_a_zero_byte_in_a_body_stops_no_database(take: Take, stories: Stories) -> None:
    take(StoryDraft(key="1", title="A", body="<p>a\x00b</p>", old_addresses=("/a",)))

    assert [(story.body.raw, story.body.html) for story in stories()] == [("<p>ab</p>", "<p>ab</p>")]


def test_s18_a_story_without_a_date_keeps_its_first_one(
    store: Store, config: Config, stories: Stories
) -> None:
    for day, body in enumerate(("first", "second")):
        draft = StoryDraft(key="1", title="A", body=body)
        with Importer(store, config, now=NOW + timedelta(days=day)) as importer:
            importer.take(Parsed(drafts=[draft]), Report("x"), source_name="S")

    [story] = stories()
    assert story.published_at == NOW
    assert "second" in story.body.html


def test_s18_a_date_ahead_is_flagged(take: Take, stories: Stories) -> None:
    report = take(StoryDraft(key="1", title="A", published="2030-01-01"))

    assert stories()[0].published_at == NOW
    assert report.warnings == ["“A”: its date 2030-01-01 lies ahead; it is dated now"]


def test_a_story_without_a_title_is_named_by_its_first_words(take: Take, stories: Stories) -> None:
    take(
        StoryDraft(key="1", title="", body="<h2>Note</h2><p>Just a note.</p>"),
        StoryDraft(key="2", title=" ", summary="The <b>tide</b> " + "comes and goes " * 10),
        StoryDraft(key="3", title="", url="https://sea.example/3"),
    )

    titles = [story.title for story in stories()]

    assert titles[::2] == ["Just a note.", "Untitled"]
    assert titles[1].startswith("The tide comes and goes") and titles[1].endswith("comes and…")
    assert len(titles[1]) <= 80


def test_what_another_import_stored_meanwhile_is_unchanged(take: Take, importer: Importer) -> None:
    drafts = [StoryDraft(key=str(n), title=f"Story {n}", body="Text.") for n in range(BATCH + 1)]

    def read() -> Iterator[StoryDraft]:
        yield from drafts[:BATCH]  # compared, being cleaned, and not stored
        take(*drafts[:2], source_name="S")
        yield drafts[BATCH]

    report = Report("x")
    importer.take(Parsed(drafts=read()), report, source_name="S")

    assert counts(report) == (BATCH - 1, 0, 2, 0, 0)


def test_a_draft_that_says_nothing_is_left_out_and_counted(take: Take, stories: Stories) -> None:
    report = take(StoryDraft(key="1", title=" ", body="\n"), StoryDraft(key="2", title="Tide"))

    assert (report.added, report.skipped) == (1, 1)
    assert report.warnings == ["1 without title, text, link and picture were left out"]
    assert [story.key for story in stories()] == ["2"]


def test_s17_a_long_id_is_told_from_one_that_begins_like_it(take: Take, stories: Stories) -> None:
    long = "https://sea.example/?" + "a" * 400
    drafts = [StoryDraft(key=long + end, title=f"Story {end}") for end in "xy"]
    take(*drafts)

    report = take(drafts[0], StoryDraft(key=long + "y", title="Another title"))

    assert (report.unchanged, report.updated, report.warnings) == (1, 1, [])
    assert [story.title for story in stories()] == ["Story x", "Another title"]


def test_an_input_that_breaks_off_keeps_what_came_before(tmp_path: Path, importer: Importer) -> None:
    lines = [
        json.dumps({"id": str(n), "title": token_hex(200), "published": "2026-01-02"}) for n in range(30)
    ]
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(["{", *lines]).encode())[:-3_000])

    [report] = importer.import_path(path)

    assert 10 < report.added < 30
    assert report.warnings == ["line 1: not JSON", "it ends too early; what came before was taken"]
    assert report.failed


def test_a_media_folder_that_cannot_be_written_is_named(
    tmp_path: Path, config: Config, import_path: ImportPath
) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "tide.md").write_text("---\ntitle: Tide\nimage: quay.png\n---\nText.")
    Image.new("RGB", (8, 8)).save(tmp_path / "stories" / "quay.png")
    config.media_dir.write_text("in the way")

    [report] = import_path(tmp_path / "stories")

    assert report.warnings == [f"it cannot be stored ({config.media_dir}: File exists)"]


def test_an_interrupted_import_keeps_whole_batches_and_goes_on(
    store: Store, importer: Importer, config: Config, stories: Stories
) -> None:
    drafts = [StoryDraft(key=str(n), title=f"Story {n}") for n in range(250)]

    def stop(_done: int, _total: int | None) -> None:
        raise Stopped

    first, second = Report("x"), Report("x")
    importer.take(Parsed(drafts=drafts), first, source_name="S", on_progress=stop)
    with Importer(store, config) as another:
        another.take(Parsed(drafts=drafts), second, source_name="S")

    assert (counts(first), first.stopped) == ((100, 0, 0, 0, 0), True)
    assert counts(second) == (150, 0, 100, 0, 0)
    assert len(stories()) == 250


def test_an_input_that_is_all_wrong_is_told_in_few_lines(tmp_path: Path, importer: Importer) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text("{}\n" * 2_000)

    [report] = importer.import_path(path)

    told = cast(list[str], report.as_json()["warnings"])
    assert report.refused == 2_000
    assert len(told) == 501
    assert told[0] == "line 1: it has no id and no title and no published"
    assert told[-1] == "and 1,500 more like these"


@pytest.mark.sqlite
def test_a_large_import_leaves_no_long_log_behind(take: Take, store: Store) -> None:
    with store.reading():  # a server has the database open meanwhile
        take(*(StoryDraft(key=str(n), title="Tide") for n in range(1_001)))

    assert store.path.with_name(store.path.name + "-wal").stat().st_size == 0


def test_what_another_input_of_the_run_brought_is_not_overwritten(tmp_path: Path, importer: Importer) -> None:
    line = {"id": "1", "title": "A", "published": "2026-01-01"}
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text(json.dumps(line))
    (folder / "b.jsonl").write_text(json.dumps(line | {"title": "B"}))
    (folder / "c.jsonl").write_text(json.dumps(line))

    reports = list(importer.import_path(folder, source_name="S"))

    assert [counts(report) for report in reports] == [(1, 0, 0, 0, 0), (0, 0, 0, 1, 0), (0, 0, 1, 0, 0)]


def test_feeds_of_one_title_from_two_sites_are_two_sources(importer: Importer, store: Store) -> None:
    for host in ("one.example", "two.example"):
        parsed = Parsed("News", f"https://{host}/", drafts=[StoryDraft(key="1", title=host)])
        importer.take(parsed, Report(host))

    with store.reading() as session:
        assert list(session.scalars(select(Source.name))) == ["News", "News (two.example)"]


def test_a_story_whose_file_is_gone_is_reported_and_kept(
    tmp_path: Path, import_path: ImportPath, stories: Stories
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\ndate: 2026-01-01\n---\nText.")
    import_path(tmp_path)
    (tmp_path / "a.md").unlink()

    [report] = import_path(tmp_path)

    assert report.warnings == ["a.md is gone from the folder; its story was kept"]
    assert len(stories()) == 2


@pytest.mark.parametrize("name", [b"\xff.md", b"two\nlines.md", b"/".join([b"long" * 40] * 2) + b"/a.md"])
def test_a_file_of_any_name_is_not_said_to_be_gone(
    tmp_path: Path, import_path: ImportPath, stories: Stories, name: bytes
) -> None:
    file = tmp_path / os.fsdecode(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("---\ntitle: a\ndate: 2026-01-01\n---\nText.")

    first, again = import_path(tmp_path) + import_path(tmp_path)

    assert (first.added, again.unchanged, len(stories())) == (1, 1, 1)
    assert first.warnings == again.warnings == []


def test_an_unreadable_input_is_one_line_and_stops_no_other(tmp_path: Path, importer: Importer) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_text("words")
    (folder / "b.jsonl").write_text(json.dumps({"id": "1", "title": "A", "published": "2026-01-01"}))

    bad, good = importer.import_path(folder)

    assert (bad.failed, bad.refused, bad.warnings) == (True, 1, ["it is of no kind that can be imported"])
    assert good.added == 1


@needs_shared_data
def test_real_posts_account_for_every_line_and_a_second_import_changes_nothing(
    tmp_path: Path, import_path: ImportPath
) -> None:
    path = tmp_path / "digitalgov.jsonl"
    path.write_text("\n".join(list(digitalgov_stories())[:400]))

    [first] = import_path(path)
    [second] = import_path(path)

    assert first.items == second.items == 400
    assert (second.added, second.updated, second.unchanged) == (0, 0, first.added)


@needs_shared_data
def test_real_feeds_account_for_every_item_and_a_second_import_changes_nothing(
    tmp_path: Path, import_path: ImportPath
) -> None:
    expected, folder = 0, tmp_path / "in"
    folder.mkdir()
    for number, (row, data) in enumerate(cases("feeds/real")):
        (folder / f"{number:02}.xml").write_bytes(data)
        expected += row["items"] if row["well_formed"] else 0

    first = import_path(folder)
    second = import_path(folder)

    assert sum(report.items for report in first) >= expected
    assert [report.items for report in first] == [report.items for report in second]
    assert sum(report.added + report.updated for report in second) == 0


def test_a_title_or_a_name_that_nobody_sees_is_none(take: Take, stories: Stories) -> None:
    take(StoryDraft("1", "\u200b\u3164", "<p>First words.</p>", tags=("\u2060", "Sea"), authors=("\u200d",)))

    [story] = stories()

    assert story.title == "First words."
    assert [link.tag.name for link in story.tag_links] == ["Sea"]
    assert story.author_links == []


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("홍길동 기자 hong@news.example", "홍길동 기자"),
        ("Ines Mar <ines.mar@sea.example>", "Ines Mar"),
        ("ines@sea.example", "ines"),
        ("<ines@sea.example>", "ines"),
        ("(ines@sea.example)", "ines"),
        ("mailto:ines@sea.example", "ines"),
        ("ines@sea.example, mar@sea.example", "ines"),
        ("noreply@sea.example (Ines Mar)", "Ines Mar"),
        ("(Ines Mar ines@sea.example)", "Ines Mar"),
        ("Ines Mar (ines@sea.example, mar@sea.example)", "Ines Mar"),
        ("Ines Mar (Sea): ines@sea.example", "Ines Mar (Sea)"),
        ("@ines@sea.example", "@ines@sea.example"),
        ("Ines @ sea", "Ines @ sea"),
    ],
)
def test_a_mailbox_beside_a_name_is_not_shown(take: Take, stories: Stories, author: str, name: str) -> None:
    take(StoryDraft("1", "Tide", authors=(author,)))

    [story] = stories()
    assert [link.author.name for link in story.author_links] == [name]
