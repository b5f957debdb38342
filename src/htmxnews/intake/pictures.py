"""A picture file → our own sizes on disk: checked by a real decoder, without metadata, named by its hash."""

import hashlib
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

BYTES_MAX = 15_000_000
PIXELS_MAX = 50_000_000
WIDTHS = (320, 640, 1280)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
QUALITY = 80


class BadPicture(Exception):
    """A picture that is not kept; the message says why, as the rest of "its picture …"."""


@dataclass(frozen=True)
class Kept:
    """A picture of ours: size of the original, and the widths in which it lies on disk."""

    hash: str
    width: int
    height: int
    widths: tuple[int, ...]


def keep(file: Path, media_dir: Path) -> Kept:
    """Check a picture and write its sizes as `<hash>-<width>.webp`, where missing. Raises BadPicture."""
    data = _bytes(file)
    name = hashlib.sha256(data).hexdigest()
    picture = _decoded(file)
    widths = tuple(width for width in WIDTHS if width <= picture.width) or (picture.width,)
    media_dir.mkdir(parents=True, exist_ok=True)
    for width in widths:
        path = media_dir / f"{name}-{width}.webp"
        if not path.exists():
            height = max(1, round(picture.height * width / picture.width))
            _write(picture.resize((width, height), Image.Resampling.LANCZOS), path)
    return Kept(name, picture.width, picture.height, widths)


def digest(file: Path | None) -> str:
    """What a file holds, as a short text; empty where there is none that can be read."""
    try:
        return hashlib.sha256(_bytes(file)).hexdigest() if file else ""
    except BadPicture:
        return ""


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > BYTES_MAX:
            raise BadPicture(f"is larger than {BYTES_MAX // 1_000_000} MB")
        return file.read_bytes()
    except OSError as error:
        raise BadPicture(f"cannot be read ({error.strerror})") from None


def _decoded(file: Path) -> Image.Image:
    """The picture upright and in plain colours; what is written from it carries no metadata."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as opened:
                if opened.width * opened.height > PIXELS_MAX:
                    raise BadPicture(f"has more than {PIXELS_MAX // 1_000_000} million pixels")
                upright = ImageOps.exif_transpose(opened)
                clear = upright.has_transparency_data
                picture = upright.convert("RGBA" if clear else "RGB")
    except UnidentifiedImageError:
        raise BadPicture("is no JPEG, PNG, WebP, GIF or AVIF") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(f"cannot be decoded ({error})") from None
    return picture


def _write(picture: Image.Image, path: Path) -> None:
    """Write beside the place and rename: a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            picture.save(file, "WEBP", quality=QUALITY, method=4)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
