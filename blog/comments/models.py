"""Comment, the person behind it, and the verdicts on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.db import PARTIAL, Model, PrimaryKey, enum_by_value, index_of, personal, sealed
from blog.markup import POLICY_VERSION
from blog.posts.models import Post

PERSON_ADDRESS = "person.address"
COMMENT_IP = "comment.ip"
WITH_PERSON = "until the person is erased"
WITH_COMMENT = "until the comment is deleted or erased"


class CommentStatus(StrEnum):
    """The one state of a comment; the words are WordPress's."""

    PENDING = "pending"
    APPROVED = "approved"
    SPAM = "spam"
    TRASH = "trash"


class CommentType(StrEnum):
    """What a comment is: said here, or a note that another blog links here (imported only)."""

    COMMENT = "comment"
    PINGBACK = "pingback"
    TRACKBACK = "trackback"


# From which state a comment may come into which; what is not here is refused.
LEGAL_MOVES: dict[CommentStatus, frozenset[CommentStatus]] = {
    CommentStatus.PENDING: frozenset(
        {CommentStatus.APPROVED, CommentStatus.SPAM, CommentStatus.TRASH}
    ),
    CommentStatus.APPROVED: frozenset(
        {CommentStatus.PENDING, CommentStatus.SPAM, CommentStatus.TRASH}
    ),
    CommentStatus.SPAM: frozenset(
        {CommentStatus.PENDING, CommentStatus.APPROVED, CommentStatus.TRASH}
    ),
    CommentStatus.TRASH: frozenset(
        {CommentStatus.PENDING, CommentStatus.APPROVED, CommentStatus.SPAM}
    ),
}


# In these words, so that the few among all people are found by their index.
VERIFIED_CONDITION = "verified_skeleton > ''"


class Standing(StrEnum):
    """What the staff has said about a person once and for all."""

    NORMAL = "normal"
    TRUSTED = "trusted"
    HELD = "held"
    BLOCKED = "blocked"


class Person(Model):
    """Someone who comments, known by a sealed address and found by its blind index."""

    __tablename__ = "person"
    __table_args__ = (
        Index(
            "ix_person_verified_skeleton", "verified_skeleton", info={PARTIAL: VERIFIED_CONDITION}
        ),
        # Without it SQLite would give the number of somebody who was erased to the next one.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    address_index: Mapped[bytes] = mapped_column(
        LargeBinary(20),
        unique=True,
        info=personal("To find the comments of one address.", until=WITH_PERSON)
        | index_of("address_sealed", folds_case=True),
    )
    address_sealed: Mapped[bytes] = mapped_column(
        info=personal("To write to the author, and for the moderators.", until=WITH_PERSON)
        | sealed(PERSON_ADDRESS)
    )
    first_seen_at: Mapped[datetime] = mapped_column(
        info=personal("Since when the blog knows the address.", until=WITH_PERSON)
    )
    standing: Mapped[Standing] = mapped_column(
        enum_by_value(Standing, "standing", constrained=False),
        default=Standing.NORMAL,
        info=personal("Whether the staff trusts, holds or blocks somebody.", until=WITH_PERSON),
    )
    # When a block ends by itself; none: never.
    standing_until: Mapped[datetime | None] = mapped_column(
        info=personal("When that ends by itself.", until=WITH_PERSON)
    )
    standing_reason: Mapped[str] = mapped_column(
        String(500), default="", info=personal("Why the staff did that.", until=WITH_PERSON)
    )
    # A name that the staff has verified as this person's, and its skeleton to find look-alikes by.
    verified_name: Mapped[str] = mapped_column(
        String(245),
        default="",
        info=personal("A name that nobody else may use.", until=WITH_PERSON),
    )
    verified_skeleton: Mapped[str] = mapped_column(
        String(1000),
        default="",
        info=personal("To find names that look like it.", until=WITH_PERSON),
    )

    def standing_at(self, now: datetime) -> Standing:
        """The standing that counts now: one that has ended is as if never given."""
        has_ended = self.standing_until is not None and self.standing_until <= now
        return Standing.NORMAL if has_ended else self.standing


