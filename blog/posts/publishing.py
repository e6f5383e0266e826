"""Publishing: from a Markdown file to a post. The same slug updates; the same text changes nothing.

Nothing here commits. Pictures are copied first: one that no post points to does no harm, whereas a
post that points to a missing one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from blog.db import db
from blog.errors import Refusal
from blog.markup import clean_post_html, render_post
from blog.posts.document import PostDocument
from blog.posts.models import Post, PostStatus
from blog.posts.operations import Outcome, PostValues, add_post, check_parts, save_post
from blog.posts.pictures import Picture, keep_pictures, kept_pictures, point_to_pictures
from blog.posts.revisions import document_of, has_revisions, keep_revision
from blog.posts.similar import refresh_similar

LARGEST_FILE = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one file."""

    path: Path
    post: Post
    outcome: Outcome


def publish(
    document: PostDocument,
    *,
    now: datetime,
    html: str | None = None,
    by: str = "",
    limited_to: int | None = None,
) -> tuple[Post, Outcome]:
    """Make a post of a document, or bring the post of its slug to it.

    ``html`` is the safe HTML when pictures were set in already; ``by`` is who did it, for the
    revision that is kept. Raises Refusal when its part of the series is taken, which names to a
    writer who is ``limited_to`` the own posts no hidden one of others.
    """
    post, outcome = _save(document, html, now, by)
    _settle([post] if outcome != "same" else [], now=now, limited_to=limited_to)
    return post, outcome


def publish_new(
    document: PostDocument,
    *,
    html: str,
    by: str,
    owner_id: int,
    now: datetime,
    limited_to: int | None = None,
) -> Post:
    """Make a post of a document, as ``publish`` does, for somebody to own.

    Raises Conflict when its slug is taken, and Refusal when its part of the series is.
    """
    post = add_post(_values(document, html), now=now, owner_id=owner_id)
    keep_revision(post, document, by=by, now=now)
    _settle([post], now=now, limited_to=limited_to)
    return post


def publish_file(
    path: Path, *, media_dir: Path, default_comments_open: bool, now: datetime
) -> tuple[Post, Outcome]:
    """Publish one Markdown file with the pictures beside it.

    Raises Refusal, with the file's name in its sentence, when the file cannot be read, its front
    matter or a picture is wrong, or its part of the series is taken.
    """
    (done,) = publish_files(
        [path], media_dir=media_dir, default_comments_open=default_comments_open, now=now
    )
    return done.post, done.outcome


def publish_files(
    paths: Iterable[Path], *, media_dir: Path, default_comments_open: bool, now: datetime
) -> list[Published]:
    """Publish several files as one change: parts of a series may change places among them.

    All are read before the first is saved. Raises Refusal as ``publish_file`` does, and when two
    files claim one slug.
    """
    documents = [(path, _read(path, default_comments_open)) for path in paths]
    _check_slugs(documents)
    done: list[Published] = []
    for path, document in documents:
        safe_html = render_post(document.body)
        try:
            pictures = keep_pictures(
                safe_html, folder=path.parent, media_dir=media_dir, slug=document.slug
            )
        except Refusal as refusal:
            raise Refusal(refusal.code, f"{path.name}: {refusal.sentence}") from None
        post, outcome = _save(document, _with_pictures(safe_html, pictures), now)
        done.append(Published(path, post, outcome))
    _settle([each.post for each in done if each.outcome != "same"], now=now)
    return done


def render_source(source: str, source_format: str, *, slug: str, media_dir: Path) -> str:
    """A source as safe HTML by the rules of today, with the pictures kept for the post's slug."""
    if source_format == "html":
        return clean_post_html(source)
    safe_html = render_post(source)
    return _with_pictures(safe_html, kept_pictures(safe_html, media_dir=media_dir, slug=slug))


def render_again(post: Post, *, media_dir: Path) -> str:
    """A post's stored source as safe HTML by the rules of today, its pictures where they are."""
    return render_source(post.source, post.source_format, slug=post.slug, media_dir=media_dir)


def _with_pictures(safe_html: str, pictures: Mapping[str, Picture]) -> str:
    # Cleaning stays the last step that touches markup, also when all that was put in is ours.
    return clean_post_html(point_to_pictures(safe_html, pictures)) if pictures else safe_html


def _save(
    document: PostDocument, html: str | None, now: datetime, by: str = ""
) -> tuple[Post, Outcome]:
    standing = db.session.scalar(select(Post).where(Post.slug == document.slug))
    # Before the first change of a post that was imported, what it was is kept too.
    former = document_of(standing) if standing and not has_revisions(standing) else None
    made_at = standing.updated_at if standing else now
    post, outcome = save_post(_values(document, html), now=now)
    if outcome != "same":
        if former is not None:
            keep_revision(post, former, by="", now=made_at)
        keep_revision(post, document, by=by, now=now)
    return post, outcome


def _values(document: PostDocument, html: str | None) -> PostValues:
    return PostValues(
        slug=document.slug,
        title=document.title,
        source=document.body,
        html=render_post(document.body) if html is None else html,
        status=PostStatus.DRAFT if document.is_draft else PostStatus.PUBLISHED,
        published_at=document.published_at,
        author_name=document.author,
        summary=document.summary,
        comments_open=document.comments_open,
        part=document.part,
        series=document.series,
        tags=document.tags,
        see_also=document.see_also,
        source_format=document.source_format,
    )


def _settle(changed: list[Post], *, now: datetime, limited_to: int | None = None) -> None:
    """What looks at other posts too, once the last of a batch is saved."""
    series_ids = {post.series_id for post in changed if post.series_id is not None}
    check_parts(series_ids, now=now, limited_to=limited_to)
    refresh_similar([post.id for post in changed])


def _read(path: Path, default_comments_open: bool) -> PostDocument:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Refusal(
                "file_too_large",
                f"{path.name} is larger than {LARGEST_FILE // 1024 // 1024} MiB. "
                "Nothing was published.",
            )
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise Refusal(
            "file_unreadable",
            f"{path} cannot be read ({error.strerror}). Nothing was published.",
        ) from None
    except UnicodeDecodeError as error:
        raise Refusal(
            "file_not_utf8",
            f"{path.name} is not UTF-8 text (byte {error.start}). Nothing was published.",
        ) from None
    # YAML is spoken in files alone: a worker, whose posts are written in the browser, does without.
    from blog.posts.frontmatter import FrontMatterError, parse  # noqa: PLC0415

    try:
        return parse(text, default_comments_open=default_comments_open)
    except FrontMatterError as error:
        sentence = f"{path.name}, {error.sentence} Nothing was published."
        raise Refusal(error.code, sentence, field=error.field) from None


def _check_slugs(documents: list[tuple[Path, PostDocument]]) -> None:
    claimed: dict[str, Path] = {}
    for path, document in documents:
        other = claimed.setdefault(document.slug, path)
        if other is not path:
            raise Refusal(
                "slug_taken",
                f"{other.name} and {path.name} both have the slug {document.slug!r}. "
                "Nothing was published; give each its own.",
                field="slug",
            )
