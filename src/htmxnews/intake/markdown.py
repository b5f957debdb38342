"""A folder of Markdown stories with front matter in YAML, TOML or JSON: the folder is the truth."""

import html
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, time
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from htmxnews.intake import beside, generators
from htmxnews.intake.addresses import web_address
from htmxnews.intake.clean import heading_of, pictures_in, unmarked
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft, Unreadable
from htmxnews.intake.limits import PICTURES_MAX
from htmxnews.intake.values import is_false, is_true, names, text
from htmxnews.text import field

FILE_MAX = 2_000_000  # bytes
FRONT_MAX = 100_000  # characters of front matter
DEPTH_MAX = 20  # lists and mappings inside of each other
SUFFIXES = (".md", ".markdown")
# How the file of a story begins that tells its day.
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[-_ ](?=.)", re.ASCII)
_LAYOUT = re.compile(r"[^/.]+")
# Under which names other generators keep the same.
_OTHER_NAMES = {
    "date": ("publishdate", "publish_date", "published_at", "pubdate", "published", "created", "created_at"),
    "image": ("cover", "cover_image", "featured_image", "feature_image", "heroimage", "thumbnail"),
    "lang": ("language",),
    "summary": ("description", "excerpt"),
    "tags": ("keywords",),
    "updated": ("lastmod", "last_modified_at", "modified", "updateddate", "updated_at", "last_updated"),
}
# A mapping that some keep a picture in, by the names of its parts.
_PICTURE_PARTS = {
    "image": ("image", "path", "url", "src"),
    "image_alt": ("alt",),
    "image_caption": ("caption",),
    "image_credit": ("credit",),
}
_PICTURE_TEXTS = ("image", "image_alt", "image_credit", "image_caption")
_TEXTS = ("title", "slug", "date", "updated", "summary", "lang", *_PICTURE_TEXTS)
# Where other generators end what they show in a list; there is nothing to read in it.
_SUMMARY_END = re.compile(
    r"^[ \t]*<!--\s*(?:more|truncate|excerpt)\s*-->[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_OPENED = re.compile(r"\s*(?:---[ \t]*\n[ \t]*\w[\w-]*[ \t]*:|\+\+\+[ \t]*\n[ \t]*\w[\w-]*[ \t]*=)")


class _Scalars(yaml.CSafeLoader):
    """Reads a plain value as the text that it is: `no` is a language, 1.10 a title, a date may be wrong."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge nothing: mappings that merge mappings grow without end."""


_Scalars.yaml_implicit_resolvers = {
    first: kept
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    if (kept := [one for one in known if one[0] == "tag:yaml.org,2002:null"])
}


class _Yaml(YAMLHandler):
    NAME = "YAML"
    FM_BOUNDARY = re.compile(r"^(?:-{3,}|\.{3})\s*$", re.MULTILINE)

    def load(self, fm: str, **_: Any) -> Any:
        _check_length(fm)
        _check_depth(fm)
        return _Scalars(fm).get_single_data()


class _Toml(BaseHandler):
    NAME = "TOML"
    FM_BOUNDARY = re.compile(r"^\+{3,}\s*$", re.MULTILINE)

    def load(self, fm: str, **_: Any) -> Any:
        _check_length(fm)
        facts = tomllib.loads(fm, parse_float=str)
        facts |= facts.get("taxonomies", {})  # where Zola keeps them
        return {
            name: value.isoformat() if isinstance(value, date | time) else value
            for name, value in facts.items()
        }


class _Json(JSONHandler):
    NAME = "JSON"
    FM_BOUNDARY = re.compile(r"^(?:{|})\s*$", re.MULTILINE)

    def load(self, fm: str, **_: Any) -> Any:
        _check_length(fm)
        return json.loads(fm, strict=False)


_formats = (_Yaml(), _Toml(), _Json())
# No such day, number or table; and what the readers stumble over that do not ask whether a value can be one.
_FAULTS = (yaml.YAMLError, RecursionError, ValueError, TypeError, LookupError, AttributeError)


class _TooLarge(ValueError):
    """Front matter that is no such thing."""


def _check_length(text: str) -> None:
    if len(text) > FRONT_MAX:
        raise _TooLarge(f"its front matter is longer than {FRONT_MAX // 1000} kB")


def _check_depth(text: str) -> None:
    """Raise YAMLError for what is nested deeper than front matter is: the loader's own stack has an end."""
    depth = 0
    for event in yaml.parse(text, Loader=_Scalars):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise yaml.YAMLError


def parse(path: Path) -> Parsed:
    """Read a folder, or one file of it. A story's key is its file's path relative to the folder (S16)."""
    root = path if path.is_dir() else path.parent
    files = list(story_files(path)) if path.is_dir() else [path]
    parsed = Parsed(source_name=path.resolve().name if path.is_dir() else path.stem, total=len(files))
    for file, reason in _left_out(path) if path.is_dir() else ():
        parsed.skipped += 1
        parsed.warnings.append(f"{name_of(file, path)}: left out, as it {reason}")
    for folder in closed_folders(path) if path.is_dir() else ():
        parsed.refused += 1
        parsed.warnings.append(f"{name_of(folder, path)}: cannot be looked into")
    parsed.drafts = _drafts(root, files, parsed)
    return parsed


def story_files(folder: Path) -> Iterator[Path]:
    """The Markdown files of a folder in order; hidden ones, and links that lead out of it, are left alone.

    So is what is no file: nobody may ever write into a pipe.
    """
    top = folder.resolve()
    return (path for path in _markdown_files(folder) if beside.is_inside(path, top) and path.is_file())


def closed_folders(folder: Path) -> list[Path]:
    """The folders in one, or itself, that this user may not look into; hidden ones are left alone."""
    found: list[Path] = []

    def note(error: OSError) -> None:
        found.append(Path(error.filename))

    for parent, folders, _ in os.walk(folder, onerror=note):
        if not os.access(parent, os.R_OK | os.X_OK):
            found.append(Path(parent))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
    return found


def name_of(file: Path, folder: Path) -> str:
    """What a story is called in its folder: its source's own id of it."""
    return file.relative_to(folder).as_posix()


def _left_out(folder: Path) -> Iterator[tuple[Path, str]]:
    """What is called like a story and is none, and why."""
    top = folder.resolve()
    for path in _markdown_files(folder):
        if not beside.is_inside(path, top):
            yield path, "leads out of the folder or to nothing"
        elif not path.is_file():
            yield path, "is no file"


def _markdown_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield Path(parent, name)


def _drafts(root: Path, files: list[Path], parsed: Parsed) -> Iterator[StoryDraft]:
    for path in files:
        name = name_of(path, root)
        try:
            facts, body = _read(path)
            reason = _reason_to_leave_out(name, facts)
            draft = None if reason else _draft(root, path, name, facts, body, parsed)
        except ValueError as error:
            parsed.refused += 1
            parsed.warnings.append(f"{name}: {error}")
        except Exception as error:  # a library stumbles over what nobody has tried: one file less
            parsed.refused += 1
            parsed.warnings.append(f"{name}: cannot be read ({type(error).__name__})")
        else:
            if draft:
                yield draft
            else:
                parsed.skipped += 1
                parsed.warnings.append(f"{name}: left out, as it {reason}")


def _reason_to_leave_out(name: str, facts: dict[str, Any]) -> str:
    """Why a file is no story for readers, or nothing."""
    if not facts:
        return "has no front matter"
    *folders, file = name.split("/")
    if file.startswith("_index."):
        return "is the page of a section"
    return "is a draft" if "_drafts" in folders or _is_hidden(facts) else ""


def _is_hidden(facts: dict[str, Any]) -> bool:
    """Whether a writer says that a story is not for readers yet, in the words of any generator."""
    switches = ("draft", "isdraft", "hidden", "private", "unlisted")
    states = {text(facts.get(name)).lower() for name in ("status", "state", "visibility")}
    is_draft = any(is_true(facts.get(name)) for name in switches) or states & {"draft", "private", "hidden"}
    return bool(is_draft) or is_false(facts.get("published"))


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """Return front matter and text. Raises ValueError saying what is wrong with the file."""
    try:
        known_text = Text.of(path, limit=FILE_MAX)
        if known_text.encoding == "cp1252":  # what is left when no other fits
            raise ValueError("not UTF-8 text")
        whole = "".join(known_text.chunks()).replace("\r\n", "\n").lstrip()
    except Unreadable as error:
        raise ValueError(str(error)) from None
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None
    known = next((one for one in _formats if one.detect(whole)), None)
    if known is None:
        return {}, whole
    try:
        facts, body = frontmatter.parse(whole, handler=known)
    except _TooLarge:
        raise
    except _FAULTS as error:
        raise ValueError(f"its front matter is not {known.NAME}{_place(error)}") from None
    if not facts and _OPENED.match(whole):
        raise ValueError("its front matter has no end")
    facts = {str(name).lower(): value for name, value in facts.items()}
    if _is_of_jekyll(path, facts):
        facts |= {name: _as_jekyll_reads(facts.get(name)) for name in ("categories", "tags")}
    return _in_our_words(facts), generators.plainer(_SUMMARY_END.sub("", body))


def _in_our_words(facts: dict[str, Any]) -> dict[str, Any]:
    """Front matter with what others call by other names under ours."""
    categories = names(_flat(facts.get("categories")))
    facts["category"] = list(dict.fromkeys((*names(facts.get("category")), *categories)))
    if isinstance(dates := facts.get("date"), dict):  # as MkDocs has it
        facts |= {"date": dates.get("created"), "updated": facts.get("updated") or dates.get("updated")}
    for name, others in _OTHER_NAMES.items():
        told = [facts[one] for one in others if facts.get(one) and not is_true(facts[one])]
        if told and not facts.get(name):
            facts[name] = told[0]
    if isinstance(picture := facts.get("image"), dict):
        for name, parts in _PICTURE_PARTS.items():
            if told := [picture[part] for part in parts if text(picture.get(part))]:
                facts[name] = told[0]
    return facts


def _is_of_jekyll(path: Path, facts: dict[str, Any]) -> bool:
    """Whether a file lies where Jekyll has its stories, or names a layout as Jekyll does: no file."""
    return "_posts" in path.absolute().parts or bool(_LAYOUT.fullmatch(text(facts.get("layout"))))


def _as_jekyll_reads(value: Any) -> Any:
    """Names in one text without commas, parted by spaces."""
    return value.split() if isinstance(value, str) and "," not in value else value


def _flat(value: Any) -> Any:
    """A list without the lists in it, which Hexo has for sections in sections."""
    if not isinstance(value, list):
        return value
    return [name for one in value for name in (one if isinstance(one, list) else [one])]


def _place(error: Exception) -> str:
    """Where YAML stumbled: its lines count from 0, at the one that opens the front matter."""
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark else ""


def _draft(root: Path, path: Path, name: str, facts: dict[str, Any], body: str, parsed: Parsed) -> StoryDraft:
    title, (heading, rest) = text(facts.get("title")), heading_of(body)
    dated = _DATED.match(path.stem)
    if title in ("", heading):
        stem = path.stem[dated.end() :] if dated else path.stem
        title, body = heading or stem.replace("-", " "), rest
    for unread in (one for one in _TEXTS if facts.get(one) not in (None, "") and not text(facts[one])):
        parsed.warnings.append(f"{name}: its {unread} cannot be read and was left out")
    categories, tags = names(facts.get("category")), names(facts.get("tags"), apart=True)
    told = pictures_in(body)
    files = _files(root, path, name, told, parsed)
    return StoryDraft(
        key=name,
        title=title,
        body=body,
        body_kind="markdown",
        slug=text(facts.get("slug")) or None,
        summary=html.escape(unmarked(text(facts.get("summary"))), quote=False),
        published=text(facts.get("date")) or (dated[1] if dated else None),
        updated=text(facts.get("updated")) or None,
        authors=names(facts.get("authors"), apart=True) or names(facts.get("author")),
        category=categories[0] if categories else None,
        tags=(*tags, *categories[1:]),
        picture=_with_words(_picture(root, path, name, facts, parsed), files, told),
        files=files,
        lang=text(facts.get("lang")) or None,
        pinned=is_true(facts.get("pinned")),
    )


def _picture(root: Path, path: Path, name: str, facts: dict[str, Any], parsed: Parsed) -> PictureDraft | None:
    image = text(facts.get("image"))
    if not image:
        return None
    told = PictureDraft(
        alt=text(facts.get("image_alt")),
        credit=text(facts.get("image_credit")),
        caption=text(facts.get("image_caption")),
    )
    if "://" in image or image.startswith("//"):
        return replace(told, url=web_address(image, "https:"))
    file = beside.find(image, path, root)
    if file is None:
        parsed.warnings.append(f"{name}: its picture {image} is not in the folder")
        return None
    return replace(told, file=file)


def _files(
    root: Path, path: Path, name: str, addresses: Iterable[str], parsed: Parsed
) -> tuple[tuple[str, Path], ...]:
    """The pictures inside a text that lie in the folder, by the addresses it has for them."""
    wanted = islice(filter(beside.is_file_address, addresses), PICTURES_MAX)
    found = [(address, beside.find(address, path, root)) for address in wanted]
    parsed.warnings.extend(
        f"{name}: its picture {field(unquote(address), 300)} is not in the folder"
        for address, file in found
        if file is None
    )
    return tuple((address, file) for address, file in found if file)


def _with_words(
    picture: PictureDraft | None, files: Iterable[tuple[str, Path]], told: Mapping[str, PictureDraft]
) -> PictureDraft | None:
    """A lead with what its text says of the same file, where the front matter says nothing."""
    if picture is None or picture.file is None:
        return picture
    same = (told[address] for address, file in files if file.resolve() == picture.file.resolve())
    own = next(same, PictureDraft())
    return replace(picture, alt=picture.alt or own.alt, caption=picture.caption or own.caption)
