"""Files that a Markdown text names, found in the folder that is imported and nowhere else (S16)."""

import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote

from htmxnews.intake.addresses import ADDRESS_MAX

# Folders whose files generators put at the top of a site.
_TOPS = ("static", "public", "assets")
_ELSEWHERE = re.compile(r"//|[a-z][a-z0-9+.-]+:", re.IGNORECASE)  # one letter is a drive of Windows
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def is_file_address(address: str) -> bool:
    """Whether an address in a text means a file of its folder, there or not."""
    return bool(address) and _ELSEWHERE.match(address) is None


def find(address: str, text: Path, root: Path) -> Path | None:
    """Return the file that `text` means by an address, None without one.

    Where that begins with a slash, it starts at the top of `root`, or where generators put such files.
    """
    if len(address) > ADDRESS_MAX // 2:
        return None
    top = root.resolve()
    for name in _names(address):
        places = [root, *(root / one for one in _TOPS)] if name.startswith("/") else [text.parent]
        for file in (place / name.lstrip("/") for place in places):
            if is_inside(file, top) and file.is_file():
                return file
    return None


def is_inside(path: Path, top: Path) -> bool:
    """Whether a path leads to something in a folder, `top` as it really is, whatever links are on the way."""
    try:
        return path.resolve(strict=True).is_relative_to(top)
    except (OSError, RuntimeError, ValueError):
        return False


def _names(address: str) -> Iterator[str]:
    """What a file may be called: as it is written, or as an address; by some systems in other letters."""
    for name in (address, unquote(address), unquote(_QUERY.sub("", address))):
        for form in ("NFC", "NFD"):
            yield normalize(form, name.replace("\\", "/"))
