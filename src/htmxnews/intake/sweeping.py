"""Files of pictures that no story shows any more, taken away."""

import re
import time
from pathlib import Path

from sqlalchemy import delete, select

from htmxnews.intake.report import Progress
from htmxnews.store.engine import Store
from htmxnews.store.models import CopiedPicture, Picture, StoryPicture

YOUNG_S = 24 * 60 * 60  # a file this new may be of a picture that is being stored

_FILE = re.compile(r"([0-9a-f]{64})-\d{1,5}\.webp|.+\.part")


def sweep(store: Store, media_dir: Path, on_progress: Progress | None = None) -> tuple[int, int]:
    """Forget pictures that no story names, remove their files, and return how many files and bytes went."""
    with store.writing() as session:
        unused = CopiedPicture.url.not_in(select(StoryPicture.url)) & CopiedPicture.url.not_in(
            select(Picture.url).where(Picture.url.is_not(None))
        )
        session.execute(delete(CopiedPicture).where(unused))
    with store.reading() as session:
        kept = set(session.scalars(select(Picture.hash))) | set(session.scalars(select(CopiedPicture.hash)))
    old = time.time() - YOUNG_S
    files = sorted(media_dir.iterdir()) if media_dir.is_dir() else []
    gone = size = 0
    for done, path in enumerate(files, 1):
        found = _FILE.fullmatch(path.name)
        if found and found[1] not in kept and (state := path.stat()).st_mtime < old:
            path.unlink()
            gone, size = gone + 1, size + state.st_size
        if on_progress:
            on_progress(done, len(files))
    return gone, size
