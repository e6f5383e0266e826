"""From rows of the outbox to words, at the time of sending: what is not public is not told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import render_template
from sqlalchemy import or_, select

from blog.accounts.models import Role, User
from blog.comments.models import (
    PERSON_ADDRESS,
    Appeal,
    Comment,
    CommentStatus,
    Person,
)
from blog.comments.people import person_token
from blog.comments.queries import is_public
from blog.db import db
from blog.markup import plain_text
from blog.naming import cut_graphemes
from blog.notifications.links import (
    CONFIRM,
    MANAGE,
    StaffLink,
    address_mark,
    base_url,
    mail_host,
    staff_token,
)
from blog.notifications.models import MAIL_ADDRESS, Mail, Subscriber
from blog.notifications.subscriptions import is_asked
from blog.notifications.words import Envelope, Words
from blog.sealing import sealer
from blog.settings.catalogue import SiteSettings
from blog.settings.queries import load_settings
from blog.wording.languages import Language, language_for
from blog.wording.texts import wording

LONGEST_EXCERPT = 1_500
MODERATORS = (Role.ADMIN, Role.MODERATOR)
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A comment as a mail shows it."""

    author: str
    post_title: str
    text: str
    href: str
    is_held: bool
    answered: str = ""
    # What may be done with it, such as "approve", and the address that does.
    links: tuple[tuple[str, str], ...] = ()


def compose(mail: Mail, now: datetime) -> tuple[Envelope, Words] | None:
    """The mail in words, or None when what it tells of is gone, decided or not public."""
    recipient = _recipient(mail)
    if recipient is None:
        return None
    told = COMPOSERS[mail.message](mail, now)
    if told is None:
        return None
    values, headers = told
    settings = load_settings()
    t = wording(_language_of(mail, settings.site))
    folder = f"email/{mail.message}"
    words = Words(
        subject=render_template(f"{folder}/subject.txt", t=t, **values),
        text=render_template(f"{folder}/body.txt", t=t, **values),
        html=render_template(f"{folder}/body.html", t=t, **values),
        headers={"Content-Language": t.language.value, **headers},
    )
    envelope = Envelope(
        sender_name=settings.site.title,
        sender=settings.mail.sender or f"noreply@{mail_host()}",
        recipient=recipient,
        message_id=f"<{mail.message_id}@{mail_host()}>",
        made_at=mail.made_at,
    )
    return envelope, words


def _recipient(mail: Mail) -> str | None:
    """The address, unless the person of the staff may no longer decide."""
    if mail.staff_id is not None:
        user = db.session.get(User, mail.staff_id)
        return user.email if user and user.active and user.role in MODERATORS else None
    if mail.to_sealed is not None:
        return sealer().open(mail.to_sealed, MAIL_ADDRESS)
    person = db.session.get(Person, mail.person_id)
    return sealer().open(person.address_sealed, PERSON_ADDRESS) if person else None


def _language_of(mail: Mail, site: SiteSettings) -> Language:
    """That of the person of the staff; the site's for readers and addresses without an account."""
    user = db.session.get(User, mail.staff_id) if mail.staff_id is not None else None
    return language_for(user.language if user else site.language)


def _told_comments(mail: Mail, *conditions: Any) -> list[tuple[Mail, Comment]]:
    """The comments of this mail and of those gathered into it, as far as conditions allow."""
    rows = db.session.execute(
        select(Mail, Comment)
        .join(Comment, Comment.id == Mail.comment_id)
        .where(or_(Mail.id == mail.id, Mail.merged_into == mail.id), *conditions)
        .order_by(Comment.created_at, Comment.id)
    )
    return [(row, comment) for row, comment in rows]


def _desk_item(comment: Comment, links: tuple[tuple[str, str], ...]) -> Item:
    """For the staff: a comment that is held has no page of readers."""
    item = _item(comment, links=links)
    return replace(item, href=f"{base_url()}/admin/comments/{comment.id}")


def _item(comment: Comment, **more: Any) -> Item:
    return Item(
        author=comment.author,
        post_title=comment.post.title,
        text=excerpt(comment),
        href=f"{base_url()}/comments/{comment.id}",
        is_held=comment.status == CommentStatus.PENDING,
        **more,
    )


def excerpt(comment: Comment) -> str:
    """The beginning of a comment as plain text."""
    text = plain_text(comment.html).strip()
    cut = cut_graphemes(text, LONGEST_EXCERPT)
    return cut if cut == text else cut + " …"


def _threading(comment: Comment) -> dict[str, str]:
    """One conversation per post in the reader's mail program (RFC 5322, 3.6.4)."""
    thread = f"<post-{comment.post_id}@{mail_host()}>"
    return {"In-Reply-To": thread, "References": thread}


