"""The mail log as the desk shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from blog.accounts.models import User
from blog.comments.models import Person
from blog.db import db
from blog.moderation.addresses import opened, shown_address
from blog.notifications.models import MAIL_ADDRESS, Mail, MailState

PAGE = 50


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail with its recipient's address, for an admin."""

    mail: Mail
    address: str


def mails(state: MailState | None, before: int | None) -> tuple[Sequence[MailRow], int | None]:
    """A page of the mail log, newest first, and the number before which the next page begins."""
    query = select(Mail).order_by(Mail.id.desc()).limit(PAGE + 1)
    if state is not None:
        query = query.where(Mail.state == state)
    if before is not None:
        query = query.where(Mail.id < before)
    found = db.session.scalars(query).all()
    rows = [MailRow(mail, _address(mail)) for mail in found[:PAGE]]
    return rows, found[PAGE - 1].id if len(found) > PAGE else None


def mail_by_id(mail_id: int) -> MailRow | None:
    """One mail of the log."""
    mail = db.session.get(Mail, mail_id)
    return MailRow(mail, _address(mail)) if mail is not None else None


def mails_by_state() -> Mapping[str, int]:
    """How many mails of each state the log holds."""
    rows = db.session.execute(select(Mail.state, func.count()).group_by(Mail.state)).all()
    return {state.value: 0 for state in MailState} | {state.value: count for state, count in rows}


def _address(mail: Mail) -> str:
    if mail.staff_id is not None:
        user = db.session.get(User, mail.staff_id)
        return user.email if user else ""
    if mail.to_sealed is not None:
        return opened(mail.to_sealed, MAIL_ADDRESS)
    return shown_address(db.session.get(Person, mail.person_id), reveal=True)
