"""How templates find what all of them share."""

from collections.abc import MutableMapping
from typing import Any

from flask import templating


class Environment(templating.Environment):
    """All templates share their globals: each part of a page copies them, and a plain dict is copied fast."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
