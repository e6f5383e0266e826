"""Everything the page of a post shows, gathered in a fixed number of queries."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from blog.comments.addresses import path_of
from blog.comments.drawing import Drawn, Place, draw, href_of
from blog.comments.forms import typed_values
from blog.comments.jsonld import blog_posting
from blog.comments.models import Comment
from blog.comments.queries import (
    PageRow,
    ThreadsPage,
    nearest_public_above,
    pinned_id,
    public_comment,
    review_pace,
    thread_page,
    threads_page,
    waiting_rows,
)
from blog.comments.remember import Reader
from blog.config import Config
from blog.numbers import row_number
from blog.posts.models import Post
from blog.posts.queries import PostFrame, frame_of
from blog.screening.outside import asked_judges
from blog.settings.attack import is_under_attack
from blog.settings.catalogue import BlogSettings, CommentSettings

# Threads without a limit are drawn no deeper, so that no reader can make a page that breaks.
DEEPEST_DRAWN = 100
# The HTML is bleach's own output, so its attributes are always quoted like this.
PICTURE = re.compile(r'<img [^>]*?src="([^"]+)"')


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """The comment a form answers, and where the answer will stand."""

    id: int
    name: str
    parent_id: int | None
    answers_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """How the form stands: what is in it, what is wrong with it, whom it answers."""

    values: Mapping[str, str] = field(default_factory=lambda: typed_values({}))
    errors: Mapping[str, str] = field(default_factory=dict)
    target: ReplyTarget | None = None
    is_remembered: bool = False
    # A refusal that belongs to no field, such as "too fast".
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The named values of a page that shows comments: one thread on pages of its own."""

    post: Post
    threads: Sequence[Drawn]
    page: int
    page_count: int
    is_open: bool
    form: FormState
    # Where the comment that the form answers stands: on this page, or behind its permalink.
    target_href: str
    # "3 hours", for "usually reviewed within"; "" when nothing waits or it is not known.
    pace: str
    is_under_attack: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage(Conversation):
    """Those of a post's own page."""

    frame: PostFrame
    # Without its comments, which stand beside each thread.
    json_ld: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage(Conversation):
    """Those of a page of one thread."""

    first: PageRow


def reply_target(text: str | None, post: Post, settings: CommentSettings) -> ReplyTarget | None:
    """Whom ``?replytocom=`` names; missing, hidden and foreign comments are ignored (WordPress)."""
    number = row_number(text)
    comment = public_comment(number) if number is not None else None
    if comment is None or comment.post_id != post.id:
        return None
    parent_id = attach_point(comment, settings.max_depth)
    answers_id = None if parent_id == comment.id else comment.id
    return ReplyTarget(comment.id, comment.author, parent_id, answers_id)


def attach_point(comment: Comment, max_depth: int) -> int | None:
    """The comment under which an answer to this one stands: itself unless it is too deep."""
    if not max_depth or comment.depth < max_depth:
        return comment.id
    return nearest_public_above(comment.id, max_depth=max_depth)


def gather(
    post: Post,
    settings: BlogSettings,
    *,
    now: datetime,
    base_url: str,
    page: int = 1,
    form: FormState | None = None,
    own_comment_ids: Iterable[int] = (),
    receipts: Mapping[int, str] | None = None,
) -> PostPage | None:
    """The page, or None when there is no such page of comments."""
    rules = settings.comments
    per_page = rules.threads_per_page
    page_count = _pages(post.thread_count, per_page)
    if page > page_count:
        return None
    pinned = pinned_id(post.id)
    rows = threads_page(
        post.id,
        page=page,
        per_page=per_page,
        newest_first=rules.order == "newest",
        replies_per_thread=rules.replies_per_thread,
        pinned=pinned,
    )
    values = _conversation(
        post,
        rows,
        rules,
        form or FormState(),
        now=now,
        base_url=base_url,
        pinned=pinned,
        extra=_own_held(post, own_comment_ids),
        receipts=receipts,
    )
    frame = frame_of(post, now)
    return PostPage(
        **values,
        page=page,
        page_count=page_count,
        frame=frame,
        json_ld=blog_posting(post, frame, site=settings.site, base_url=base_url),
    )


