import base64
import io
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select, update

from htmxnews.config import Config
from htmxnews.intake import copying
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft
from htmxnews.intake.reclean import reclean
from htmxnews.intake.report import Report, Stopped
from htmxnews.intake.run import Importer
from htmxnews.intake.shown import Pictures
from htmxnews.intake.sweeping import YOUNG_S, sweep
from htmxnews.store.engine import Store
from htmxnews.store.models import CopiedPicture

from .conftest import NOW, Answer, Site, Stories, Take

Copy = Callable[..., Report | None]


def drawn(size: tuple[int, int] = (800, 400), mode: str = "RGB", form: str = "PNG", **how: object) -> bytes:
    """A picture, its left half in one colour and its right half in another."""
    colours: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "RGB": ((255, 0, 0), (0, 0, 255)),
        "RGBA": ((255, 0, 0, 255), (0, 0, 255, 0)),
        "CMYK": ((0, 255, 255, 0), (255, 255, 0, 0)),
    }
    left, right = colours[mode]
    picture = Image.new(mode, size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    file = io.BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def body(*addresses: str) -> str:
    return "<p>Before.</p>" + "".join(
        f'<figure><img src="{one}" alt="A quay"><figcaption>By Ines</figcaption></figure>'
        for one in addresses
    )


@pytest.fixture
def config(config: Config) -> Config:
    """A site elsewhere, as links to its own host lose their target."""
    return config.model_copy(update={"base_url": "https://paper.example"})


@pytest.fixture
def copy(store: Store, config: Config) -> Copy:
    """Copy what is due and clean again, as the commands do."""

    def run(
        now: datetime = NOW, on_progress: Callable[[int, int | None], None] | None = None
    ) -> Report | None:
        report = copying.copy(store, config, now, on_progress)
        reclean(store, config, only_pictures=True)
        return report

    return run


def asked(site: Site) -> list[str]:
    return [path for path, _ in site.requests]


def opened(config: Config, html: str) -> Image.Image:
    """Our file of the one picture in a text."""
    name = html.split('src="/media/')[1].split('"')[0]
    return Image.open(config.media_dir / name)


def test_pictures_of_others_become_ours_with_size_widths_and_caption(
    site: Site, take: Take, copy: Copy, stories: Stories, config: Config
) -> None:
    site.answers["/quay.png"] = Answer(drawn())
    lead = PictureDraft(url=f"{site.url}/lead.png", alt="A ship", credit="Ines Mar")
    site.answers["/lead.png"] = Answer(drawn((1400, 700)))
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/quay.png"), picture=lead))
    before = stories()[0]

    report, again = copy(), copy()

    [story] = stories()
    assert report is not None and (report.added, report.refused, again) == (2, 0, None)
    assert sorted(asked(site)) == ["/lead.png", "/quay.png"]
    assert f'href="{site.url}/quay.png"' in before.body.html
    assert site.url not in story.body.html
    for part in (
        'width="800"',
        'height="400"',
        "640w",
        "sizes=",
        'loading="lazy"',
        'alt="A quay"',
        "By Ines",
    ):
        assert part in story.body.html
    assert opened(config, story.body.html).size == (320, 160)
    assert story.picture is not None
    assert (story.picture.width, story.picture.widths, story.picture.credit) == (
        1400,
        "320 640 1280",
        "Ines Mar",
    )
    assert story.revision > before.revision


@pytest.mark.parametrize(
    ("data", "size", "mode"),
    [
        (drawn(mode="RGBA"), (320, 160), "RGBA"),
        (drawn(mode="CMYK", form="JPEG"), (320, 160), "RGB"),
        (
            drawn(
                (400, 800),
                form="JPEG",
                exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
            ),
            (320, 160),
            "RGB",
        ),
        (drawn(form="WEBP"), (320, 160), "RGB"),
    ],
    ids=["PNG with alpha", "CMYK JPEG", "turned by EXIF", "WebP"],
)
def test_every_kind_of_picture_is_shown_as_it_was_meant(
    data: bytes,
    size: tuple[int, int],
    mode: str,
    site: Site,
    take: Take,
    copy: Copy,
    stories: Stories,
    config: Config,
) -> None:
    site.answers["/a"] = Answer(data, headers={"Content-Type": "text/plain"})
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/a")))

    copy()

    with opened(config, stories()[0].body.html) as picture:
        assert (picture.format, picture.size, picture.mode, dict(picture.getexif())) == (
            "WEBP",
            size,
            mode,
            {},
        )


def test_a_moving_gif_still_moves(
    site: Site, take: Take, copy: Copy, stories: Stories, config: Config
) -> None:
    frames = [Image.new("RGB", (900, 300), colour) for colour in ("red", "green", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)
    site.answers["/a.gif"] = Answer(file.getvalue())
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/a.gif")))

    copy()

    [story] = stories()
    assert 'width="640" height="213"' in story.body.html
    for width, height in ((320, 106), (640, 213)):
        name = re.findall(rf"\w{{64}}-{width}\.webp", story.body.html)[0]
        with Image.open(config.media_dir / name) as picture:
            assert (picture.size, picture.n_frames) == ((width, height), 3)  # type: ignore[attr-defined]


def test_a_pixel_that_counts_readers_is_dropped(site: Site, take: Take, copy: Copy, stories: Stories) -> None:
    site.answers["/count?x=1"] = Answer(drawn((1, 1), form="GIF"))
    take(
        StoryDraft(
            key="1", title="A", body=f'<p>Words.</p><p><img src="{site.url}/count?x=1" alt="A count"></p>'
        )
    )

    copy()

    assert stories()[0].body.html == "<p>Words.</p>"


@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_a_picture_written_into_the_text_is_kept_like_any_other(
    kind: str, take: Take, copy: Copy, stories: Stories, config: Config
) -> None:
    data = f"data:image/png;base64,{base64.b64encode(drawn()).decode()}"
    text = f"![A quay]({data})" if kind == "markdown" else f"<p><img alt='A quay' src='{data}'></p>"
    take(StoryDraft(key="1", title="A", body=text, body_kind=kind))  # type: ignore[arg-type]
    before = stories()[0].body.html

    copy()

    assert before == "<p>Picture: A quay</p>"
    assert opened(config, stories()[0].body.html).size == (320, 160)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(b"gone", 404), "404"),
        (
            Answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", headers={"Content-Type": "image/png"}),
            "is no JPEG",
        ),
        (Answer(b"<html>Not found</html>", headers={"Content-Type": "image/jpeg"}), "is no JPEG"),
        (Answer(drawn((10_000, 10_000))), "million pixels"),
        (Answer(drawn(form="JPEG")[:900]), "cannot be decoded"),
    ],
    ids=["404", "SVG", "a page", "100 megapixels", "cut off"],
)
def test_a_picture_that_fails_is_a_link_with_its_words_and_is_tried_again_a_few_times(
    answer: Answer, says: str, site: Site, take: Take, copy: Copy, stories: Stories
) -> None:
    site.answers["/a.png"] = answer
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/a.png")))

    report, soon = copy(), copy(NOW + timedelta(minutes=50))
    rest = [copy(NOW + timedelta(days=30 * month)) for month in range(1, 8)]

    assert report is not None and report.refused == 1 and says in report.warnings[0]
    assert soon is None
    assert [one is not None for one in rest] == [True] * 4 + [False] * 3
    html = stories()[0].body.html
    assert f'href="{site.url}/a.png"' in html and "Picture: A quay" in html and "By Ines" in html