def _unsubscribing(person: Person, now: datetime) -> tuple[str, dict[str, str]]:
    """The address of the page to manage mail, and the headers of RFC 2369 and RFC 8058."""
    manage = f"{base_url()}/subscriptions/{person_token(MANAGE, person, now)}"
    headers = {
        "List-Unsubscribe": f"<{manage}/stop>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return manage, headers


def _staff(mail: Mail, now: datetime) -> tuple[Values, dict[str, str]] | None:
    # A comment that changed since was looked at by somebody already, or has a mail of its own.
    rows = _told_comments(mail, Comment.version == Mail.comment_version)
    if not rows:
        return None
    items = [_desk_item(comment, _staff_links(mail, comment, now)) for _, comment in rows]
    headers = _threading(rows[0][1]) if len(rows) == 1 else {}
    return {"items": items, "queue": f"{base_url()}/admin/comments?status=pending"}, headers


def _staff_links(mail: Mail, comment: Comment, now: datetime) -> tuple[tuple[str, str], ...]:
    offered = ["approve", "spam", "trash"]
    if comment.status == CommentStatus.APPROVED:
        offered = offered[1:]
    return tuple(_staff_link(mail, comment, action, now) for action in offered)


def _staff_link(mail: Mail, comment: Comment, action: str, now: datetime) -> tuple[str, str]:
    mark = ""
    if mail.staff_id is None and mail.to_sealed is not None:
        mark = address_mark(sealer().open(mail.to_sealed, MAIL_ADDRESS))
    link = StaffLink(comment.id, comment.version, action, mail.staff_id or 0, mark)
    return action, f"{base_url()}/decide/{staff_token(link, now)}"


def _appeal(mail: Mail, now: datetime) -> tuple[Values, dict[str, str]] | None:
    appeal = db.session.get(Appeal, mail.comment_id)
    if appeal is None or appeal.answered_at is not None:
        return None
    comment = appeal.comment
    item = _desk_item(comment, (_staff_link(mail, comment, "approve", now),))
    values = {"item": item, "appeal": appeal.text, "page": f"{base_url()}/admin/appeals"}
    return values, _threading(comment)


def _answers(mail: Mail, now: datetime) -> tuple[Values, dict[str, str]] | None:
    """New public comments, to a person who confirmed that mail is welcome."""
    person = _welcome(mail)
    rows = _told_comments(mail, is_public())
    rows = [(row, comment) for row, comment in rows if comment.post.is_live(now)]
    if person is None or not rows:
        return None
    manage, headers = _unsubscribing(person, now)
    items = [_item(comment) for _, comment in rows]
    return {"items": items, "manage": manage}, {**_threading(rows[0][1]), **headers}


def _decided(mail: Mail, now: datetime) -> tuple[Values, dict[str, str]] | None:
    """What became of a comment that was held, as it stands now."""
    person = _welcome(mail)
    comment = db.session.get(Comment, mail.comment_id)
    if person is None or comment is None or comment.version != mail.comment_version:
        return None
    manage, headers = _unsubscribing(person, now)
    is_published = comment.status == CommentStatus.APPROVED
    values = {"item": _item(comment), "is_published": is_published, "manage": manage}
    return values, {**_threading(comment), **headers}


def _welcome(mail: Mail) -> Person | None:
    """The person, when they have confirmed that they want mail."""
    known = db.session.get(Subscriber, mail.person_id)
    if known is None or known.confirmed_at is None:
        return None
    return db.session.get(Person, mail.person_id)


def _confirm(mail: Mail, now: datetime) -> tuple[Values, dict[str, str]] | None:
    person = db.session.get(Person, mail.person_id)
    if person is None or not is_asked(person.id):
        return None
    token = person_token(CONFIRM, person, now)
    return {"href": f"{base_url()}/subscriptions/confirm/{token}"}, {}


def _privacy(mail: Mail, now: datetime) -> tuple[Values, dict[str, str]] | None:
    person = db.session.get(Person, mail.person_id)
    if person is None:
        return None
    token = person_token("privacy", person, now)
    return {"href": f"{base_url()}/privacy/data/{quote(token)}"}, {}


def _test(_mail: Mail, now: datetime) -> tuple[Values, dict[str, str]] | None:
    return {"now": now, "page": f"{base_url()}/admin/mail"}, {}


COMPOSERS: Mapping[str, Callable[[Mail, datetime], tuple[Values, dict[str, str]] | None]] = {
    "staff": _staff,
    "appeal": _appeal,
    "answers": _answers,
    "decided": _decided,
    "confirm": _confirm,
    "privacy": _privacy,
    "test": _test,
}
