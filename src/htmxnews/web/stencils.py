"""Markup kept ready: what looks the same in every list is made once, with gaps for what moves."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from flask import Flask
from markupsafe import Markup, escape

from htmxnews.finding.facets import TagCount
from htmxnews.finding.listing import Page
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import TAGS_MAX, Selection
from htmxnews.web import asked
from htmxnews.web.words import ago, as_it_is, numeral

ROWS = 2_000  # stories kept, a kilobyte each
TAGS = 8_192  # chips and lines kept, a quarter of that each
LINES = 12  # in an index of tags
_GAP = "\0"  # no text of ours has it


class _Row(NamedTuple):
    """The row of a story, as it was when it was last asked for."""

    story: StoryRow
    minute: datetime
    age: str  # in words
    pieces: list[str]  # around its place and the total


class Stencils:
    """Renders macros of the templates for rows of stories, chips and lines of tags, and keeps what they gave.

    Only numbers and what was escaped go into the gaps. All is joined as plain text, which takes an eighth of
    the time that `Markup` would.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._rows: OrderedDict[int, _Row] = OrderedDict()
        self._chip = lru_cache(maxsize=TAGS)(self._chip_made)
        self._line = lru_cache(maxsize=TAGS)(self._line_made)

    def story_rows(self, page: Page, q: str) -> Markup:
        """The rows of a page, words of the search `q` marked in them."""
        minute, total = asked.now().replace(second=0, microsecond=0), str(page.total)
        found: list[str] = []
        for place, story in enumerate(page.stories, page.first):
            before, between, behind = self._row_made(story, q) if q else self._row(story, minute)
            found += (before, str(place), between, total, behind)
        return as_it_is("".join(found))

    def tag_chips(self, tags: Iterable[TagCount], disabled: bool) -> Markup:
        """Tags to choose, in the filter; `disabled` when no more can be chosen."""
        locale = asked.config().locale
        chips = (numeral(tag.count, locale).join(self._chip(tag.slug, tag.name, disabled)) for tag in tags)
        return as_it_is("".join(chips))

    def tag_lines(self, tags: Iterable[TagCount], selection: Selection) -> Markup:
        """The first tags that a selection does not name yet: links to it with one of them added.

        None when it is full.
        """
        chosen, locale = selection.tag, asked.config().locale
        around = _around(selection)
        others = (tag for tag in tags if tag.slug not in chosen and len(chosen) < TAGS_MAX)
        found: list[str] = []
        for tag in islice(others, LINES):
            first, then = around[bisect_left(chosen, tag.slug)]
            page, its, part, _, before, behind = self._line(tag.slug, tag.name)
            found += (page, first, its, then, part, first, its, then)
            found += (before, numeral(tag.count, locale), behind)
        return as_it_is("".join(found))

    def _row(self, story: StoryRow, minute: datetime) -> list[str]:
        """The row of a story; kept until the story, or its age in words, changes."""
        kept = self._rows.get(story.id)
        if kept and kept.minute == minute and kept.story == story:
            return kept.pieces
        age = ago(story.published_at)
        same = kept and kept.age == age and kept.story == story
        pieces = kept.pieces if kept and same else self._row_made(story, "")
        self._rows[story.id] = _Row(story, minute, age, pieces)
        if len(self._rows) > ROWS:
            self._rows.popitem(last=False)
        return pieces

    def _row_made(self, story: StoryRow, q: str) -> list[str]:
        return self._made("partials/story_row.html", "row", story, _GAP, _GAP, q).split(_GAP, 2)

    def _chip_made(self, slug: str, name: str, disabled: bool) -> list[str]:
        """With a gap for the count."""
        return self._made("macros.html", "tag_chip", slug, name, _GAP, disabled).split(_GAP)

    def _line_made(self, slug: str, name: str) -> list[str]:
        """With gaps for the count, and before and behind the tag in both addresses."""
        query = f"{_GAP}{Selection(tag=(slug,)).query().removeprefix('?')}{_GAP}"
        return self._made("macros.html", "tag_line", query, name, _GAP).split(_GAP)

    def _made(self, template: str, macro: str, *values: object) -> str:
        return str(getattr(self._app.jinja_env.get_template(template).module, macro)(*values))


def _around(selection: Selection) -> list[tuple[str, str]]:
    """What comes before and behind one more tag in a query, by the place that it takes among the tags."""
    said = [pair for pair in selection.query().removeprefix("?").split("&") if pair]
    return [
        (
            str(escape("?" + "".join(f"{pair}&" for pair in said[:place]))),
            str(escape("".join(f"&{pair}" for pair in said[place:]))),
        )
        for place in range(len(selection.tag) + 1)
    ]


def init_app(app: Flask) -> None:
    stencils = Stencils(app)
    app.jinja_env.globals.update(
        story_rows=stencils.story_rows, tag_chips=stencils.tag_chips, tag_lines=stencils.tag_lines
    )
