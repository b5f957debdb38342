"""Tags, categories, authors and sources by name: found, or made on demand. Names compare case-folded."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from htmxnews.intake import slugs
from htmxnews.store.models import Author, Category, Source, Tag
from htmxnews.text import slug_of

Model = TypeVar("Model", Tag, Category, Author, Source)


class Names:
    """Ids of names met so far in one import; rows are never taken away meanwhile, so an id stays right."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}

    def id_of(self, session: Session, model: type[Model], name: str) -> int:
        """Return the id of the row with this name, made in the caller's transaction where there is none."""
        place = (model.__tablename__, name.casefold())
        if place not in self._known:
            self._known[place] = _found_or_made(session, model, name).id
        return self._known[place]

    def forget(self) -> None:
        """Start over: a transaction that made names was rolled back."""
        self._known.clear()


def find(session: Session, model: type[Model], name: str) -> Model | None:
    """Return the row with this name, or None."""
    return _probe(session, model, name)[0]


def _found_or_made(session: Session, model: type[Model], name: str) -> Model:
    row, slug = _probe(session, model, name)
    if row is None:
        row = model(name=name, slug=slug)
        session.add(row)
        session.flush()
    return row


def _probe(session: Session, model: type[Model], name: str) -> tuple[Model | None, str]:
    """Walk the slugs that a name may have (C, C++ and C# share one) to its row, or to the first free slug."""
    base, folded = slug_of(name) or model.__tablename__, name.casefold()
    expected = slugs.numbered(base)
    rows = {row.slug: row for row in session.scalars(select(model).where(model.slug.in_(expected)))}
    for slug in expected:
        if slug not in rows or rows[slug].name.casefold() == folded:
            return rows.get(slug), slug
    for slug in slugs.hashed(base, folded):
        row = session.scalar(select(model).where(model.slug == slug))
        if row is None or row.name.casefold() == folded:
            return row, slug
    raise AssertionError("there is always another slug")