def test_a_try_far_ahead_was_reckoned_by_a_wrong_clock_and_holds_no_picture_up(
    site: Site, take: Take, copy: Copy, store: Store
) -> None:
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/a.png")))
    copy()
    with store.writing() as session:
        session.execute(update(CopiedPicture).values(next_try_at=NOW + timedelta(days=15)))

    assert copy() is not None


def test_a_picture_that_comes_later_is_shown_then_as_lead_and_in_texts(
    site: Site, take: Take, copy: Copy, stories: Stories
) -> None:
    lead = PictureDraft(url=f"{site.url}/lead.png")
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/lead.png", f"{site.url}/b.png"), picture=lead))
    copy()
    failed = stories()[0]
    site.answers["/lead.png"] = site.answers["/b.png"] = Answer(drawn())

    copy(NOW + timedelta(hours=2))

    [story] = stories()
    assert (failed.picture and failed.picture.hash, failed.body.html.count("<a href")) == (None, 2)
    assert story.picture and story.picture.hash
    assert (story.body.html.count("<img"), story.body.html.count("<a href")) == (1, 0)
    assert copy(NOW + timedelta(days=3)) is None


def test_a_lead_that_fails_is_a_link_with_caption_and_credit_before_a_text_without_it(
    site: Site, take: Take, copy: Copy, stories: Stories
) -> None:
    lead = PictureDraft(
        url=f"{site.url}/lead.png", alt="A <b>ship", caption="The <i>quay", credit="Ines & Co"
    )
    take(StoryDraft(key="1", title="A", body="*Words.*", body_kind="markdown", picture=lead))
    before = stories()[0].body.html

    copy()
    failed = stories()[0].body.html
    site.answers["/lead.png"] = Answer(drawn())
    copy(NOW + timedelta(hours=2))

    assert before == stories()[0].body.html == "<p><em>Words.</em></p>"
    assert failed.startswith(f'<figure><a href="{site.url}/lead.png" rel=')
    assert "Picture: A &lt;b&gt;ship</a>" in failed
    assert "<figcaption>The &lt;i&gt;quay <cite>Ines &amp; Co</cite></figcaption></figure>" in failed
    assert failed.endswith(before)


