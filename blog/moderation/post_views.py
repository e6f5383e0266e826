"""Posts in the browser: the list, writing with a preview, revisions, order, threads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Response, abort, current_app, request
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import Role, User
from blog.accounts.permission import WRITERS, comments_limited_to, current_staff, requires
from blog.accounts.permission import may_edit_post as may_edit
from blog.accounts.queries import staff as all_staff
from blog.clock import now as clock_now
from blog.config import Config
from blog.db import begin_write, db
from blog.errors import Conflict, NotThere, Refusal
from blog.moderation.desk import back, desk_page, number_or_404, views
from blog.moderation.notices import tell, tell_switched
from blog.moderation.post_operations import (
    NO_POST,
    change_post,
    give_post,
    locked_post,
    make_post,
    move_part,
    order_parts,
    set_comments_open,
)
from blog.moderation.post_queries import (
    STATES,
    posts_page,
    read_post_filter,
    series_titles,
    shown_parts,
)
from blog.numbers import row_number
from blog.posts.document import PostDocument
from blog.posts.forms import PostFields, fields_of, read_fields, typed_fields
from blog.posts.models import Post
from blog.posts.publishing import render_source
from blog.posts.revisions import document_in, document_of, find_revision, revisions_of
from blog.settings.queries import load_settings

MOST_PARTS = 1_000
SAME_MOMENT = Conflict(
    "same_moment",
    "Somebody else saved at the same moment, so nothing was saved. Your text is in the form: "
    "save it again.",
)


@views.get("/admin/posts")
@requires(*WRITERS)
def posts() -> Response:
    """All posts and pages one may edit, with what is said under them."""
    now = clock_now()
    staff = current_staff()
    wanted = read_post_filter(request.args, owner=comments_limited_to(staff))
    rows, next_before = posts_page(wanted, now=now)
    parts, may_order = shown_parts(wanted, staff=staff, now=now)
    return desk_page(
        "posts",
        section="posts",
        wanted=wanted,
        rows=rows,
        states={row.post.id: row.post.state(now) for row in rows},
        all_states=STATES,
        all_series=series_titles(wanted.owner, now=now),
        parts=parts,
        may_order=may_order,
        next_before=next_before,
    )


@views.post("/admin/posts")
@requires(*WRITERS)
def switch_thread() -> BaseResponse:
    """Open or close the comments of a post."""
    post_id = row_number(request.form.get("post", ""))
    wanted = request.form.get("comments", "")
    if post_id is None:
        raise NotThere("no_post", "There is no such post. Nothing was changed.")
    if wanted not in {"open", "closed"}:
        raise Refusal("bad_state", "Comments are open or closed. Nothing was changed.")
    begin_write()
    entry = set_comments_open(post_id, wanted == "open", staff=current_staff(), now=clock_now())
    db.session.commit()
    tell_switched(wanted, entry)
    return back(request.form.get("next"), "/admin/posts")


@views.post("/admin/series/<number>")
@requires(*WRITERS)
def order_series(number: str) -> BaseResponse:
    """Move one part of a series up or down, or bring all into an order."""
    series_id, staff, now = number_or_404(number), current_staff(), clock_now()
    order = request.form.get("order", "")
    if order:
        ids = [row_number(text) for text in order.split(",")[:MOST_PARTS]]
        known = [post_id for post_id in ids if post_id is not None]
        begin_write()
        changed = order_parts(series_id, known, staff=staff, now=now)
        db.session.commit()
        tell("The series is in its new order." if changed else "It stands in that order already.")
        return back(None, f"/admin/posts?series={series_id}")
    way, _, post = request.form.get("move", "").partition(":")
    post_id = row_number(post)
    if way not in {"up", "down"} or post_id is None:
        raise Refusal("bad_move", "A part moves up or down. Nothing was changed.", field="move")
    begin_write()
    moved = move_part(series_id, post_id, up=way == "up", staff=staff, now=now)
    db.session.commit()
    tell(f"Moved {way}." if moved else "It stands at the end already.")
    return back(None, f"/admin/posts?series={series_id}")


@views.get("/admin/posts/new")
@requires(*WRITERS)
def new_post() -> Response:
    """An empty form; comments are as the settings say."""
    comments = load_settings().comments.open
    return _form(PostFields(author=current_staff().name, comments=comments))


@views.post("/admin/posts/new")
@requires(*WRITERS)
def add_post() -> BaseResponse:
    """Make the post, or show how it would look."""
    typed = typed_fields(request.form)
    now = clock_now()
    document, errors = read_fields(typed, stored=None, now=now)
    if request.form.get("do") == "preview":
        return _form(typed, preview=_preview(document))
    if errors:
        return _form(typed, errors=errors, status=422)
    begin_write()
    try:
        post = make_post(document, staff=current_staff(), media_dir=_media_dir(), now=now)
        db.session.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _form(typed, errors=_told(refusal), status=refusal.status)
    except IntegrityError:
        # A tag or a series of the same name came to be meanwhile; by now it is there to be found.
        db.session.rollback()
        return _form(typed, errors=_told(SAME_MOMENT), status=SAME_MOMENT.status)
    tell(f"Saved as {post.state(now)}.")
    return back(None, f"/admin/posts/{post.id}")


@views.get("/admin/posts/<number>")
@requires(*WRITERS)
def edit_post(number: str) -> Response:
    """A post in the form, with its revisions."""
    post = _own_post(number, current_staff())
    return _form(fields_of(document_of(post)), post=post)


@views.post("/admin/posts/<number>")
@requires(*WRITERS)
def save_post(number: str) -> BaseResponse:
    """Save what was typed, unless somebody else saved since the form was opened."""
    typed, staff, now = typed_fields(request.form), current_staff(), clock_now()
    begin_write()
    post = locked_post(_own_post(number, staff).id)
    document, errors = read_fields(typed, stored=document_of(post), now=now)
    if request.form.get("do") == "preview":
        db.session.rollback()
        return _form(typed, post=post, preview=_preview(document), seen=_seen())
    if errors:
        db.session.rollback()
        return _form(typed, post=post, errors=errors, status=422, seen=_seen())
    try:
        changed = change_post(
            post, document, seen=_seen(), staff=staff, media_dir=_media_dir(), now=now
        )
        if staff.role is Role.ADMIN and "owner" in request.form:
            owner_id = row_number(request.form["owner"])
            changed = give_post(post, owner_id, staff=staff, now=now) or changed
        db.session.commit()
    except Conflict as refusal:
        db.session.rollback()
        db.session.refresh(post)
        other = fields_of(document_of(post))
        return _form(typed, post=post, errors=_told(refusal), status=409, other=other)
    except Refusal as refusal:
        db.session.rollback()
        return _form(typed, post=post, errors=_told(refusal), status=refusal.status, seen=_seen())
    tell(f"Saved as {post.state(now)}." if changed else "Nothing was changed.")
    return back(None, f"/admin/posts/{post.id}")


@views.get("/admin/posts/<number>/revisions/<revision>")
@requires(*WRITERS)
def show_revision(number: str, revision: str) -> Response:
    """A post as it was."""
    post = _own_post(number, current_staff())
    kept = find_revision(post.id, number_or_404(revision)) or abort(404)
    document = document_in(kept)
    return desk_page(
        "revision",
        section="posts",
        post=post,
        kept=kept,
        fields=fields_of(document),
        preview=_preview(document),
    )


@views.post("/admin/posts/<number>/revisions/<revision>")
@requires(*WRITERS)
def restore_revision(number: str, revision: str) -> BaseResponse:
    """Bring a post back to what it was; what it is now stays among its revisions."""
    staff, now = current_staff(), clock_now()
    begin_write()
    post = locked_post(_own_post(number, staff).id)
    kept = find_revision(post.id, number_or_404(revision)) or abort(404)
    changed = change_post(
        post,
        document_in(kept),
        seen=_seen(),
        staff=staff,
        media_dir=_media_dir(),
        now=now,
        reason=f"restored revision {kept.number}",
    )
    db.session.commit()
    tell(f"Revision {kept.number} is back." if changed else "The post is like that already.")
    return back(None, f"/admin/posts/{post.id}")


def _own_post(number: str, staff: User) -> Post:
    """The post of this number. Raises NotThere; aborts with 403 when it is somebody else's."""
    post = db.session.get(Post, number_or_404(number))
    if post is None:
        raise NO_POST
    if not may_edit(staff, post.owner_id):
        abort(403)
    return post


