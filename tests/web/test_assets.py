import base64
import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from htmxnews.places import STATIC
from web.addresses import PAGES
from web.conftest import MakeApp

FOREVER = "public, max-age=31536000, immutable"


def test_a1_the_vendored_files_are_the_ones_that_were_recorded() -> None:
    lines = (line.split() for line in (STATIC / "vendor" / "SHA384").read_text().splitlines())
    recorded = {name: digest for digest, name in lines}

    found = {
        path.name: base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
        for path in (STATIC / "vendor").glob("*.js")
    }

    assert found == recorded
    assert found["htmx.min.js"] == "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
    assert found["hx-preload.min.js"] == "7gaXKgQyxJfh9ekNnYPYQ27fsBHx1Qgya7sMCEFLlsW57R8l6rEnCWO8ucRcmYrP"


def test_s37_pages_name_their_files_by_their_bytes_and_these_never_change(paper: FlaskClient) -> None:
    text = "".join(paper.get(address).get_data(as_text=True) for address in PAGES)

    named = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))

    assert len(named) >= 5
    for address in named:
        answer = paper.get(address)
        assert re.search(r"\.[0-9a-f]{10}\.\w+$", address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == FOREVER
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_s37_a_hash_of_other_bytes_is_not_promised_forever(client: FlaskClient) -> None:
    answer = client.get("/static/app.0123456789.css")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] != FOREVER


@pytest.mark.parametrize(
    "name",
    [
        "../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "..%2fpyproject.toml",
        "vendor/../../pyproject.toml",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "vendor",
        "vendor/",
        ".",
        "app.css%00.js",
        "..\\pyproject.toml",
    ],
)
def test_s37_nothing_outside_the_one_folder_is_served(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/static/{name}")

    assert answer.status_code in (308, 404)
    assert b"htmxnews" not in answer.data or answer.mimetype == "text/html"


@pytest.fixture
def picture(tmp_path: Path) -> str:
    """The name of a picture in the media folder."""
    name = f"{'a1' * 32}-320.webp"
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / name).write_bytes(b"RIFF....WEBP")
    (tmp_path / "media" / "secret.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return name


def test_s37_pictures_are_kept_forever_and_are_what_they_say(client: FlaskClient, picture: str) -> None:
    answer = client.get(f"/media/{picture}")

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/webp", b"RIFF....WEBP")
    assert answer.headers["Cache-Control"] == FOREVER
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("picture")
@pytest.mark.parametrize("name", ["secret.svg", "../secret.txt", "..%2fsecret.txt", f"{'a2' * 32}-320.webp"])
def test_s37_the_media_folder_gives_nothing_but_our_pictures(client: FlaskClient, name: str) -> None:
    assert client.get(f"/media/{name}").status_code in (308, 404)


def test_the_icon_is_also_at_its_oldest_address(client: FlaskClient) -> None:
    assert client.get("/favicon.ico").mimetype == "image/svg+xml"


def test_pictures_are_found_wherever_the_app_was_started(
    make_app: MakeApp, picture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app: Flask = make_app(media_dir=Path("media"))

    assert app.test_client().get(f"/media/{picture}").status_code == 200
