"""What the links in mails open: confirm, manage, stop, and decide. A GET changes nothing."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import User
from blog.clock import now as clock_now
from blog.comments.models import Comment, Person
from blog.comments.people import person_of, person_token
from blog.comments.receipt_views import owned_comment
from blog.comments.receipts import standing
from blog.comments.remember import Reader, read_reader, remember
from blog.comments.senders import index_of_address
from blog.db import begin_write, db
from blog.errors import NotAllowed, NotThere, Refusal
from blog.moderation.operations import decide
from blog.notifications import subscriptions
from blog.notifications.compose import MODERATORS, excerpt
from blog.notifications.links import (
    CONFIRM,
    CONFIRM_SECONDS,
    MANAGE,
    MANAGE_SECONDS,
    StaffLink,
    address_mark,
    staff_link,
)
from blog.notifications.models import SubscriptionKind
from blog.numbers import row_number
from blog.settings.queries import current_settings
from blog.web.headers import mark_secret
from blog.wording.languages import language_for
from blog.wording.texts import Wording, wording

views = Blueprint("notifications", __name__)

CONFIRM_OVER = (
    "This link is over, or was cut off on its way: it works for a week. Nothing was changed. Ask "
    "for mail again on the private page of your comment."
)
# Who decided, in the log, when the mail went to an address without an account.
BY_MAIL = "by mail"
ACTIONS = frozenset({"approve", "spam", "trash"})


@views.post("/receipts/<token>/subscribe")
def subscribe(token: str) -> BaseResponse:
    """The author of a comment asks for mail.

    The answer tells whether the address is confirmed only to whom read mail sent to it.
    """
    comment_id = owned_comment(token).id
    try:
        kind = SubscriptionKind(request.form.get("kind", ""))
    except ValueError:
        sentence = "Choose what to hear of. Nothing was changed."
        raise Refusal("unknown_kind", sentence, field="kind") from None
    begin_write()
    comment = db.session.get(Comment, comment_id) or abort(404)
    if not standing(comment, current_settings().comments, clock_now()).can_follow:
        sentence = "This comment is not shown, so there are no answers to hear of."
        raise NotAllowed("not_shown", f"{sentence} Nothing was changed.")
    reader = read_reader(request)
    is_proved = reader is not None and reader.is_proved and _is_of(reader, comment.person)
    is_confirmed = subscriptions.subscribe(comment, kind, now=clock_now(), is_proved=is_proved)
    db.session.commit()
    return _page("asked", back=f"/receipts/{token}", is_confirmed=is_confirmed)


@views.get("/subscriptions/confirm/<token>")
def confirm(token: str) -> BaseResponse:
    """A page with the button that confirms an address."""
    person = _confirming(token)
    return _page("confirm", token=token, asked=subscriptions.asked_of(person))


@views.post("/subscriptions/confirm/<token>")
def confirmed(token: str) -> BaseResponse:
    """The address is confirmed, for what was asked for and, in a browser that remembers, later."""
    person = _confirming(token)
    begin_write()
    subscriptions.confirm(person, now=clock_now())
    db.session.commit()
    manage = person_token(MANAGE, person, clock_now())
    response = redirect(f"/subscriptions/{manage}", 303)
    reader = read_reader(request)
    if reader is not None and _is_of(reader, person):
        remember(response, replace(reader, is_proved=True))
    return mark_secret(response)


def _is_of(reader: Reader, person: Person | None) -> bool:
    """Whether a browser remembers the address of this person."""
    return person is not None and index_of_address(reader.address) == person.address_index


@views.get("/subscriptions/<token>")
@views.get("/subscriptions/<token>/stop")
def manage(token: str) -> BaseResponse:
    """What a person hears of, and how to hear less."""
    person = _managing(token)
    return _page("manage", token=token, followed=subscriptions.followed_by(person))


@views.post("/subscriptions/<token>/stop")
def stop(token: str) -> BaseResponse:
    """No more mail: about one thing, or none at all, which is what one-click means (RFC 8058)."""
    person = _managing(token)
    chosen = request.form.get("subscription", "")
    number = row_number(chosen)
    if chosen and number is None:
        raise Refusal("no_subscription", "There is no such subscription. Nothing was changed.")
    begin_write()
    subscriptions.stop(person, number)
    db.session.commit()
    if request.form.get("List-Unsubscribe") == "One-Click":
        # A mail program asked: it must not be sent on to another address (RFC 8058, 3.1).
        return _page("manage", token=token, followed=subscriptions.followed_by(person))
    return mark_secret(redirect(f"/subscriptions/{token}", 303))


@views.get("/decide/<token>")
def look(token: str) -> BaseResponse:
    """The comment a staff link is about, and one button."""
    link, comment, staff = _decision(token)
    t = _wording_for(staff)
    if comment is None:
        return _over(t)
    verb, text = t(f"decide.{link.action}"), excerpt(comment)
    return _page("decide", t, token=token, comment=comment, text=text, verb=verb)


@views.post("/decide/<token>")
def decide_by_link(token: str) -> BaseResponse:
    """Do what the link is for, once."""
    link, comment, staff = _decision(token)
    t = _wording_for(staff)
    if comment is None:
        return _over(t)
    begin_write()
    decided = decide(
        link.action,
        [link.comment_id],
        staff=staff,
        who=BY_MAIL,
        now=clock_now(),
        reason="By the link in a mail.",
        seen_versions={link.comment_id: link.version},
    )
    db.session.commit()
    if decided.refusals or not decided.moves:
        return _over(t)
    return _page("decide_over", t, sentence=t(f"decide.done_{link.action}"))


def _over(t: Wording) -> BaseResponse:
    return _page("decide_over", t, status=410, sentence=t("decide.over"))


def _wording_for(staff: User | None) -> Wording:
    """In the language of whom a link of the staff was sent to, else in that of the site."""
    tag = staff.language if staff else current_settings().site.language
    return wording(language_for(tag))


def _decision(token: str) -> tuple[StaffLink, Comment | None, User | None]:
    """What a link is for; its comment only as long as the link may still act. Aborts with 404."""
    link, is_old = staff_link(token, now=clock_now()) or abort(404)
    if link.action not in ACTIONS:
        abort(404)
    staff = db.session.get(User, link.staff_id) if link.staff_id else None
    if link.staff_id:
        # Rights are those of today, not of when the mail was sent.
        may_act = staff is not None and staff.active and staff.role in MODERATORS
    else:
        # So are the addresses: one that was taken from the list decides no more.
        listed = map(address_mark, current_settings().mail.staff_to)
        may_act = link.address_mark in set(listed)
    may_act = may_act and not is_old
    comment = db.session.get(Comment, link.comment_id) if may_act else None
    is_same = comment is not None and comment.version == link.version
    return link, comment if is_same else None, staff


def _confirming(token: str) -> Person:
    person = person_of(CONFIRM, token, now=clock_now(), max_age_seconds=CONFIRM_SECONDS)
    if person is None:
        raise NotThere("link_over", CONFIRM_OVER)
    return person


def _managing(token: str) -> Person:
    return person_of(MANAGE, token, now=clock_now(), max_age_seconds=MANAGE_SECONDS) or abort(404)


def _page(
    template: str, t: Wording | None = None, *, status: int = 200, **values: object
) -> BaseResponse:
    html = render_template(f"notifications/{template}.html", t=t or _wording_for(None), **values)
    return mark_secret(make_response(html, status))