def gather_thread(
    post: Post,
    root_id: int,
    settings: BlogSettings,
    *,
    now: datetime,
    base_url: str,
    page: int = 1,
    reader: Reader | None = None,
    own_comment_ids: Iterable[int] = (),
    receipts: Mapping[int, str] | None = None,
) -> ThreadPage | None:
    """A page of one thread of the post, or None when there is none such.

    The form answers the first comment of the thread, if that is public.
    """
    rules = settings.comments
    rows = thread_page(root_id, post.id, page=page, per_page=rules.replies_per_thread)
    if rows is None:
        return None
    first = rows.roots[0]
    values = _conversation(
        post,
        rows,
        rules,
        remembered_form(reader, reply_target(str(root_id), post, rules)),
        now=now,
        base_url=base_url,
        page_of_thread=page,
        extra=[row for row in _own_held(post, own_comment_ids) if row.root_id == root_id],
        receipts=receipts,
    )
    page_count = _pages(first.thread_public - bool(first.is_public), rules.replies_per_thread)
    return ThreadPage(**values, page=page, page_count=page_count, first=first)


def _pages(count: int, per_page: int) -> int:
    """How many pages so many take; all stand on one where there is no limit."""
    return max(1, math.ceil(count / per_page)) if per_page else 1


def _conversation(
    post: Post,
    rows: ThreadsPage,
    rules: CommentSettings,
    form: FormState,
    *,
    now: datetime,
    base_url: str,
    page_of_thread: int = 0,
    pinned: int | None = None,
    extra: Sequence[PageRow],
    receipts: Mapping[int, str] | None,
) -> dict[str, Any]:
    """Draw the comments; gives the values of :class:`Conversation` besides its numbers of pages."""
    is_open = post.takes_comments(now, rules.close_after_days)
    under_attack = is_under_attack(rules, now)
    max_depth = rules.max_depth or DEEPEST_DRAWN
    place = Place(path_of(post.slug), is_open, max_depth, base_url, page_of_thread)
    return {
        "post": post,
        "threads": draw(rows, place, pinned=pinned, extra=extra, receipts=receipts or {}),
        "is_open": is_open,
        "form": form,
        "target_href": _target_href(form, (*rows.roots, *rows.replies)),
        "pace": review_pace() if is_open and (rules.hold != "none" or under_attack) else "",
        "is_under_attack": under_attack,
    }


def _target_href(form: FormState, rows: Iterable[PageRow]) -> str:
    if form.target is None:
        return ""
    return href_of(form.target.id, {row.id for row in rows})


def remembered_form(reader: Reader | None, target: ReplyTarget | None) -> FormState:
    """An untouched form, filled in for a reader who asked to be remembered."""
    if reader is None:
        return FormState(target=target)
    values = typed_values(
        {"author": reader.author, "email": reader.address, "url": reader.url, "remember": "yes"}
    )
    return FormState(values=values, target=target, is_remembered=True)


def _own_held(post: Post, comment_ids: Iterable[int]) -> Sequence[PageRow]:
    """The reader's own comments on this post that wait (or were taken for spam)."""
    ids = list(comment_ids)
    return waiting_rows(post.id, ids) if ids else ()


def form_parts(settings: BlogSettings, config: Config) -> dict[str, object]:
    """Which parts the form has besides its fields, and what its readers must know.

    With a proof of work in attack mode alone the script is there all the while: a page that was
    opened before the attack asks for a riddle too.
    """
    return {
        "offers_memory": settings.comments.remember_box == "on",
        "asks_proof": settings.comments.proof_of_work != "off",
        "judges": [judge.title for judge in asked_judges(settings, config)],
    }


def first_picture(html: str, base_url: str) -> str:
    """The address of the first picture of a post's safe HTML, for Open Graph; "" when none."""
    found = PICTURE.search(html)
    if found is None:
        return ""
    address = unescape(found[1])
    return base_url + address if address.startswith("/") else address
