"""The index in memory: who has which tag, category, source and author, as bitmaps over stories in date order.

`current` gives the version that belongs to what a session reads. Versions share what did not change, and none
is ever changed itself, so any thread may go on reading an old one.
"""

from htmxnews.finding.index.following import current, save
from htmxnews.finding.index.version import KINDS, Index, Kind, Named, UnknownName

__all__ = ["KINDS", "Index", "Kind", "Named", "UnknownName", "current", "save"]
