"""A folder of Markdown stories with YAML front matter: the folder is the truth."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import frontmatter
import yaml

from htmxnews.intake.addresses import web_address
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft

FILE_MAX = 2_000_000  # bytes
SUFFIXES = (".md", ".markdown")
_HEADING = re.compile(r"\s*#\s+(.+?)\s*#*\s*(?:\n|$)")


def parse(path: Path) -> Parsed:
    """Read a folder, or one file of it. A story's key is its file's path relative to the folder (S16)."""
    root = path if path.is_dir() else path.parent
    files = list(story_files(path)) if path.is_dir() else [path]
    parsed = Parsed(source_name=path.name if path.is_dir() else path.stem, total=len(files))
    parsed.drafts = _drafts(root, files, parsed)
    return parsed


def story_files(folder: Path) -> Iterator[Path]:
    """The Markdown files of a folder in order; hidden ones, and links that lead out of it, are left alone."""
    top = folder.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.lower().endswith(SUFFIXES) and not name.startswith(".") and _inside(path, top):
                yield path


def _inside(path: Path, top: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(top)
    except (OSError, RuntimeError):
        return False


def _drafts(root: Path, files: list[Path], parsed: Parsed) -> Iterator[StoryDraft]:
    for path in files:
        name = path.relative_to(root).as_posix()
        try:
            facts, text = _read(path)
        except ValueError as error:
            parsed.refused += 1
            parsed.warnings.append(f"{name}: {error}")
            continue
        if not facts or facts.get("draft") is True:
            parsed.skipped += 1
            if not facts:
                parsed.warnings.append(f"{name}: left out, as it has no front matter")
            continue
        yield _draft(root, path, name, facts, text, parsed)


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """Return front matter and text. Raises ValueError saying what is wrong with the file."""
    try:
        if path.stat().st_size > FILE_MAX:
            raise ValueError(f"larger than {FILE_MAX // 1_000_000} MB")
        facts, text = frontmatter.parse(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except (yaml.YAMLError, RecursionError):
        raise ValueError("its front matter is not YAML") from None
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None
    if not isinstance(facts, dict):
        raise ValueError("its front matter is no list of names and values")
    return facts, text


def _draft(root: Path, path: Path, name: str, facts: dict[str, Any], text: str, parsed: Parsed) -> StoryDraft:
    title = _text(facts.get("title"))
    heading = _HEADING.match(text)
    if heading and title in ("", heading[1]):
        title, text = heading[1], text[heading.end() :]
    return StoryDraft(
        key=name,
        title=title or path.stem.replace("-", " "),
        body=text,
        body_kind="markdown",
        slug=_text(facts.get("slug")) or None,
        summary=_text(facts.get("summary")),
        published=_moment(facts.get("date")),
        updated=_moment(facts.get("updated")),
        authors=_texts(facts.get("authors")) or _texts(facts.get("author")),
        category=_text(facts.get("category")) or None,
        tags=_texts(facts.get("tags")),
        picture=_picture(root, path, name, facts, parsed),
        lang=_text(facts.get("lang")) or None,
        pinned=facts.get("pinned") is True,
    )


def _picture(root: Path, path: Path, name: str, facts: dict[str, Any], parsed: Parsed) -> PictureDraft | None:
    image = _text(facts.get("image"))
    if not image:
        return None
    told = PictureDraft(
        alt=_text(facts.get("image_alt")),
        credit=_text(facts.get("image_credit")),
        caption=_text(facts.get("image_caption")),
    )
    if "://" in image:
        return replace(told, url=web_address(image))
    file = path.parent / image
    if not _inside(file, root.resolve()):
        parsed.warnings.append(f"{name}: its picture {image} is not in the folder")
        return None
    return replace(told, file=file)


def _text(value: Any) -> str:
    """A single value as text; lists and mappings are none (a few aliases could make them endless)."""
    return str(value).strip() if isinstance(value, str | int | float | date) else ""


def _texts(value: Any) -> tuple[str, ...]:
    values = value[:200] if isinstance(value, list) else [value]
    return tuple(text for one in values if (text := _text(one)))


def _moment(value: Any) -> datetime | str | None:
    return value if isinstance(value, datetime) else _text(value) or None