class Comment(Model):
    """One comment. Its place in the thread (parent, root, depth) is fixed at birth."""

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint("depth >= 1", name="depth"),
        CheckConstraint("thread_public >= 0", name="thread_public"),
        # The page of a post: its visible threads in order, found by keyset.
        Index(
            "ix_comment_threads",
            "post_id",
            "created_at",
            "id",
            info={PARTIAL: "parent_id IS NULL AND thread_public > 0"},
        ),
        # The replies under a comment. Without the condition SQLite, once it has counted, would take
        # this index for "no parent", which is most comments there are.
        Index(
            "ix_comment_parent_id",
            "parent_id",
            info={PARTIAL: "parent_id IS NOT NULL"},
        ),
        # The public replies of a thread, in order.
        Index(
            "ix_comment_replies",
            "root_id",
            "status",
            "created_at",
            "id",
            info={PARTIAL: "root_id IS NOT NULL"},
        ),
        Index("ix_comment_answers_id", "answers_id", info={PARTIAL: "answers_id IS NOT NULL"}),
        # The queue by status, and the comment feed.
        Index("ix_comment_queue", "status", "created_at", "id"),
        # The same, what is most likely trouble first.
        Index("ix_comment_risk", "status", "risk", "created_at", "id"),
        Index("ix_comment_post", "post_id", "status", "created_at", "id"),
        Index("ix_comment_person", "person_id", "status"),
        # Texts made by other rules than today's, looked for at each start.
        Index("ix_comment_policy", "policy_version", "id"),
        # Without it SQLite would give the number of a deleted comment to the next one.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    # The first comment of the thread; none when this one starts it.
    root_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    depth: Mapped[int] = mapped_column(default=1)
    # Whom it answers when that comment stands at the deepest level and cannot be the parent.
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="SET NULL"))
    # On the first comment of a thread: how many comments of the thread are public.
    thread_public: Mapped[int] = mapped_column(default=0)

    type: Mapped[CommentType] = mapped_column(
        enum_by_value(CommentType, "type"), default=CommentType.COMMENT
    )
    status: Mapped[CommentStatus] = mapped_column(enum_by_value(CommentStatus, "status"))
    # What restore brings back after spam or trash.
    former_status: Mapped[CommentStatus | None] = mapped_column(
        enum_by_value(CommentStatus, "former_status")
    )
    status_by: Mapped[str] = mapped_column(String(80))
    status_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped[str] = mapped_column(
        info=personal("The name, shown beside the comment.", until=WITH_COMMENT)
    )
    url: Mapped[str] = mapped_column(
        default="",
        info=personal("The website, linked from the name.", until=WITH_COMMENT),
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"),
        info=personal("Whose comments belong together.", until=WITH_COMMENT),
    )
    ip_sealed: Mapped[bytes | None] = mapped_column(
        info=personal("To stop floods and spam.", until="privacy.ip_days") | sealed(COMMENT_IP)
    )
    ip_index: Mapped[bytes | None] = mapped_column(
        LargeBinary(20),
        index=True,
        info=personal("To find other comments from the same place.", until="privacy.ip_days")
        | index_of("ip_sealed"),
    )
    agent: Mapped[str] = mapped_column(
        default="", info=personal("To tell spam from people.", until="privacy.ip_days")
    )

    text: Mapped[str] = mapped_column(info=personal("What was said.", until=WITH_COMMENT))
    # markdown when written here, html when it came from a blog that kept HTML.
    text_format: Mapped[str] = mapped_column(String(10), default="markdown")
    html: Mapped[str] = mapped_column(
        info=personal("What was said, made safe to show.", until=WITH_COMMENT)
    )
    policy_version: Mapped[int]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    # Who edited it last, in the words of status_by: "author", or "staff:" and a number.
    edited_by: Mapped[str] = mapped_column(
        String(80), default="", info=personal("Who changed the comment.", until=WITH_COMMENT)
    )
    # Written by somebody of the staff who was signed in.
    is_staff: Mapped[bool] = mapped_column(
        default=False, info=personal("To mark what the staff says.", until=WITH_COMMENT)
    )
    # How much the checks had against it when it came, 0 to 100; the queue can be sorted by it.
    risk: Mapped[int] = mapped_column(SmallInteger, default=0)
    # Deleted for good, but kept as an empty place because replies stand under it.
    erased_at: Mapped[datetime | None]
    # Same text, same person, same place: the unique index settles a double click.
    fingerprint: Mapped[bytes | None] = mapped_column(
        LargeBinary(20),
        unique=True,
        info=personal("To take the same comment only once.", until=WITH_COMMENT),
    )

    post: Mapped[Post] = relationship()
    person: Mapped[Person | None] = relationship()
    answers: Mapped[Comment | None] = relationship(
        foreign_keys=[answers_id], remote_side="Comment.id"
    )

    @property
    def current_html(self) -> str:
        """The safe HTML if made by today's rules; "" until it is made anew (at a start)."""
        return self.html if self.policy_version == POLICY_VERSION else ""