def test_copying_goes_on_after_an_interrupt(site: Site, take: Take, copy: Copy, stories: Stories) -> None:
    addresses = [f"/{number}.png" for number in range(6)]
    site.answers.update({one: Answer(drawn((40 + n, 40))) for n, one in enumerate(addresses)})
    take(StoryDraft(key="1", title="A", body=body(*(site.url + one for one in addresses))))

    def stop(done: int, _total: int | None) -> None:
        if done == 2:
            raise Stopped

    first = copy(on_progress=stop)
    shown = stories()[0].body.html.count("<img")
    second = copy()

    assert first is not None and second is not None
    assert (first.stopped, first.added, shown, second.added) == (True, 2, 2, 4)
    assert stories()[0].body.html.count("<img") == 6


def test_s13_pictures_that_take_too_long_are_left_for_the_next_run(
    site: Site, store: Store, config: Config, take: Take, copy: Copy
) -> None:
    addresses = [f"/{number}.png" for number in range(6)]
    site.answers.update({one: Answer(drawn((40 + n, 40))) for n, one in enumerate(addresses)})
    take(StoryDraft(key="1", title="A", body=body(*(site.url + one for one in addresses))))

    short = copying.copy(store, config, NOW, seconds=0)
    rest = copy()

    assert short is not None and rest is not None
    assert short.skipped > 0
    assert (short.items, short.added + rest.added, rest.skipped) == (6, 6, 0)


def test_a_story_that_changes_keeps_the_copies_that_are_there(
    site: Site, take: Take, copy: Copy, stories: Stories
) -> None:
    site.answers["/a.png"] = site.answers["/lead.png"] = Answer(drawn())
    told = {"body": body(f"{site.url}/a.png"), "picture": PictureDraft(url=f"{site.url}/lead.png")}
    take(StoryDraft(key="1", title="A", **told))  # type: ignore[arg-type]
    copy()

    take(StoryDraft(key="1", title="Another title", **told))  # type: ignore[arg-type]
    again = copy()

    [story] = stories()
    assert (again, story.title, len(asked(site))) == (None, "Another title", 2)
    assert story.picture and story.picture.hash
    assert "<img" in story.body.html


