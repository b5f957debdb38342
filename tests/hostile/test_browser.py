"""A real Chromium reads what came through, with the page's policy and without it (S02)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, Request, Route
from shared import needs_shared_data
from werkzeug.serving import make_server

from hostile import payloads
from hostile.conftest import Newsroom, OpenNewsroom, take_hostile_feeds
from hostile.ways import WAYS
from htmxnews.app import create_app
from htmxnews.intake.clean import ATTRIBUTES, SCHEMES, TAGS, Sanitizer, clean
from htmxnews.intake.draft import BodyKind

KINDS: tuple[BodyKind, ...] = ("html", "markdown", "text")
BATCH = 400  # bodies of a page

RECORD = """
window.stolen = [];
window.stole = (...told) => { window.stolen.push(String(told)); };
for (const name of ["alert", "confirm", "prompt", "open"]) window[name] = window.stole;
"""

# Every element of every body that may not be there, as the browser has it; then all written down and read
# again twice, as a script that moves them would.
JUDGE = """([tags, attributes, schemes]) => {
  const faults = [];
  const judge = (root, when) => {
    for (const each of root.querySelectorAll("*")) {
      const tag = each.localName;
      if (!tags.includes(tag) || each.namespaceURI !== "http://www.w3.org/1999/xhtml")
        faults.push(`${when}: <${tag}>`);
      for (const { name } of each.attributes)
        if (!attributes["*"].includes(name) && !(attributes[tag] ?? []).includes(name))
          faults.push(`${when}: <${tag} ${name}>`);
      if (each.href === undefined) continue;
      const outgoing = schemes.includes(each.protocol.slice(0, -1)) && each.origin !== location.origin;
      if (!outgoing) faults.push(`${when}: ${each.href}`);
    }
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
    while (walker.nextNode()) faults.push(`${when}: comment ${walker.currentNode.data}`);
  };
  const bodies = [...document.querySelectorAll("article.story > .body")];
  for (const body of bodies) {
    judge(body, "read");
    for (const details of body.querySelectorAll("details")) details.open = true;
    const again = document.createElement("div"), third = document.createElement("div");
    again.innerHTML = body.innerHTML.replaceAll(' open=""', "");
    document.body.append(again);
    judge(again, "again");
    third.innerHTML = again.innerHTML;
    judge(third, "thrice");
    if (third.innerHTML !== again.innerHTML) faults.push(`changes: ${again.innerHTML} ${third.innerHTML}`);
    again.remove();
  }
  return { bodies: bodies.length, faults };
}"""


@dataclass
class Seen:
    """What happened while a page was read."""

    bodies: int = 0
    faults: list[str] = field(default_factory=list)
    stolen: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@dataclass
class Stand:
    """A server on loopback that shows any bodies in a story's page, with the site's policy or without."""

    address: str
    shown: dict[int, list[str]]


Read = Callable[[list[str], str], Seen]


@pytest.fixture(scope="module")
def stand(open_newsroom: OpenNewsroom) -> Iterator[Stand]:
    newsroom = open_newsroom()
    newsroom.take(WAYS[0], ["<p>the place of a body</p>"])
    page = newsroom.get("/a/story-0").decode()
    start = page.index('<div class="body')
    opened = page[start : page.index(">", start) + 1]
    before, after = page[:start], page[page.index("</div>", start) + 6 :]
    shown: dict[int, list[str]] = {}
    app = create_app(newsroom.config)

    @app.get("/hostile/<int:batch>")
    def hostile(batch: int) -> str:
        return before + "".join(f"{opened}{body}</div>" for body in shown[batch]) + after

    server = make_server("127.0.0.1", 0, without_policy_when_asked(app), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Stand(f"http://127.0.0.1:{server.server_port}", shown)
    server.shutdown()


def without_policy_when_asked(app: Flask) -> Callable[..., Any]:
    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if environ["QUERY_STRING"] == "policy=off":
                headers = [pair for pair in headers if pair[0].lower() != "content-security-policy"]
            return start_response(status, headers, *rest)

        return app(environ, start)

    return wrapped


@pytest.fixture
def read(browser: Browser, stand: Stand) -> Iterator[Read]:
    """Have Chromium read bodies, and tell what it saw."""
    context = browser.new_context(service_workers="block")
    context.add_init_script(RECORD)

    def read_all(bodies: list[str], policy: str) -> Seen:
        seen = Seen()
        for at in range(0, len(bodies), BATCH):
            number = len(stand.shown)  # an address of its own, as the site remembers its answers
            stand.shown[number] = bodies[at : at + BATCH]
            page = context.new_page()
            listen(page, stand, seen)
            page.goto(f"{stand.address}/hostile/{number}?policy={policy}", wait_until="networkidle")
            rules = [sorted(TAGS), {name: sorted(held) for name, held in ATTRIBUTES.items()}, sorted(SCHEMES)]
            found = page.evaluate(JUDGE, rules)
            page.wait_for_load_state("networkidle")
            seen.bodies += found["bodies"]
            seen.faults += found["faults"]
            seen.stolen += page.evaluate("window.stolen")
            page.close()
        return seen

    yield read_all
    context.close()


def listen(page: Page, stand: Stand, seen: Seen) -> None:
    def note(route: Route, request: Request) -> None:
        if re.match(rf"{stand.address}/(static/|hostile/\d+\?policy=)", request.url):
            route.continue_()
        else:
            seen.foreign.append(request.url)
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    page.route("**/*", note)
    page.on("dialog", dismiss)


def bodies(newsroom: Newsroom) -> list[str]:
    return sorted({one.html for one in newsroom.taken() if one.html})


@pytest.mark.parametrize("policy", ["on", "off"])
def test_s02_chromium_finds_nothing_in_what_came_in(newsroom: Newsroom, read: Read, policy: str) -> None:
    cleaned = bodies(newsroom)

    seen = read(cleaned, policy)

    assert seen == Seen(bodies=len(cleaned))


@needs_shared_data
@pytest.mark.parametrize("sanitizer", ["bleach", "nh3"])
@pytest.mark.parametrize("policy", ["on", "off"])
def test_s08_chromium_finds_nothing_of_the_corpus_whoever_has_the_last_word(
    vectors: list[str], read: Read, policy: str, sanitizer: Sanitizer
) -> None:
    how = partial(clean, base_url="https://news.example/a/", sanitizer=sanitizer)
    cleaned = sorted({how(payload, kind).html for payload in vectors for kind in KINDS} - {""})

    seen = read(cleaned, policy)

    assert len(cleaned) > 600
    assert seen == Seen(bodies=len(cleaned))


@needs_shared_data
@pytest.mark.slow
@pytest.mark.parametrize("policy", ["on", "off"])
def test_s02_chromium_finds_nothing_of_the_corpora_by_any_way_in(
    open_newsroom: OpenNewsroom, vectors: list[str], read: Read, policy: str
) -> None:
    newsroom = open_newsroom()
    for way in WAYS:
        newsroom.take(way, vectors)
    take_hostile_feeds(newsroom)
    cleaned = bodies(newsroom)

    seen = read(cleaned, policy)

    assert len(cleaned) > 650
    assert seen == Seen(bodies=len(cleaned))


def test_this_chromium_does_what_payloads_want_when_nobody_cleans_them(read: Read) -> None:
    raw = [*payloads.HANDLERS, *payloads.MUTATIONS[:20], *payloads.PAGE[:5]]

    unguarded, guarded = read(raw, "off"), read(raw, "on")

    assert len(unguarded.stolen) > 5
    assert len(unguarded.faults) > 50
    assert unguarded.foreign
    assert guarded.stolen == []  # the policy stands behind the cleaning
