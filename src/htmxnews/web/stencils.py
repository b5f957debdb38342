"""Markup kept ready: what looks the same in every list is made once, with gaps for what moves."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import islice

from flask import Flask
from markupsafe import Markup, escape

from htmxnews.finding.facets import TagCount
from htmxnews.finding.listing import Page
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Selection
from htmxnews.web import asked
from htmxnews.web.words import ago

ROWS = 2_000  # stories kept, a kilobyte each
TAGS = 8_192  # chips and lines kept, a quarter of that each
LINES = 12  # in an index of tags
_GAP, _OTHER_GAP = "\0", "\0\0"  # no text of ours has them
_NOTHING = escape("")


class Stencils:
    """Renders macros of the templates for rows of stories, chips and lines of tags, and keeps what they gave.

    All that is put in goes through `Markup`, which escapes it.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._rows: OrderedDict[int, tuple[StoryRow, datetime, str, Markup]] = OrderedDict()
        self._chip = lru_cache(maxsize=TAGS)(self._chip_made)
        self._line = lru_cache(maxsize=TAGS)(self._line_made)

    def story_rows(self, page: Page, q: str) -> Markup:
        """The rows of a page, words of the search `q` marked in them."""
        minute = asked.now().replace(second=0, microsecond=0)
        rows = (self._row(story, minute, q) for story in page.stories)
        placed = (row.replace(_OTHER_GAP, str(place)) for place, row in enumerate(rows, page.first))
        return _NOTHING.join(placed).replace(_GAP, str(page.total))

    def tag_chips(self, tags: Iterable[TagCount], disabled: bool) -> Markup:
        """Tags to choose, in the filter; `disabled` when no more can be chosen."""
        return _NOTHING.join(self._chip(tag, disabled) for tag in tags)

    def tag_lines(self, tags: Iterable[TagCount], selection: Selection) -> Markup:
        """The first tags that a selection does not name yet: links to it with one of them added."""
        rest = replace(selection, tag=()).query().replace("?", "&", 1)
        lines = (self._line(tag, selection.tag) for tag in tags if tag.slug not in selection.tag)
        return _NOTHING.join(islice(lines, LINES)).replace(_GAP, escape(rest))

    def _row(self, story: StoryRow, minute: datetime, q: str) -> Markup:
        """The row of a story, with gaps for place and total; kept until it, or its age in words, changes."""
        if q:
            return self._made("partials/story_row.html", "row", story, _OTHER_GAP, _GAP, q)
        kept = self._rows.get(story.id)
        if kept and kept[1] == minute and kept[0] == story:
            return kept[3]
        age = ago(story.published_at)
        if kept and kept[2] == age and kept[0] == story:
            made = kept[3]
        else:
            made = self._made("partials/story_row.html", "row", story, _OTHER_GAP, _GAP, q)
        self._rows[story.id] = (story, minute, age, made)
        if len(self._rows) > ROWS:
            self._rows.popitem(last=False)
        return made

    def _chip_made(self, tag: TagCount, disabled: bool) -> Markup:
        return self._made("macros.html", "tag_chip", tag, disabled)

    def _line_made(self, tag: TagCount, chosen: tuple[str, ...]) -> Markup:
        """With a gap behind the tags of its address, which come first in every one."""
        return self._made(
            "macros.html", "tag_line", tag, Selection(tag=chosen).toggled(tag.slug).query() + _GAP
        )

    def _made(self, template: str, macro: str, *values: object) -> Markup:
        made: Markup = getattr(self._app.jinja_env.get_template(template).module, macro)(*values)
        return made


def init_app(app: Flask) -> None:
    stencils = Stencils(app)
    app.jinja_env.globals.update(
        story_rows=stencils.story_rows, tag_chips=stencils.tag_chips, tag_lines=stencils.tag_lines
    )
