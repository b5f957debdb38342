"""The lines as pasted into posts of sites that real generators make, installed into a folder of their own."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Browse
from browser.host import running_server
from browser.test_axe import violations
from browser.test_embed_element import items, tag, to_paste
from browser.watch import Watch

pytestmark = pytest.mark.slow

PICTURES = Path("test-results/embed")
WORDS = "A post that somebody wrote, with a few words before the stories.\n\n"
LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Eleven</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; background: #20242c; color: #e8e8ec;
font: 1.125rem/1.6 Georgia, serif } h1 { font-size: 2.5rem }</style></head>
<body><main><h1>Eleven</h1>{{ content | safe }}</main></body></html>
"""


def run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]} {done.stderr[-2000:]}"


@pytest.fixture(scope="session")
def python_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the commands of Pelican and Nikola."""
    folder = tmp_path_factory.mktemp("python-tools")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    run(
        folder / "bin" / "pip", "install", "--quiet", "pelican[markdown]==4.12.0", "Nikola==8.3.3", cwd=folder
    )
    return folder / "bin"


@pytest.fixture(scope="session")
def node_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Eleventy's command."""
    folder = tmp_path_factory.mktemp("node-tools")
    npm = shutil.which("npm")
    assert npm, "the test needs npm: apt-get install npm"
    run(npm, "install", "--no-audit", "--no-fund", "--prefix", folder, "@11ty/eleventy@3.1.8", cwd=folder)
    return folder / "node_modules" / ".bin"


def pelican(request: pytest.FixtureRequest, folder: Path, post: str) -> Path:
    tools: Path = request.getfixturevalue("python_tools")
    (folder / "content").mkdir()
    (folder / "content" / "post.md").write_text(f"Title: A post\nDate: 2026-01-30\nSlug: post\n\n{post}")
    (folder / "pelicanconf.py").write_text("SITENAME = 'A Pelican'\nTIMEZONE = 'UTC'\nDEFAULT_LANG = 'en'\n")
    run(tools / "pelican", "content", "-o", "output", "-s", "pelicanconf.py", cwd=folder)
    return folder / "output"


def nikola(request: pytest.FixtureRequest, folder: Path, post: str) -> Path:
    tools: Path = request.getfixturevalue("python_tools")
    run(tools / "nikola", "init", "--quiet", "site", cwd=folder)
    site = folder / "site"
    about = ".. title: A post\n.. slug: post\n.. date: 2026-01-30 12:00:00 UTC\n"
    (site / "posts" / "post.md").write_text(f"<!--\n{about}-->\n\n{post}")
    run(tools / "nikola", "build", cwd=site)
    return site / "output"


def eleventy(request: pytest.FixtureRequest, folder: Path, post: str) -> Path:
    tools: Path = request.getfixturevalue("node_tools")
    (folder / "_includes").mkdir()
    (folder / "_includes" / "base.njk").write_text(LAYOUT)
    (folder / "post.md").write_text(f"---\nlayout: base.njk\n---\n{post}")
    run(tools / "eleventy", cwd=folder)
    return folder / "_site"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(params=[pelican, nikola, eleventy], ids=lambda maker: str(maker.__name__))
def post(request: pytest.FixtureRequest, tmp_path: Path, product: str) -> Iterator[tuple[str, str, str]]:
    """The name of a generator, its site, and the path of a post that it made of the pasted lines."""
    make: Callable[[pytest.FixtureRequest, Path, str], Path] = request.param
    output = make(
        request, tmp_path, WORDS + to_paste(product, "embed-element") + "\n\nAnd a few after them.\n"
    )
    written = (output / "post.html", *output.glob("**/post/index.html"))
    made = next(path for path in written if path.is_file())
    with running_server(partial(Quiet, directory=str(output))) as host:
        yield make.__name__, host, f"/{made.relative_to(output)}"


@pytest.mark.parametrize("width", [412, 1280])
def test_f1_the_lines_work_in_a_post(
    post: tuple[str, str, str], browse: Browse, product: str, watch: Watch, width: int
) -> None:
    name, site, path = post
    watch.allow_trouble("status 404", "console error.*404")  # what its theme lacks
    watch.allow_trouble("(foreign request|request failed): https:", "console error.*BLOCKED_BY_CLIENT")
    page = browse(also=product, base_url=site, viewport={"width": width, "height": 900})
    watch.allow_trouble("console error.*NAME_NOT_RESOLVED", "Couldn't load preload assets")
    # Fonts and comments of third parties, which its theme wants.
    page.route("https://**", lambda route: route.abort("blockedbyclient"))
    page.goto(path)
    page.locator("news-tags").scroll_into_view_if_needed()
    expect(items(page)).to_have_count(5)

    tag(page, "Sea").click()

    expect(page.get_by_role("status")).to_have_text("63 stories on Ice")
    expect(tag(page, "Sea")).to_have_attribute("aria-pressed", "false")
    inside = [line for line in violations(page) if "part=" in line]
    # Whether a page has landmarks is its theme's affair.
    assert [line for line in inside if not line.startswith("region:")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"{name}-{width}")


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