def test_a_picture_behind_a_redirect_whose_signature_changes_is_one_file(
    site: Site, take: Take, copy: Copy, stories: Stories, config: Config
) -> None:
    site.answers["/there.png"] = Answer(drawn(), headers={"content-TYPE": "IMAGE/PNG"})
    shown = []
    for signature in ("one", "two"):
        asked = f"/a.png?w=800&sig={signature}"
        site.answers[asked] = Answer(b"", 302, headers={"Location": "/there.png"})
        take(StoryDraft(key="1", title="A", body=body(f"{site.url}{asked}")))
        copy()
        shown.append(stories()[0].body.html)

    assert shown[0] == shown[1]
    assert "<img" in shown[0]
    assert len(list(config.media_dir.iterdir())) == 3


def test_pictures_of_named_hosts_stay_there(
    site: Site, store: Store, config: Config, take: Take, stories: Stories
) -> None:
    there = config.model_copy(update={"picture_hosts": (site.url.removeprefix("http://"),)})
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/a.png", "https://other.example/b.png")))

    reclean(store, there, everything=True)
    wanted = copying._wanted(store, Pictures(hosts=frozenset(there.picture_hosts)), NOW)

    html = stories()[0].body.html
    assert f'<img src="{site.url}/a.png" referrerpolicy="no-referrer"' in html
    assert 'href="https://other.example/b.png"' in html
    assert wanted == ["https://other.example/b.png"]


@pytest.mark.parametrize("again", [False, True])
def test_a_lead_of_a_named_host_is_shown_from_there(
    again: bool, store: Store, config: Config, stories: Stories
) -> None:
    there = config.model_copy(update={"picture_hosts": ("*",)})
    lead = PictureDraft(url="https://sea.example/lead.png", alt="A ship", caption="The quay")
    draft = StoryDraft(key="1", title="A", body="<p>Words.</p>", picture=lead)
    with Importer(store, there, now=NOW) as importer:
        importer.take(Parsed(drafts=[draft]), Report("a test"), source_name="Harbour desk")

    if again:
        reclean(store, there, everything=True)

    html = stories()[0].body.html
    assert html.startswith('<figure><img src="https://sea.example/lead.png" referrerpolicy="no-referrer"')
    assert html.endswith('alt="A ship"><figcaption>The quay</figcaption></figure><p>Words.</p>')


def test_a_text_cannot_name_files_of_ours(take: Take, stories: Stories) -> None:
    ours = f"/media/{'a' * 64}-320.webp"
    take(StoryDraft(key="1", title="A", body=f'<p>x</p><img src="{ours}" srcset="{ours} 320w" alt="y">'))

    assert "<img" not in stories()[0].body.html


def test_what_no_story_shows_any_more_is_swept_once_it_is_a_day_old(
    site: Site, store: Store, config: Config, take: Take, copy: Copy
) -> None:
    site.answers["/a.png"], site.answers["/b.png"] = Answer(drawn()), Answer(drawn((500, 200)))
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/a.png", f"{site.url}/b.png")))
    copy()
    take(StoryDraft(key="1", title="A", body=body(f"{site.url}/b.png")))
    copy()

    young = sweep(store, config.media_dir)
    for path in config.media_dir.iterdir():
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - YOUNG_S - 1))
    old = sweep(store, config.media_dir)

    assert (young[0], old[0]) == (0, 3)  # one file for each width of a picture of 800 pixels
    assert len(list(config.media_dir.iterdir())) == 2
    with store.reading() as session:
        assert list(session.scalars(select(CopiedPicture.url))) == [f"{site.url}/b.png"]
