"""Editing a comment, answering it, pinning it and closing its thread, from the desk's forms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import abort, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.permission import current_staff, requires
from blog.clock import now as clock_now
from blog.comments.models import Comment
from blog.comments.rendering import html_of
from blog.db import db
from blog.errors import Refusal
from blog.markup import render_comment
from blog.moderation.comment_views import comment_page_again
from blog.moderation.decision_views import written
from blog.moderation.desk import MODERATORS, QUEUE, back, number_or_404, views
from blog.moderation.forms import AnswerForm, WordsForm
from blog.moderation.notices import tell, tell_switched
from blog.moderation.operations import set_comments_open
from blog.moderation.words import edit_comment, pin, reply
from blog.numbers import row_number
from blog.settings.queries import current_settings


@views.post("/admin/comments/<number>/edit")
@requires(*MODERATORS)
def change_words(number: str) -> BaseResponse:
    """Keep other words for a comment; what does not fit comes back with everything typed."""
    comment = _comment(number)
    form = WordsForm(request.form)
    if not form.validate():
        return _typed_again(comment.id, _messages(form.errors))
    text = form.comment.data
    work = partial(
        edit_comment,
        comment.id,
        author=form.author.data,
        url=form.url.data,
        text=text,
        html=html_of(text, comment.text_format),
        staff=current_staff(),
        now=clock_now(),
        seen_version=row_number(request.form.get("version")),
    )
    number = str(comment.id)
    try:
        entry = written(work)
    except Refusal as refusal:
        db.session.rollback()
        return _typed_again(int(number), [refusal.sentence], refusal.status)
    if entry is None:
        tell(f"Comment {number} says that already.")
    else:
        tell(f"Comment {number} was edited; readers see that staff did it.", [entry.id])
    return back(request.form.get("next"), f"{QUEUE}/{number}")


@views.post("/admin/comments/<number>/reply")
@requires(*MODERATORS)
def answer(number: str) -> BaseResponse:
    """Publish an answer by the person signed in; a held comment is approved with it."""
    comment_id = _comment(number).id
    form = AnswerForm(request.form)
    if not form.validate():
        return _typed_again(comment_id, _messages(form.errors))
    text = form.comment.data
    work = partial(
        reply,
        comment_id,
        text=text,
        html=render_comment(text),
        max_depth=current_settings().comments.max_depth,
        staff=current_staff(),
        now=clock_now(),
    )
    try:
        entries = written(work)
    except Refusal as refusal:
        db.session.rollback()
        return _typed_again(comment_id, [refusal.sentence], refusal.status)
    if len(entries) > 1:
        tell(f"Comment {comment_id} was approved and answered.", [entry.id for entry in entries])
    elif entries:
        tell(f"Comment {comment_id} was answered.", [entries[0].id])
    else:
        tell("The same answer stands there already.")
    return back(request.form.get("next"), f"{QUEUE}/{comment_id}")


@views.post("/admin/comments/<number>/pin")
@requires(*MODERATORS)
def switch_pin(number: str) -> BaseResponse:
    """Pin a comment under its post, or take the pin away."""
    comment_id = _comment(number).id
    is_pinned = request.form.get("pin", "on") == "on"
    work = partial(pin, comment_id, is_pinned=is_pinned, staff=current_staff(), now=clock_now())
    try:
        entries = written(work)
    except Refusal as refusal:
        db.session.rollback()
        return comment_page_again(comment_id, status=refusal.status, errors=[refusal.sentence])
    stands = "is pinned now" if is_pinned else "is not pinned any more"
    tell(f"Comment {comment_id} {stands}.", [entry.id for entry in entries])
    return back(request.form.get("next"), f"{QUEUE}/{comment_id}")


@views.post("/admin/comments/<number>/thread")
@requires(*MODERATORS)
def switch_thread_of(number: str) -> BaseResponse:
    """Open or close the comments of the post that a comment stands under."""
    comment = _comment(number)
    wanted = "closed" if request.form.get("comments") == "closed" else "open"
    work = partial(
        set_comments_open,
        comment.post_id,
        wanted == "open",
        staff=current_staff(),
        now=clock_now(),
    )
    number = str(comment.id)
    tell_switched(wanted, written(work))
    return back(request.form.get("next"), f"{QUEUE}/{number}")


def _comment(number: str) -> Comment:
    comment = db.session.get(Comment, number_or_404(number))
    return comment if comment is not None and comment.erased_at is None else abort(404)


def _messages(errors: dict[str, list[str]]) -> list[str]:
    return [message for messages in errors.values() for message in messages]


def _typed_again(comment_id: int, errors: Sequence[str], status: int = 422) -> BaseResponse:
    return comment_page_again(comment_id, status=status, errors=errors, typed=request.form)
