"""What the search table holds of a story."""

from collections.abc import Sequence
from dataclasses import dataclass

FIELD_END = "\u00b6"  # a token between fields, so that no phrase reaches from one into the next


@dataclass(frozen=True)
class Entry:
    """One story's tokens, a column each: stems in the first four, folded words in `exact`."""

    story_id: int
    title: Sequence[str]
    summary: Sequence[str]
    names: Sequence[str]  # of tags, category and authors
    body: Sequence[str]
    exact: Sequence[str]
