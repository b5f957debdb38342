"""Single values of JSON and YAML, which hold anything, read as the plain texts that a story needs."""

from contextlib import suppress
from typing import Any

LISTED_MAX = 200  # values of one list that are looked at


def text(value: Any) -> str:
    """A single value as text, empty for none. Lists and mappings are none: aliases may make them endless."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError):  # Python writes no number of thousands of figures
            return str(value)
    return ""


def names(value: Any, *, apart: bool = False) -> tuple[str, ...]:
    """Names out of a list, of a single value, or of mappings that have a `name`.

    With `apart` a single text may hold several, parted by commas.
    """
    if apart and isinstance(value, str):
        value = value.split(",")
    values = value[:LISTED_MAX] if isinstance(value, list) else [value]
    found = (text(one.get("name")) if isinstance(one, dict) else text(one) for one in values)
    return tuple(name for name in found if name)


def is_true(value: Any) -> bool:
    """Whether a switch is on, as JSON or YAML writes it."""
    return _switch(value) in ("true", "yes", "on", "1")


def is_false(value: Any) -> bool:
    """Whether a switch is there, and off."""
    return _switch(value) in ("false", "no", "off", "0")


def _switch(value: Any) -> str:
    return (str(value) if isinstance(value, bool) else text(value)).lower()
