"""Posts changed in the browser: saving, restoring, order, threads. Logged; nothing commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from blog.accounts.models import Role, User
from blog.accounts.permission import comments_limited_to, may_edit_post
from blog.db import db
from blog.errors import Conflict, NotAllowed, NotThere
from blog.moderation.log import write_log, write_log_entries
from blog.moderation.models import LogEntry
from blog.moderation.operations import switch_thread
from blog.posts.document import PostDocument
from blog.posts.models import Post, Series
from blog.posts.operations import is_slug_taken, slug_taken
from blog.posts.publishing import publish, publish_new, render_source
from blog.posts.queries import parts_of_series
from blog.versions import site_changed

NO_POST = NotThere("no_post", "There is no such post. Nothing was changed.")
NO_PART = NotThere("no_part", "There is no such part of the series. Nothing was changed.")


def make_post(document: PostDocument, *, staff: User, media_dir: Path, now: datetime) -> Post:
    """Make a post that belongs to ``staff``. Raises Refusal when its slug or its part is taken."""
    # Asked before the work of rendering; what is taken during it is refused all the same.
    if is_slug_taken(document.slug):
        raise slug_taken(document.slug)
    html = _html(document, media_dir)
    post = publish_new(
        document,
        html=html,
        by=staff.name,
        owner_id=staff.id,
        now=now,
        limited_to=comments_limited_to(staff),
    )
    write_log(
        "make_post", f"post:{post.id}", staff=staff, now=now, after=f"revision {post.revision}"
    )
    return post


def change_post(
    post: Post,
    document: PostDocument,
    *,
    seen: int | None,
    staff: User,
    media_dir: Path,
    now: datetime,
    reason: str = "",
) -> bool:
    """Bring a locked post to a document; False when it stood so already.

    ``seen`` is the revision that the change started from. Raises Conflict when somebody saved
    since then, and Refusal when its part of the series is taken.
    """
    before = post.revision
    if seen != before:
        raise Conflict(
            "changed_meanwhile",
            "Somebody else saved this post meanwhile. Nothing was overwritten: your text is in the "
            "form, and what was saved stands under it. Bring together what you want to keep; "
            "saving again puts your form in its place, and theirs stays among the revisions.",
            field="body",
        )
    _, outcome = publish(
        document,
        now=now,
        html=_html(document, media_dir),
        by=staff.name,
        limited_to=comments_limited_to(staff),
    )
    if outcome == "same":
        return False
    write_log(
        "change_post",
        f"post:{post.id}",
        staff=staff,
        now=now,
        before=f"revision {before}",
        after=f"revision {post.revision}",
        reason=reason,
    )
    return True


def give_post(post: Post, owner_id: int | None, *, staff: User, now: datetime) -> bool:
    """Make somebody else the owner of a locked post; False when they own it already."""
    before = post.owner_id
    if before == owner_id:
        return False
    if owner_id is not None and db.session.get(User, owner_id) is None:
        raise NotThere("no_person", "There is nobody of this number among the staff.")
    post.owner_id = owner_id
    write_log(
        "give_post",
        f"post:{post.id}",
        staff=staff,
        now=now,
        before=f"staff {before}" if before else "nobody",
        after=f"staff {owner_id}" if owner_id else "nobody",
    )
    return True


def move_part(series_id: int, post_id: int, *, up: bool, staff: User, now: datetime) -> bool:
    """Let a part of a series change places with the one before (or after) it.

    False at the end of the series. Raises NotThere and NotAllowed.
    """
    posts = _parts_to_order(series_id, staff)
    place = next((at for at, post in enumerate(posts) if post.id == post_id), None)
    if place is None:
        raise NO_PART
    other = place - 1 if up else place + 1
    if not 0 <= other < len(posts):
        return False
    wanted = list(posts)
    wanted[place], wanted[other] = wanted[other], wanted[place]
    _order_parts(series_id, posts, wanted, staff=staff, now=now)
    return True


def order_parts(series_id: int, post_ids: Sequence[int], *, staff: User, now: datetime) -> bool:
    """Bring the parts of a series into this order; False when they stand so.

    Raises NotThere, NotAllowed, and Conflict when these are not (any more) the parts there are.
    """
    posts = _parts_to_order(series_id, staff)
    by_id = {post.id: post for post in posts}
    if sorted(post_ids) != sorted(by_id):
        raise Conflict(
            "changed_meanwhile",
            "The parts of this series are other ones by now. Nothing was changed: open the page "
            "again and order them as they are.",
        )
    wanted = [by_id[number] for number in post_ids]
    if wanted == posts:
        return False
    _order_parts(series_id, posts, wanted, staff=staff, now=now)
    return True


def _parts_to_order(series_id: int, staff: User) -> list[Post]:
    series = db.session.get(Series, series_id)
    posts = list(parts_of_series(series_id, lock=True)) if series else []
    if not posts:
        raise NO_PART
    if not all(may_edit_post(staff, post.owner_id) for post in posts):
        raise NotAllowed(
            "not_yours",
            "Parts of this series belong to somebody else, so that only an admin may order them.",
        )
    return posts


def _order_parts(
    series_id: int, posts: list[Post], wanted: list[Post], *, staff: User, now: datetime
) -> None:
    """The part numbers stay what they were and only change hands; parts without one are numbered
    behind the others."""
    before, numbers = _order(posts), _numbers(posts)
    for post, number in zip(wanted, numbers, strict=True):
        if post.part != number:
            post.part = number
            post.revision += 1
    db.session.flush()
    site_changed()
    after = _order(wanted)
    write_log(
        "order_series", f"series:{series_id}", staff=staff, now=now, before=before, after=after
    )


def _numbers(posts: Sequence[Post]) -> list[int]:
    """A number for each place: those there are, then the next ones."""
    known = [post.part for post in posts if post.part is not None]
    first = (known[-1] if known else 0) + 1
    return known + list(range(first, first + len(posts) - len(known)))


def _order(posts: Sequence[Post]) -> str:
    return ", ".join(f"{post.part or '?'}: {post.slug}" for post in posts)


def locked_post(post_id: int) -> Post:
    """The post as it stands now, kept from others until the commit. Raises NotThere."""
    post = db.session.scalar(
        select(Post)
        .where(Post.id == post_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if post is None:
        raise NO_POST
    return post


def set_comments_open(
    post_id: int, is_open: bool, *, staff: User | None, now: datetime
) -> LogEntry | None:
    """Open or close the thread of a post; None when it stood so already.

    Raises NotThere, and NotAllowed when the post is somebody else's.
    """
    post = locked_post(post_id)
    # A moderator may close a thread from a comment; the page of posts is not open to them.
    is_moderator = staff is not None and staff.role is Role.MODERATOR
    if staff is not None and not is_moderator and not may_edit_post(staff, post.owner_id):
        raise NotAllowed("not_yours", "This post belongs to somebody else. Nothing was changed.")
    change = switch_thread(post_id, is_open)
    return write_log_entries([change], staff=staff, now=now)[0] if change else None


def _html(document: PostDocument, media_dir: Path) -> str:
    return render_source(
        document.body, document.source_format, slug=document.slug, media_dir=media_dir
    )
