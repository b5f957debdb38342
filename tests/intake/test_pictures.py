from pathlib import Path

import pytest
from PIL import Image, ImageCms

from htmxnews.intake import pictures


def draw(path: Path, size: tuple[int, int], mode: str = "RGB", **how: object) -> Path:
    Image.new(mode, size, "navy" if mode != "CMYK" else None).save(path, **how)  # type: ignore[arg-type]
    return path


def test_a_picture_is_kept_in_our_widths_and_never_enlarged(tmp_path: Path) -> None:
    kept = pictures.keep(draw(tmp_path / "a.png", (700, 350)), tmp_path / "media")

    assert (kept.width, kept.height, kept.widths) == (700, 350, (320, 640, 700))
    files = sorted(path.name for path in (tmp_path / "media").iterdir())
    assert files == [f"{kept.hash}-{width}.webp" for width in (320, 640, 700)]
    with Image.open(tmp_path / "media" / files[0]) as small:
        assert (small.format, small.size) == ("WEBP", (320, 160))


def test_a_small_picture_keeps_its_own_width(tmp_path: Path) -> None:
    assert pictures.keep(draw(tmp_path / "a.gif", (100, 50)), tmp_path / "media").widths == (100,)


def test_it_stands_upright_and_tells_nothing_of_its_maker(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Ines Mar"  # turned by a quarter; the artist

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    original = draw(tmp_path / "a.jpg", (400, 800), exif=exif, xmp=b"<x>Ines</x>", icc_profile=profile)

    kept = pictures.keep(original, tmp_path / "media")

    assert (kept.width, kept.height) == (800, 400)
    for path in (tmp_path / "media").iterdir():
        assert b"Ines" not in path.read_bytes()
        assert b"ICCP" not in path.read_bytes()
        with Image.open(path) as picture:
            assert not picture.getexif()


@pytest.mark.parametrize("mode", ["CMYK", "L", "1"])
def test_every_kind_of_colour_becomes_plain(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode != "1" else "png"

    kept = pictures.keep(draw(tmp_path / f"a.{suffix}", (330, 10), mode), tmp_path / "media")

    assert kept.widths == (320, 330)


def test_sixteen_bits_of_grey_are_as_bright_as_eight(tmp_path: Path) -> None:
    Image.new("I;16", (320, 10), 0x8000).save(tmp_path / "a.png")

    kept = pictures.keep(tmp_path / "a.png", tmp_path / "media")

    with Image.open(tmp_path / "media" / f"{kept.hash}-320.webp") as picture:
        assert picture.convert("L").getpixel((9, 9)) == pytest.approx(0x80, abs=2)


def test_what_a_camera_puts_behind_its_photograph_is_no_frame(tmp_path: Path) -> None:
    behind = Image.new("RGB", (320, 10), "white")
    draw(tmp_path / "a.jpg", (320, 10), format="MPO", save_all=True, append_images=[behind])

    kept = pictures.keep(tmp_path / "a.jpg", tmp_path / "media")

    with Image.open(tmp_path / "media" / f"{kept.hash}-320.webp") as picture:
        assert getattr(picture, "n_frames", 1) == 1


def test_one_that_is_higher_than_our_format_allows_is_made_narrower(tmp_path: Path) -> None:
    kept = pictures.keep(draw(tmp_path / "a.png", (1280, 20_000), "1"), tmp_path / "media")

    assert (kept.width, kept.height, kept.widths) == (1280, 20_000, (320, 640, 1048))


def test_one_that_moves_stands_upright_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    left, right = Image.new("RGB", (320, 10), "navy"), Image.new("RGB", (320, 10), "navy")
    left.paste("white", (0, 0, 160, 10))
    right.paste("white", (160, 0, 320, 10))
    left.save(tmp_path / "a.webp", save_all=True, append_images=[right], exif=exif, lossless=True)

    kept = pictures.keep(tmp_path / "a.webp", tmp_path / "media")

    with Image.open(tmp_path / "media" / f"{kept.hash}-10.webp") as picture:
        assert (picture.size, picture.n_frames) == ((10, 320), 2)  # type: ignore[attr-defined]
        top, bottom = (picture.convert("L").getpixel((5, y)) for y in (40, 280))
        assert top > 200 > 60 > bottom  # type: ignore[operator]


def test_transparency_stays(tmp_path: Path) -> None:
    Image.new("RGBA", (320, 10), (0, 0, 128, 60)).save(tmp_path / "a.png")

    kept = pictures.keep(tmp_path / "a.png", tmp_path / "media")

    with Image.open(tmp_path / "media" / f"{kept.hash}-320.webp") as picture:
        assert picture.mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no JPEG"),
        (b"", "is no JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "is no JPEG"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.png").write_bytes(data)

    with pytest.raises(pictures.BadPicture, match=reason):
        pictures.keep(tmp_path / "a.png", tmp_path / "media")


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pictures.BadPicture, match="is no JPEG"):
        pictures.keep(draw(tmp_path / "a.bmp", (10, 10)), tmp_path / "media")


def test_a_broken_picture_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.jpg", (900, 900))
    path.write_bytes(path.read_bytes()[:-2000])

    with pytest.raises(pictures.BadPicture, match="cannot be decoded"):
        pictures.keep(path, tmp_path / "media")

    assert not (tmp_path / "media").exists()


def test_too_many_pixels_or_bytes_are_refused(tmp_path: Path) -> None:
    big = draw(tmp_path / "a.png", (10_000, 5_001), "1")
    heavy = tmp_path / "b.png"
    heavy.write_bytes(b"x" * (pictures.BYTES_MAX + 1))

    refused = {big: "50 million pixels", heavy: "15 MB", tmp_path / "no.png": "cannot be read"}
    for path, reason in refused.items():
        with pytest.raises(pictures.BadPicture, match=reason):
            pictures.keep(path, tmp_path / "media")
