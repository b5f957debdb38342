"""What became of an input: counts that add up to all its items, and a line for each thing left out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from htmxnews.intake.draft import Lines

Progress = Callable[[int, int | None], None]  # items done, items in all where known


class Stopped(Exception):
    """Raised by a progress callback to end the import after the batch that it was told of."""


@dataclass
class Report:
    """What became of one input; added + updated + unchanged + skipped + refused are all its items."""

    input: str
    kind: str | None = None
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: int = 0
    warnings: Lines = field(default_factory=Lines)
    failed: bool = False  # the input as a whole could not be read
    stopped: bool = False  # ended before its last item

    @property
    def items(self) -> int:
        return self.added + self.updated + self.unchanged + self.skipped + self.refused

    def add(self, part: "Report") -> None:
        """Add the counts and warnings of a part of the input."""
        for name in ("added", "updated", "unchanged", "skipped", "refused"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.warnings.extend(part.warnings)

    def stop(self) -> None:
        """Note that somebody asked to stop in the midst of it."""
        self.stopped = True
        self.warnings.append("it was stopped before its end; importing it again goes on")

    def as_json(self) -> dict[str, object]:
        facts = asdict(self) | {"warnings": self.warnings.told()}
        return {name: value for name, value in facts.items() if name not in ("failed", "stopped")}
