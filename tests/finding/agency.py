"""What newsrooms do to an agency's text before they print it: a maker of lightly edited copies."""

import random
import re
from dataclasses import dataclass

SPELLINGS = {
    "colour": "color",
    "harbour": "harbor",
    "centre": "center",
    "metre": "meter",
    "labour": "labor",
    "neighbour": "neighbor",
    "theatre": "theater",
    "programme": "program",
    "defence": "defense",
    "grey": "gray",
    "travelled": "traveled",
    "realise": "realize",
    "organise": "organize",
    "recognise": "recognize",
    "travelling": "traveling",
    "catalogue": "catalog",
    "litre": "liter",
    "plough": "plow",
}
LINES = (
    "LONDON (Reuters) –",
    "(AP) —",
    "By our correspondent.",
    "SEOUL, Monday (dpa):",
    "Staff and agencies.",
)
ENDINGS = ("Additional reporting by the city desk.", "© The wire. All rights reserved.", "More follows.")


@dataclass(frozen=True)
class Printed:
    """A text as one newspaper prints it."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def html(self) -> str:
        return "".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)


def edited(title: str, paragraphs: tuple[str, ...], seed: int) -> Printed:
    """Another headline, agency line and spelling; two paragraphs swapped; up to 40 % cut from the end."""
    chance = random.Random(seed)  # noqa: S311 (a test's own dice)
    kept = list(paragraphs[: max(1, round(len(paragraphs) * chance.uniform(0.6, 1)))])
    if len(kept) == 1 and len(words := kept[0].split()) > 60:
        kept = [" ".join(words[: round(len(words) * chance.uniform(0.6, 1))])]
    if len(kept) > 2:
        at = chance.randrange(1, len(kept) - 1)
        kept[at], kept[at + 1] = kept[at + 1], kept[at]
    kept[0] = f"{chance.choice(LINES)} {kept[0]}"
    kept.append(chance.choice(ENDINGS))
    headline = " ".join(reversed(title.split())) + "?"
    return Printed(headline, tuple(map(_respelt, kept)))


def _respelt(text: str) -> str:
    for british, american in SPELLINGS.items():
        text = re.sub(british, american, text, flags=re.IGNORECASE)
    return text
