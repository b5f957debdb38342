"""Foreign picture → our own sizes on disk: checked by a real decoder, without metadata, named by its hash."""

import hashlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from htmxnews.intake.draft import Unreadable
from htmxnews.intake.shown import Kept

BYTES_MAX = 15_000_000
PIXELS_MAX = 50_000_000  # of all its frames together, where it moves
WIDTHS = (320, 640, 1280)  # beside its own, where it is less wide
SIDE_MAX = 16_383  # pixels: what WebP can hold
MOVING_MAX = 640  # the widest of a picture that moves
NOTHING = 4  # pixels: a picture that is less wide or high shows nothing, it counts readers or holds a place
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
QUALITY = 80

Image.init()  # all formats now, where a process is made that others are copied from

_TURNED = (5, 6, 7, 8)  # values of the EXIF tag that stand for a quarter turn
_ORIENTATION = 0x0112


class BadPicture(Unreadable):
    """A picture that is not kept; the message says why, as the rest of "its picture …"."""


@dataclass(frozen=True)
class Made:
    """A picture decoded and made anew: the files of our own widths, none where it shows nothing."""

    kept: Kept
    files: tuple[bytes, ...]


def keep(file: Path, media_dir: Path) -> Kept:
    """Check a picture file and write its sizes, where missing. Raises BadPicture."""
    try:
        made = make(_bytes(file))
    except MemoryError:
        raise BadPicture("needs too much memory") from None
    return write(made, media_dir)


def make(data: bytes) -> Made:
    """Decode a picture and make our sizes of it. Touches no file. Raises BadPicture."""
    if len(data) > BYTES_MAX:
        raise BadPicture(f"is larger than {BYTES_MAX // 1_000_000} MB")
    name = hashlib.sha256(data).hexdigest()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                return _made(opened, name)
    except UnidentifiedImageError:
        raise BadPicture("is no JPEG, PNG, WebP, GIF or AVIF") from None
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise BadPicture(f"cannot be decoded ({error})") from None


def write(made: Made, media_dir: Path) -> Kept:
    """Write the sizes as `<hash>-<width>.webp`, where missing; those that are there count as new."""
    media_dir.mkdir(parents=True, exist_ok=True)
    for width, data in zip(made.kept.widths, made.files, strict=True):
        path = media_dir / f"{made.kept.hash}-{width}.webp"
        if path.exists():
            path.touch()  # so that nobody sweeps it before a story names it
        else:
            _write(data, path)
    return made.kept


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


def _made(opened: Image.Image, name: str) -> Made:
    if opened.width * opened.height > PIXELS_MAX:
        raise BadPicture(f"has more than {PIXELS_MAX // 1_000_000} million pixels")
    width, height = opened.size
    if opened.getexif().get(_ORIENTATION) in _TURNED:
        width, height = height, width
    if min(width, height) < NOTHING:
        return Made(Kept(name, width, height, ()), ())
    moves = _moves(opened)
    if moves:
        width, height = _at_most(MOVING_MAX, width, height)
    widths = _widths(width, height)
    if moves:
        return Made(Kept(name, width, height, widths), tuple(_moving(opened, width, height, widths)))
    picture = _upright(opened, WIDTHS[-1])
    sizes = [picture.resize(_at_most(one, width, height), Image.Resampling.LANCZOS) for one in widths]
    return Made(Kept(name, width, height, widths), tuple(map(_webp, sizes)))


def _widths(width: int, height: int) -> tuple[int, ...]:
    """The widths that are made of a picture, none of them wider or higher than can be."""
    widest = min(width, WIDTHS[-1], max(1, width * SIDE_MAX // height))
    return (*(one for one in WIDTHS if one < widest), widest)


def _moves(opened: Image.Image) -> bool:
    """Whether it is shown as one that moves; of one with very many frames, the first has to do.

    What a camera puts behind a photograph, as a smaller one or its depths, is no frame.
    """
    frames = getattr(opened, "n_frames", 1) if opened.format != "MPO" else 1
    return frames > 1 and frames * opened.width * opened.height <= PIXELS_MAX


def _moving(opened: Image.Image, width: int, height: int, widths: tuple[int, ...]) -> Iterator[bytes]:
    frames, durations = [], []
    for frame in ImageSequence.Iterator(opened):
        upright = ImageOps.exif_transpose(frame.convert("RGBA"))
        frames.append(upright.resize((width, height), Image.Resampling.BILINEAR))
        durations.append(int(frame.info.get("duration") or 100))
    loop = int(opened.info.get("loop", 1))  # a GIF that says nothing plays once
    for one in widths:
        if one != width:
            size = _at_most(one, width, height)
            first, *rest = (frame.resize(size, Image.Resampling.BILINEAR) for frame in frames)
        else:
            first, *rest = frames
        file = io.BytesIO()
        first.save(
            file,
            "WEBP",
            save_all=True,
            append_images=rest,
            duration=durations,
            loop=loop,
            quality=QUALITY,
            method=2,
        )
        yield file.getvalue()


def _upright(opened: Image.Image, most: int) -> Image.Image:
    """The picture upright, hardly wider than `most`, in plain colours; nothing else of it is kept."""
    exif = opened.getexif().get(_ORIENTATION)
    upright_width = opened.height if exif in _TURNED else opened.width
    scale = max(1.0, upright_width / most)
    size = (max(1, round(opened.width / scale)), max(1, round(opened.height / scale)))
    opened.draft(None, size)  # a JPEG is decoded at half its size or less, where that is enough
    profile, clear = opened.info.get("icc_profile"), opened.has_transparency_data
    as_it_is = ("RGBA",) if clear else ("RGB", "CMYK", "L")
    picture = opened if opened.mode in as_it_is else _plain(opened, clear)
    if scale > 1:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if exif:
        picture.getexif()[_ORIENTATION] = exif
        picture = ImageOps.exif_transpose(picture)
    return _plain(_in_srgb(picture, profile), clear)


def _plain(picture: Image.Image, clear: bool) -> Image.Image:
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda shade: shade / 256, "L")  # what converting would cut at 255
    return picture.convert("RGBA" if clear else "RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours that a profile means, as far as it can be read."""
    if not profile or picture.mode not in ("RGB", "CMYK", "L"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _at_most(most: int, width: int, height: int) -> tuple[int, int]:
    return (width, height) if width <= most else (most, max(1, round(height * most / width)))


def _webp(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()


def _write(data: bytes, path: Path) -> None:
    """Write beside the place and rename: a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
