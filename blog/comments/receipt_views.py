"""The author's private page of a comment, behind a link that only the author has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from blog.clock import now as clock_now
from blog.comments.forms import ReplyForm
from blog.comments.models import Comment
from blog.comments.receipts import (
    LONGEST_APPEAL,
    appeal,
    comment_of_receipt,
    edit_own,
    own_comment,
    standing,
    withdraw,
)
from blog.comments.remember import read_reader
from blog.comments.rendering import html_of
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.naming import normalise_text
from blog.numbers import row_number
from blog.settings.queries import current_settings
from blog.web.headers import mark_secret

receipts = Blueprint("receipts", __name__)

# What the page says after something was done; the address names it, so that nothing is kept.
DONE = {
    "edited": "Your change is saved.",
    "withdrawn": "Your comment is withdrawn.",
    "appealed": "Your question is on its way to the moderators.",
}
OWN = "own-"


@receipts.get("/receipts/<token>")
def receipt(token: str) -> BaseResponse:
    """What became of the comment, and what may be done with it."""
    return _page(token, owned_comment(token))


@receipts.post("/receipts/<token>/edit")
def edit_comment(token: str) -> BaseResponse:
    """Change the text."""
    typed = request.form.get("comment", "")
    comment = owned_comment(token)
    form = ReplyForm(data={"comment": typed})
    if not form.comment.validate(form, [ReplyForm.validate_comment]):
        return _page(token, comment, 422, typed=typed, errors={"comment": form.comment.errors[0]})
    html = html_of(form.comment.data, comment.text_format)
    comment_id = comment.id
    return _done(
        token,
        "edited",
        lambda: edit_own(
            comment_id,
            form.comment.data,
            html,
            settings=current_settings().comments,
            now=clock_now(),
        ),
        typed=typed,
    )


@receipts.post("/receipts/<token>/withdraw")
def withdraw_comment(token: str) -> BaseResponse:
    """Take the comment back."""
    comment_id, settings = owned_comment(token).id, current_settings().comments
    return _done(
        token, "withdrawn", lambda: withdraw(comment_id, settings=settings, now=clock_now())
    )


@receipts.post("/receipts/<token>/appeal")
def appeal_rejection(token: str) -> BaseResponse:
    """Ask once to have a rejected comment looked at again."""
    comment_id, settings = owned_comment(token).id, current_settings().comments
    text = normalise_text(request.form.get("appeal", "").replace("\0", ""))
    if len(text) > LONGEST_APPEAL:
        sentence = f"At most {LONGEST_APPEAL:,} characters fit. Please shorten it."
        errors = {"appeal": sentence}
        return _page(token, owned_comment(token), 422, appeal_text=text, errors=errors)
    return _done(
        token, "appealed", lambda: appeal(comment_id, text, settings=settings, now=clock_now())
    )


def owned_comment(token: str) -> Comment:
    """The comment of a receipt: by its token, or by the cookie of the browser it was sent from.

    Aborts with the same 404 for whatever is not the reader's.
    """
    if token.startswith(OWN):
        number, reader = row_number(token.removeprefix(OWN)), read_reader(request)
        is_own = reader is not None and number in reader.comment_ids
        return (own_comment(number) if is_own and number else None) or abort(404)
    return comment_of_receipt(token) or abort(404)


def _done(token: str, what: str, change: Callable[[], object], *, typed: str = "") -> BaseResponse:
    try:
        begin_write()
        change()
        db.session.commit()
    except Refusal as refusal:
        db.session.rollback()
        comment = owned_comment(token)
        errors = {"comment" if typed else "": refusal.sentence}
        return _page(token, comment, refusal.status, typed=typed, errors=errors)
    return mark_secret(redirect(f"/receipts/{token}?done={what}", 303))


def _page(
    token: str,
    comment: Comment,
    status: int = 200,
    *,
    typed: str | None = None,
    appeal_text: str = "",
    errors: Mapping[str, str] | None = None,
) -> BaseResponse:
    html = render_template(
        "comments/receipt.html",
        token=token,
        comment=comment,
        standing=standing(comment, current_settings().comments, clock_now()),
        text=comment.text if typed is None else typed,
        # A form stays where its text would be lost otherwise.
        keeps_text=typed is not None,
        appeal_text=appeal_text,
        errors=errors or {},
        done=DONE.get(request.args.get("done", ""), "") if status == 200 else "",
    )
    return mark_secret(make_response(html, status))