class Tally(Model):
    """How many comments of a post are in each state; kept in the transaction that changes them.

    A narrow table beside the posts, so that the sums over all of them read little, and a held
    comment locks no row of a post. `blog comments recount` proves it.
    """

    __tablename__ = "comment_tally"
    __table_args__ = tuple(
        CheckConstraint(f"{status.value} >= 0", name=status.value) for status in CommentStatus
    )

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    pending: Mapped[int] = mapped_column(default=0)
    approved: Mapped[int] = mapped_column(default=0)
    spam: Mapped[int] = mapped_column(default=0)
    trash: Mapped[int] = mapped_column(default=0)


class Verdict(Model):
    """What screening said of a comment, with every finding: the decision trace."""

    __tablename__ = "comment_verdict"

    id: Mapped[PrimaryKey]
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    made_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(20))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, info=personal("Why a comment was held.", until=WITH_COMMENT)
    )
    # The checks that looked and had nothing to say.
    passed: Mapped[list[str]] = mapped_column(JSON, default=list)


class Revision(Model):
    """What a comment said before an edit."""

    __tablename__ = "comment_revision"

    id: Mapped[PrimaryKey]
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    made_at: Mapped[datetime]
    # Who made the edit that this version gave way to.
    by: Mapped[str] = mapped_column(
        String(80), info=personal("Who changed the comment.", until=WITH_COMMENT)
    )
    author: Mapped[str] = mapped_column(
        info=personal("The name before an edit.", until=WITH_COMMENT)
    )
    url: Mapped[str] = mapped_column(
        info=personal("The website before an edit.", until=WITH_COMMENT)
    )
    text: Mapped[str] = mapped_column(info=personal("The text before an edit.", until=WITH_COMMENT))
    text_format: Mapped[str] = mapped_column(String(10))
    html: Mapped[str] = mapped_column(
        info=personal("The same, made safe to show.", until=WITH_COMMENT)
    )
    policy_version: Mapped[int]


class PinnedComment(Model):
    """The comment that stands first under its post: one per post at most."""

    __tablename__ = "pinned_comment"

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), unique=True
    )


class ReviewPace(Model):
    """How soon comments are usually decided, in words for readers; one row, measured daily."""

    __tablename__ = "review_pace"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    words: Mapped[str] = mapped_column(String(40))
    measured_at: Mapped[datetime]


class LastPosted(Model):
    """When a person or network last left a comment, for the flood limit.

    One row per keyed digest; a conditional update decides, so parallel posts cannot both pass.
    """

    __tablename__ = "last_posted"

    key: Mapped[bytes] = mapped_column(
        LargeBinary(20), primary_key=True, info=personal("To stop floods.", until="a day")
    )
    posted_at: Mapped[datetime] = mapped_column(index=True)


class Receipt(Model):
    """The author's private page of a comment. The link holds the token, the table its SHA-256."""

    __tablename__ = "receipt"

    token_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32),
        primary_key=True,
        info=personal("To know the author of a comment.", until=WITH_COMMENT),
    )
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    made_at: Mapped[datetime]


class Appeal(Model):
    """The one time an author may ask again after a rejection."""

    __tablename__ = "appeal"

    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    made_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(
        info=personal("What the author says to a rejection.", until=WITH_COMMENT)
    )
    # Who rejected the comment: others see the appeal first.
    rejected_by: Mapped[str] = mapped_column(String(80))
    answered_at: Mapped[datetime | None] = mapped_column(index=True)

    comment: Mapped[Comment] = relationship()
