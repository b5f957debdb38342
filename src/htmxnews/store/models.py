"""The tables, as typed classes. Names are the field's own; times are aware UTC."""

from datetime import UTC, datetime, timedelta

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
    func,
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
    return _EPOCH + timedelta(microseconds=value)


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
    gone: Mapped[bool] = mapped_column(default=False)  # the server said that it will not come back; paused
    marks_url: Mapped[
        str | None
    ]  # the address that gave the two marks, after redirects; once ended, its feed
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    ttl_s: Mapped[int | None]  # seconds between two fetches that the feed itself asks for
    next_fetch_at: Mapped[datetime | None]  # None: due now
    leased_until: Mapped[datetime | None]  # a round of fetching has taken it on, and is to settle it by then
    last_success_at: Mapped[datetime | None]
    last_error_at: Mapped[datetime | None]
    last_error: Mapped[str | None]  # one sentence
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    moved_to: Mapped[str | None]  # where the server says that the feed has moved for good
    moved_days: Mapped[int] = mapped_column(default=0)  # on so many different days in a row
    moved_at: Mapped[datetime | None]  # on the last of them
    full_text: Mapped[bool] = mapped_column(default=False)  # the pages of its stories are read as well


class ServerRest(Base):
    """A server that asked to be left alone for a while, for all its addresses."""

    __tablename__ = "server_rest"
    server: Mapped[str] = mapped_column(primary_key=True)  # as `fetch.server_of` names it
    until: Mapped[datetime]


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
        Index("ix_story_source_url", "source_id", "url"),  # finds a story whose source gave it another id
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
    folded_into: Mapped[int | None] = mapped_column(  # the story shown in its place; None: it is shown itself
        ForeignKey("story.id", ondelete="SET NULL"), index=True
    )

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


# What lists, counts and searches are made of: nearly all stories, so said in a way that no index answers.
# SQLite would else take the one of `folded_into` before that of the revision.
SHOWN = func.coalesce(Story.folded_into, 0) == 0


class StoryGone(Base):
    """A story that is no more. A trigger of the database writes it, so that nobody can forget to.

    `revision` is the one after the revision that stood then: whoever has followed less has yet to hear of it.
    """

    __tablename__ = "story_gone"
    __table_args__ = (Index("ix_story_gone_revision", "revision"),)
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]


class IndexPart(Base):
    """A piece of the saved index; `finding.index.saved` reads and writes it."""

    __tablename__ = "index_part"
    saving: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes]


class StoryBody(Base):
    """What came in, and what of it is safe to show."""

    __tablename__ = "story_body"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    raw: Mapped[str]
    raw_kind: Mapped[str]  # html, markdown or text
    base_url: Mapped[str | None]  # relative addresses in raw are resolved against it
    html: Mapped[str]  # cleaned; the only markup that templates show as it is
    policy: Mapped[int]  # version of the cleaning policy that made html
    page_read_at: Mapped[datetime | None]  # when the story's page was read for its full text
    page_tries: Mapped[int] = mapped_column(default=0)  # that failed

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


class StoryPicture(Base):
    """A picture inside the text of a story, by its address; one written into the text has a name for one."""

    __tablename__ = "story_picture"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str] = mapped_column(primary_key=True, index=True)


class CopiedPicture(Base):
    """What became of copying the picture at an address. One without a row was not tried yet.

    `hash` and what follows as in Picture; no `widths` with a hash: it shows nothing. No hash: it failed.
    """

    __tablename__ = "copied_picture"
    url: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    widths: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)  # that failed
    next_try_at: Mapped[datetime | None]  # None: never again
    error: Mapped[str | None]  # one sentence


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


class StoryBand(Base):
    """A part of the sketch of a story's text: stories that share one may be copies of each other."""

    __tablename__ = "story_band"
    __table_args__ = ({"sqlite_with_rowid": False},)
    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    story_id: Mapped[int] = mapped_column(
        ForeignKey("story.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class StoryCopy(Base):
    """Two stories of different sources that are one by their texts; or, `apart`, that somebody has parted."""

    __tablename__ = "story_copy"
    __table_args__ = (CheckConstraint("one_id < other_id", name="order"),)
    one_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        ForeignKey("story.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    apart: Mapped[bool] = mapped_column(default=False)


class StoryViews(Base):
    """How often a story was looked at in one hour. Nothing about who looked."""

    __tablename__ = "story_views"
    hour: Mapped[int] = mapped_column(primary_key=True)  # whole hours since 1970
    story_id: Mapped[int] = mapped_column(
        ForeignKey("story.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    views: Mapped[int]


class StoryHeat(Base):
    """How hot a story is: a view is worth half as much after each half-life of a window.

    Each heat is log2(sum of views * 2 ** (their hour / half-life)). It only changes when the story is looked
    at, and two stories compare the same at any time.
    """

    __tablename__ = "story_heat"
    __table_args__ = tuple(Index(f"ix_story_heat_{window}", window) for window in ("day", "week", "month"))
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[int]  # of the last view, as in StoryViews
    day: Mapped[float]
    week: Mapped[float]
    month: Mapped[float]


_WORD = Text().with_variant(Text(collation="C"), "postgresql")  # in the order of its bytes on both


class CommonWord(Base):
    """A stem that so many stories have that these are kept as sets, in WordStories."""

    __tablename__ = "common_word"
    word: Mapped[str] = mapped_column(_WORD, primary_key=True)
    stories: Mapped[int]  # when it became common


class WordStories(Base):
    """The stories of one block that have a common word, as roaring bitmaps of ids; see `finding.common`."""

    __tablename__ = "word_stories"
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(_WORD, primary_key=True)
    stories: Mapped[bytes]
    titled: Mapped[bytes]  # that have it in their titles


class StoryGist(Base):
    """What a story is about in few words, for finding related ones; made by `finding.gist`.

    No foreign key: the row outlives its story until the search table has forgotten the story as well.
    """

    __tablename__ = "story_gist"
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    gist: Mapped[bytes]  # zlib of JSON
    terms: Mapped[bytes]  # the same in numbers, for comparing with many
    words: Mapped[float | None]  # what its words weigh by rarity; None until its related stories are found
    headline: Mapped[float | None]  # and its headline
