"""Every body ends soon and comes out clean, however it was written (S05)."""

from functools import partial

import pytest

from hostile.bodies import BEYOND, LONG_BASE, MARKDOWN, WITHIN
from hostile.effort import seconds
from hostile.judges import by_lxml, faults
from htmxnews.intake.clean import clean, heading_of, plain
from htmxnews.intake.draft import BodyKind

BODIES: dict[BodyKind, dict[str, str]] = {
    "html": WITHIN | {f"beyond: {name}": body for name, body in BEYOND.items()},
    "markdown": MARKDOWN,
    "text": {
        name: BEYOND[name] for name in ("very long", "long text", "ampersands", "entities", "surrogates")
    },
}
CASES = [(kind, name) for kind, bodies in BODIES.items() for name in bodies]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_s05_a_hostile_body_is_done_in_half_a_second_and_comes_out_clean(kind: BodyKind, name: str) -> None:
    cleaned = []

    spent = seconds(lambda: cleaned.append(clean(BODIES[kind][name], kind, base_url=LONG_BASE)))

    assert spent < 0.5
    assert [fault for tag, held in by_lxml(cleaned[0].html) for fault in faults(tag, held)] == []


@pytest.mark.parametrize("name", MARKDOWN)
def test_s05_the_heading_of_a_hostile_text_is_found_in_half_a_second(name: str) -> None:
    assert seconds(partial(heading_of, MARKDOWN[name])) < 0.5


@pytest.mark.parametrize("name", BEYOND)
def test_s05_a_hostile_field_is_plain_in_half_a_second(name: str) -> None:
    assert seconds(partial(plain, BEYOND[name])) < 0.5
