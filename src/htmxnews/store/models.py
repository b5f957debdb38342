"""The tables, as typed classes. Names are the field's own; times are aware UTC."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept as whole microseconds since 1970: it sorts, the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        return micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 of an aware time."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(value: int) -> datetime:
    """The aware UTC time `value` microseconds after 1970."""
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), str: Text()}


class State(Base):
    """Single numbers that the whole site shares, such as the revision."""

    __tablename__ = "state"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)


class Source(Base):
    """Where stories come from: a feed, an export, a folder. One with a `feed_url` is a subscription."""

    __tablename__ = "source"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    site_url: Mapped[str | None]
    feed_url: Mapped[str | None] = mapped_column(unique=True)
    lang: Mapped[str | None]
    paused: Mapped[bool] = mapped_column(default=False)
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    next_fetch_at: Mapped[datetime | None]  # None: due now
    last_success_at: Mapped[datetime | None]
    last_error_at: Mapped[datetime | None]
    last_error: Mapped[str | None]  # one sentence
    failures: Mapped[int] = mapped_column(default=0)  # in a row


class Category(Base):
    __tablename__ = "category"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Story(Base):
    """One article, as its source published it. Lists read this row; the body has its own table."""

    __tablename__ = "story"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("ix_story_newest", "published_at", "id"),
        Index("ix_story_revision", "revision"),
        CheckConstraint("dir in ('ltr', 'rtl')", name="dir"),
        {"sqlite_autoincrement": True},  # an id is never given twice: cursors and caches name it
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    key: Mapped[str]  # the id its source gave it, else its link, else a hash of its content
    slug: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str | None]  # its address at the source
    title: Mapped[str]
    summary: Mapped[str]  # plain text, may be empty
    lang: Mapped[str | None]  # BCP 47; None: not known
    dir: Mapped[str] = mapped_column(default="ltr")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    pinned: Mapped[bool] = mapped_column(default=False)
    words: Mapped[int] = mapped_column(default=0)  # of the body; CJK characters count as half a word
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]  # None: the source named no update
    imported_at: Mapped[datetime]
    revision: Mapped[int]  # the content revision at which this row last changed
    fingerprint: Mapped[str]  # of the draft it was made from; equal means unchanged

    source: Mapped[Source] = relationship(lazy="raise")
    category: Mapped[Category | None] = relationship(lazy="raise")
    body: Mapped["StoryBody"] = relationship(
        lazy="raise", cascade="all, delete-orphan", passive_deletes=True, back_populates="story"
    )
    tag_links: Mapped[list["StoryTag"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", passive_deletes=True, order_by="StoryTag.position"
    )
    author_links: Mapped[list["StoryAuthor"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", passive_deletes=True, order_by="StoryAuthor.position"
    )
    picture: Mapped["Picture | None"] = relationship(
        lazy="raise", cascade="all, delete-orphan", passive_deletes=True, back_populates="story"
    )


class StoryBody(Base):
    """What came in, and what of it is safe to show."""

    __tablename__ = "story_body"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    raw: Mapped[str]
    raw_kind: Mapped[str]  # html, markdown or text
    base_url: Mapped[str | None]  # relative addresses in raw are resolved against it
    html: Mapped[str]  # cleaned; the only markup that templates show as it is
    policy: Mapped[int]  # version of the cleaning policy that made html

    story: Mapped[Story] = relationship(lazy="raise", back_populates="body")


class StoryTag(Base):
    __tablename__ = "story_tag"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True, index=True)
    position: Mapped[int]  # as the source ordered them, from 0

    tag: Mapped[Tag] = relationship(lazy="raise")


class StoryAuthor(Base):
    __tablename__ = "story_author"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), primary_key=True, index=True)
    position: Mapped[int]  # as the source ordered them, from 0

    author: Mapped[Author] = relationship(lazy="raise")


class Picture(Base):
    """The lead picture of a story: the facts its source gave, and our copy where there is one.

    `hash` None: not copied, so it has no address of ours and is not shown. Files lie in the media
    folder as `<hash>-<width>.webp`, one for each of `widths`; `width` and `height` are the original's.
    """

    __tablename__ = "picture"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str | None]  # where the source keeps it; None for a file beside the story
    alt: Mapped[str] = mapped_column(default="")
    credit: Mapped[str] = mapped_column(default="")
    caption: Mapped[str] = mapped_column(default="")
    hash: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    widths: Mapped[str] = mapped_column(default="")  # "320 640 1280"

    story: Mapped[Story] = relationship(lazy="raise", back_populates="picture")


class OldAddress(Base):
    """A path at which an imported story once stood; it answers with a redirect."""

    __tablename__ = "old_address"
    path: Mapped[str] = mapped_column(primary_key=True)  # path?query, without the host
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), index=True)


class RelatedStory(Base):
    """One line of a story's related list, best first; made when stories come in, read when served."""

    __tablename__ = "related_story"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), index=True)
    score: Mapped[float]
    reason: Mapped[str]


class StoryViews(Base):
    """How often a story was looked at in one hour. Nothing about who looked."""

    __tablename__ = "story_views"
    hour: Mapped[int] = mapped_column(primary_key=True)  # whole hours since 1970
    story_id: Mapped[int] = mapped_column(
        ForeignKey("story.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    views: Mapped[int]


class StoryGist(Base):
    """What a story is about in few words, for finding related ones; made by `finding.gist`.

    No foreign key: the row outlives its story until the search table has forgotten the story as well.
    """

    __tablename__ = "story_gist"
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    gist: Mapped[bytes]  # zlib of JSON
    terms: Mapped[bytes]  # the same in numbers, for comparing with many
