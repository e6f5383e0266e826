"""Post, Series, Tag, and what links them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    and_,
)
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from blog.db import Model, PrimaryKey, Slug, enum_by_value, personal
from blog.markup import POLICY_VERSION


class PostStatus(StrEnum):
    """What the author decided. "Scheduled" is a published post whose time has not come."""

    DRAFT = "draft"
    PUBLISHED = "published"


class PostKind(StrEnum):
    """A post stands in the lists and feeds; a page stands alone."""

    POST = "post"
    PAGE = "page"


post_tag = Table(
    "post_tag",
    Model.metadata,
    Column("post_id", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Series(Model):
    """Posts that belong together, in the order of their part numbers."""

    __tablename__ = "series"

    id: Mapped[PrimaryKey]
    slug: Mapped[Slug] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    posts: Mapped[list[Post]] = relationship(back_populates="series")


class Tag(Model):
    """A word under which posts are found; WordPress's categories become tags too."""

    __tablename__ = "tag"

    id: Mapped[PrimaryKey]
    slug: Mapped[Slug] = mapped_column(unique=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(secondary=post_tag, back_populates="tags")


class Post(Model):
    """One post: its source and the safe HTML made from it."""

    __tablename__ = "post"
    __table_args__ = (
        Index("ix_post_listed", "kind", "status", "published_at", "id"),
        Index("ix_post_series", "series_id", "part"),
        CheckConstraint("comment_count >= 0", name="comment_count"),
        CheckConstraint("thread_count >= 0", name="thread_count"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[Slug] = mapped_column(unique=True)
    kind: Mapped[PostKind] = mapped_column(enum_by_value(PostKind, "kind"), default=PostKind.POST)
    title: Mapped[str]
    status: Mapped[PostStatus] = mapped_column(enum_by_value(PostStatus, "status"))
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    author_name: Mapped[str] = mapped_column(
        default="",
        info=personal("Who wrote the post, shown beside it.", until="until the post is deleted"),
    )
    # Who may edit it and decide on its comments besides the admins; none: they alone.
    # Without a foreign key: accounts are disabled, never deleted.
    owner_id: Mapped[int | None] = mapped_column(
        index=True,
        info=personal("Whose post it is to change.", until="until the post is deleted"),
    )
    # The number of its last revision; what a save started from is compared with it.
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    summary: Mapped[str] = mapped_column(default="")
    source: Mapped[str]
    source_format: Mapped[str] = mapped_column(String(10), default="markdown")
    html: Mapped[str]
    policy_version: Mapped[int]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id", ondelete="SET NULL"))
    part: Mapped[int | None]
    comments_open: Mapped[bool] = mapped_column(default=True)
    # Kept in the transaction that changes them; `blog comments recount` proves them.
    comment_count: Mapped[int] = mapped_column(default=0)
    thread_count: Mapped[int] = mapped_column(default=0)

    series: Mapped[Series | None] = relationship(back_populates="posts")
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tag, back_populates="posts", order_by="Tag.name"
    )

    @hybrid_method
    def is_live(self, now: datetime) -> bool:
        """Whether readers may see the post: published, and its time has come."""
        return (
            self.status == PostStatus.PUBLISHED
            and self.published_at is not None
            and self.published_at <= now
        )

    @is_live.inplace.expression  # type: ignore[attr-defined,untyped-decorator]
    @classmethod
    def _is_live(cls, now: datetime) -> ColumnElement[bool]:
        return and_(cls.status == PostStatus.PUBLISHED, cls.published_at <= now)

    @property
    def current_html(self) -> str:
        """The safe HTML if made by today's rules; "" until it is made anew (at a start)."""
        return self.html if self.policy_version == POLICY_VERSION else ""

    def state(self, now: datetime) -> str:
        """The state in a word: draft, scheduled or published."""
        if self.status == PostStatus.DRAFT:
            return "draft"
        return "published" if self.is_live(now) else "scheduled"

    def takes_comments(self, now: datetime, close_after_days: int) -> bool:
        """Whether the thread is open: see :func:`takes_comments`."""
        return takes_comments(self.comments_open, self.published_at, now, close_after_days)


def takes_comments(
    is_open: bool, published_at: datetime | None, now: datetime, close_after_days: int
) -> bool:
    """Whether a thread is open: by hand, and by the age of the post (0 days: no limit)."""
    if not is_open or published_at is None:
        return False
    if close_after_days == 0:
        return True
    return now < published_at + timedelta(days=close_after_days)


class PostRevision(Model):
    """A post as it stood after a save: all that an author typed, by field."""

    __tablename__ = "post_revision"
    __table_args__ = (UniqueConstraint("post_id", "number"),)

    id: Mapped[PrimaryKey]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    number: Mapped[int]
    made_at: Mapped[datetime]
    # "" for what came from a file or an import.
    made_by: Mapped[str] = mapped_column(
        default="",
        info=personal("Who saved the post.", until="until the post is deleted"),
    )
    fields: Mapped[dict[str, Any]] = mapped_column(
        JSON,
        info=personal("The post as saved, with its author.", until="until the post is deleted"),
    )


class SeeAlso(Model):
    """A post the author points to from another, by slug, so that either may come first."""

    __tablename__ = "see_also"

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[Slug]


class SimilarPost(Model):
    """A post found similar by its text; computed when posts change, read with the page."""

    __tablename__ = "similar_post"
    __table_args__ = (UniqueConstraint("post_id", "similar_id"),)

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    similar_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)


class OldAddress(Model):
    """Where a post stood before it came here; readers who follow it are sent on with 301."""

    __tablename__ = "old_address"

    path: Mapped[str] = mapped_column(String(700), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
