"""Public material for tests: read where it lies, beside the checkout, never copied."""

import gzip
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = SHARED / "data"

needs_shared_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="there is no shared data beside the checkout"
)


def cases(name: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each entry of a zip's index with its bytes; `name` as "feeds/real"."""
    with zipfile.ZipFile(DATA / f"{name}.zip") as archive:
        for line in archive.read("index.jsonl").decode().strip().split("\n"):
            row = json.loads(line)
            yield row, archive.read(row["file"])


def rows(name: str) -> list[dict[str, Any]]:
    """Every object of a JSONL file, packed or not."""
    path = DATA / name
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.decode().strip().split("\n")]


def digitalgov_stories() -> Iterator[str]:
    """The posts of digital.gov as lines of story JSONL."""
    for post in rows("news/digitalgov.jsonl.gz"):
        story = {name: post[name] for name in ("id", "title", "slug", "authors", "tags", "body_md")}
        story |= {"published": post["date"], "summary": post["deck"] or post["summary"]}
        yield json.dumps(story)
