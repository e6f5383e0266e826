"""What a post was before: kept with every save, shown, and brought back. Nothing commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from blog.db import db
from blog.markup import excerpt
from blog.posts.document import PostDocument
from blog.posts.models import Post, PostRevision, PostStatus
from blog.posts.operations import SUMMARY_WORDS, see_also_of


def document_of(post: Post) -> PostDocument:
    """A stored post as the document that would make it."""
    first_words = excerpt(post.html, SUMMARY_WORDS)
    return PostDocument(
        title=post.title,
        slug=post.slug,
        body=post.source,
        published_at=post.published_at,
        series=post.series.title if post.series else None,
        part=post.part,
        tags=tuple(tag.name for tag in post.tags),
        see_also=tuple(see_also_of(post.id)),
        comments_open=post.comments_open,
        is_draft=post.status == PostStatus.DRAFT,
        # One that was made from the text follows the text.
        summary="" if post.summary == first_words else post.summary,
        author=post.author_name,
        source_format=post.source_format,
    )


def has_revisions(post: Post) -> bool:
    """Whether a revision of the post was kept already."""
    return bool(db.session.scalar(select(exists().where(PostRevision.post_id == post.id))))


def keep_revision(post: Post, document: PostDocument, *, by: str, now: datetime) -> None:
    """Keep a document as the post's next revision."""
    post.revision += 1
    db.session.add(
        PostRevision(
            post_id=post.id,
            number=post.revision,
            made_at=now,
            made_by=by,
            fields=_as_fields(document),
        )
    )
    db.session.flush()


def revisions_of(post_id: int, limit: int = 100) -> Sequence[PostRevision]:
    """The post's revisions, the last first."""
    return db.session.scalars(
        select(PostRevision)
        .where(PostRevision.post_id == post_id)
        .order_by(PostRevision.number.desc())
        .limit(limit)
    ).all()


def find_revision(post_id: int, number: int) -> PostRevision | None:
    """One revision of a post."""
    return db.session.scalar(
        select(PostRevision).where(PostRevision.post_id == post_id, PostRevision.number == number)
    )


def document_in(revision: PostRevision) -> PostDocument:
    """The document that a revision kept."""
    fields: Mapping[str, Any] = revision.fields
    when = fields["published_at"]
    return PostDocument(
        **{
            **fields,
            "published_at": datetime.fromisoformat(when) if when else None,
            "tags": tuple(fields["tags"]),
            "see_also": tuple(fields["see_also"]),
        }
    )


def _as_fields(document: PostDocument) -> dict[str, Any]:
    when = document.published_at
    return {**asdict(document), "published_at": when.isoformat() if when else None}
