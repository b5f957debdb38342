"""Pictures inside a text as our page shows them: our own copies, or those of hosts that a setting names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SIZES = "(min-width: 46rem) 43rem, 100vw"  # how wide a text is
_OURS = re.compile(r"/media/[0-9a-f]{64}-\d{1,5}\.webp")
_OUR_SET = re.compile(r"(?:/media/[0-9a-f]{64}-\d{1,5}\.webp \d{1,5}w(?:, |$)){1,9}")
_VALUES = {
    "src": _OURS,
    "srcset": _OUR_SET,
    "sizes": re.compile(re.escape(SIZES)),
    "width": re.compile(r"[1-9]\d{0,4}"),
    "height": re.compile(r"[1-9]\d{0,4}"),
    "loading": re.compile("lazy"),
    "decoding": re.compile("async"),
    "referrerpolicy": re.compile("no-referrer"),
}
ATTRIBUTES = frozenset({"alt", *_VALUES})


@dataclass(frozen=True)
class Kept:
    """A picture of ours: size of the original, and the widths in which it lies on disk.

    One without widths shows nothing, such as a counter's pixel.
    """

    hash: str
    width: int
    height: int
    widths: tuple[int, ...]


@dataclass(frozen=True)
class Pictures:
    """What is known of pictures when a text is cleaned.

    `copies` holds ours by the address of the original. Those of `hosts` (`*`: of any) stay where they are.
    """

    copies: Mapping[str, Kept] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()

    def stays_there(self, address: str) -> bool:
        """Whether readers load it from its own server."""
        web = address.startswith(("http://", "https://"))
        return web and ("*" in self.hosts or urlsplit(address).netloc in self.hosts)

    def attributes(self, address: str, declared: tuple[int | None, int | None]) -> dict[str, str] | None:
        """The attributes of a picture that is shown; none at all for one that shows nothing, else None."""
        if self.stays_there(address):
            size = {"width": str(declared[0]), "height": str(declared[1])} if all(declared) else {}
            return {"src": address, **size, "referrerpolicy": "no-referrer", **_LATE}
        if address not in self.copies:
            return None
        kept = self.copies[address]
        if not kept.widths:
            return {}
        files = [(f"/media/{kept.hash}-{width}.webp", width) for width in kept.widths]
        return {
            "src": files[0][0],
            "srcset": ", ".join(f"{file} {width}w" for file, width in files),
            "sizes": SIZES,
            "width": str(kept.width),
            "height": str(kept.height),
            **_LATE,
        }

    def is_higher_than(self, height: int, address: str) -> bool:
        """Whether a picture is known to be of some size, in pixels."""
        kept = self.copies.get(address)
        return kept is not None and min(kept.width, kept.height) > height

    def may_stay(self, name: str, value: str) -> bool:
        """Whether the last cleaner leaves an attribute of a picture as it is."""
        if name == "alt" or (name == "src" and self.stays_there(value)):
            return True
        return name in _VALUES and _VALUES[name].fullmatch(value) is not None


_LATE = {"loading": "lazy", "decoding": "async"}
NONE = Pictures()
