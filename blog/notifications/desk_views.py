"""The mail log at the desk: what was sent, what waits, what was given up, and a test."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import Role
from blog.accounts.permission import current_staff, requires
from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.errors import NotAllowed, Refusal
from blog.moderation.desk import back, desk_page, number_or_404
from blog.moderation.log import write_log
from blog.moderation.notices import tell
from blog.notifications.compose import compose
from blog.notifications.models import MailState
from blog.notifications.outbox import put, send_again
from blog.notifications.queries import mail_by_id, mails, mails_by_state
from blog.notifications.server import mail_server
from blog.notifications.views import views
from blog.numbers import row_number

__all__ = ["views"]

LOG = "/admin/mail"
DECIDING = re.compile(r"(/decide/)\S+")
# By these a reader acts, as nobody else may: confirm, hear less, see and erase what is kept.
OF_READERS = re.compile(r"(/subscriptions/(?:confirm/)?|/privacy/data/)[^/\s]+")


@views.get(LOG)
@requires(Role.ADMIN)
def mail_log() -> Response:
    """The mail log."""
    wanted = request.args.get("state", "")
    state = MailState(wanted) if wanted in set(MailState) else None
    rows, next_before = mails(state, row_number(request.args.get("before", "")))
    server = mail_server()
    return desk_page(
        "mail",
        section="mail",
        rows=rows,
        state=state.value if state else "",
        counts=mails_by_state(),
        next_before=next_before,
        server=f"{server.host} port {server.port}" if server else "",
    )


@views.get(f"{LOG}/<number>")
@requires(Role.ADMIN)
def one_mail(number: str) -> Response:
    """One mail as it would be sent now, without what its links prove."""
    return _mail_page(number_or_404(number))


@views.post(f"{LOG}/<number>")
@requires(Role.ADMIN)
def reveal_mail(number: str) -> Response:
    """The same page, once, with a reader's links open, to hand them on where no mail is sent.

    The log keeps who looked and when. With a mail server the reader has the mail, and nobody else
    needs it: 403.
    """
    mail_id = number_or_404(number)
    begin_write()
    if mail_by_id(mail_id) is None:
        abort(404)
    if mail_server() is not None:
        sentence = "Mail is sent, so its links are only for whom it is sent to. Nothing was shown."
        raise NotAllowed("mail_is_sent", sentence)
    write_log("reveal_mail", f"mail:{mail_id}", staff=current_staff(), now=clock_now())
    db.session.commit()
    return _mail_page(mail_id, is_open=True)


def _mail_page(mail_id: int, *, is_open: bool = False) -> Response:
    row = mail_by_id(mail_id) or abort(404)
    composed = compose(row.mail, clock_now())
    words, has_hidden = (composed[1] if composed else None), False
    if words is not None and row.mail.staff_id != current_staff().id:
        # Who decides by a link stands in the log as the one it was sent to.
        words = replace(words, text=DECIDING.sub(r"\1…", words.text))
    if words is not None and not is_open:
        shown, hidden = OF_READERS.subn(r"\1…", words.text)
        words, has_hidden = replace(words, text=shown), hidden > 0
    can_reveal = has_hidden and mail_server() is None
    return desk_page("mail_item", section="mail", row=row, words=words, can_reveal=can_reveal)


@views.post(LOG)
@requires(Role.ADMIN)
def mail_action() -> BaseResponse:
    """Send a test to oneself, or a mail that was given up once more."""
    staff, action = current_staff(), request.form.get("action", "")
    staff_id, email = staff.id, staff.email
    begin_write()
    if action == "test":
        put("test", staff_id=staff_id, address=email, now=clock_now())
        notice = "A test is in the outbox."
        if mail_server() is not None:
            notice += " It is sent within some seconds: load this page again."
    elif action == "again":
        number = row_number(request.form.get("mail", ""))
        if number is None or not send_again(number, now=clock_now()):
            raise Refusal("no_dead_mail", "That mail was not given up. Nothing was changed.")
        notice = f"Mail {number} is tried again."
    else:
        raise Refusal("unknown_action", "Choose what to do: test, again. Nothing was changed.")
    db.session.commit()
    tell(notice)
    return back(None, LOG)
