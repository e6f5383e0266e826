"""Delivering what is due: claim, put into words, hand over, mark. One mail at a time.

The mark follows right after the server has accepted a mail. A worker killed between the two sends
it again with the same Message-ID; SMTP can promise no more (RFC 5321, 4.5.4.1).
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from email_validator import EmailNotValidError
from flask import g
from sqlalchemy.exc import OperationalError

from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.notifications import outbox
from blog.notifications.compose import compose
from blog.notifications.message import UnsafeMailError, deliverable, serialise
from blog.notifications.models import Mail, MailState
from blog.notifications.server import MailServer
from blog.notifications.transport import (
    TIMEOUT_SECONDS,
    Connection,
    NotNowError,
    RefusedForGoodError,
)
from blog.sealing import SealBrokenError

log = logging.getLogger(__name__)
ATTEMPTS_TO_MARK = 3


@dataclass(slots=True)
class Tally:
    """What one round of delivery did; ``trouble`` is why it ended early."""

    sent: int = 0
    put_off: int = 0
    dropped: int = 0
    trouble: str = ""


def deliver_due(
    server: MailServer,
    *,
    lease: timedelta = outbox.LEASE,
    timeout: float = TIMEOUT_SECONDS,
    at_most: int = 500,
) -> Tally:
    """Send what is due, until nothing is or the server does not answer. Commits step by step."""
    tally, worker = Tally(), secrets.token_hex(8)
    if not outbox.has_due(clock_now()):
        db.session.rollback()
        return tally
    _gather_all()
    with Connection(server, timeout=timeout) as connection:
        for _ in range(at_most):
            begin_write()
            mail_id = outbox.claim(worker, now=clock_now(), lease=lease)
            db.session.commit()
            if mail_id is None:
                break
            _deliver(mail_id, worker, connection, tally)
            if tally.trouble:
                break
    return tally


def _gather_all() -> None:
    while True:
        begin_write()
        gathered = outbox.gather(clock_now())
        db.session.commit()
        if not gathered:
            return


def _deliver(mail_id: int, worker: str, connection: Connection, tally: Tally) -> None:
    mail = db.session.get_one(Mail, mail_id, populate_existing=True)
    attempts = mail.attempts
    # Settings may have changed since the last mail.
    g.pop("blog_settings", None)
    try:
        composed = compose(mail, clock_now())
        if composed is None:
            _mark_done(mail_id, worker, MailState.DROPPED, "What it told of is not there any more.")
            tally.dropped += 1
            return
        envelope, words = composed
        raw = serialise(envelope, words)
        # Nothing is read while the server takes its time.
        db.session.rollback()
        connection.send(deliverable(envelope.sender), deliverable(envelope.recipient), raw)
    except RefusedForGoodError as error:
        _mark_done(mail_id, worker, MailState.DEAD, str(error))
        tally.put_off += 1
    except NotNowError as error:
        _put_off(mail_id, worker, attempts, str(error), is_server=error.is_server)
        tally.put_off += 1
        tally.trouble = str(error) if error.is_server else ""
    except (UnsafeMailError, EmailNotValidError, SealBrokenError) as error:
        # The words of these may quote an address.
        why = f"It could not be made into a mail ({type(error).__name__})."
        _mark_done(mail_id, worker, MailState.DEAD, why)
        tally.put_off += 1
    except Exception as error:
        log.exception("A mail could not be put into words.")
        _put_off(mail_id, worker, attempts, f"A fault in the blog ({type(error).__name__}).")
        tally.put_off += 1
    else:
        _mark_done(mail_id, worker, MailState.SENT)
        tally.sent += 1


def _mark_done(mail_id: int, worker: str, state: MailState, why: str = "") -> None:
    """Mark it, again when the database is busy: a mail that was sent must not be sent twice."""
    for attempt in range(1, ATTEMPTS_TO_MARK + 1):
        try:
            begin_write()
            outbox.finish(mail_id, worker, state, now=clock_now(), why=why)
            db.session.commit()
        except OperationalError:
            db.session.rollback()
            if attempt == ATTEMPTS_TO_MARK:
                raise
        else:
            return


def _put_off(
    mail_id: int, worker: str, attempts: int, why: str, *, is_server: bool = False
) -> None:
    begin_write()
    outbox.put_off(
        mail_id, worker, attempts=attempts, why=why, is_server=is_server, now=clock_now()
    )
    db.session.commit()