def _seen() -> int | None:
    """The revision that the form was opened with."""
    text = request.form.get("seen", "")
    return 0 if text == "0" else row_number(text)


def _told(refusal: Refusal) -> dict[str, str]:
    return {refusal.field or "title": refusal.sentence}


def _form(
    typed: PostFields,
    *,
    post: Post | None = None,
    errors: Mapping[str, str] | None = None,
    preview: str = "",
    status: int = 200,
    seen: int | None = None,
    other: PostFields | None = None,
) -> Response:
    stored_revision = post.revision if post else 0
    return desk_page(
        "post",
        status=status,
        section="posts",
        post=post,
        state=post.state(clock_now()) if post else "new",
        typed=typed,
        errors=errors or {},
        preview=preview,
        seen=stored_revision if seen is None else seen,
        other=other,
        revisions=revisions_of(post.id) if post else (),
        all_series=series_titles(comments_limited_to(current_staff()), now=clock_now()),
        staff=all_staff() if current_staff().role is Role.ADMIN else (),
    )


def _preview(document: PostDocument) -> str:
    """How the post would look: made by the same functions as when it is saved."""
    return render_source(
        document.body, document.source_format, slug=document.slug, media_dir=_media_dir()
    )


def _media_dir() -> Path:
    config: Config = current_app.extensions["blog_config"]
    return config.media_dir
