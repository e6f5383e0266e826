"""The outbox: nothing lost, nothing twice, nothing too early."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from blog.accounts.models import Role
from blog.db import begin_write, db
from blog.notifications import outbox
from blog.notifications.models import Mail, MailState
from blog.notifications.server import MailServer
from tests.conftest import START, SettableClock
from tests.factories import make_staff
from tests.notifications.conftest import Post, text_of


def put_test(**given: Any) -> None:
    staff = make_staff(Role.ADMIN)
    begin_write()
    outbox.put("test", staff_id=staff.id, address=staff.email, now=START, **given)
    db.session.commit()


def the_mail() -> Mail:
    db.session.rollback()
    return db.session.scalars(select(Mail)).one()


def test_a_mail_is_sent_once_with_both_parts(app: Flask, post_office: Post) -> None:
    put_test()
    assert post_office.deliver().sent == 1
    assert post_office.deliver().sent == 0
    [mail] = post_office.mails
    assert mail["Subject"] == "A test from A blog in series"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] is None
    assert "works" in text_of(mail)
    assert "works" in text_of(mail, "html")
    assert the_mail().state == MailState.SENT


def test_what_is_rolled_back_was_never_written(app: Flask, post_office: Post) -> None:
    staff = make_staff(Role.ADMIN)
    begin_write()
    outbox.put("test", staff_id=staff.id, address=staff.email, now=START)
    db.session.rollback()
    assert post_office.deliver().sent == 0


def test_a_server_that_is_away_loses_nothing(
    app: Flask, post_office: Post, clock: SettableClock
) -> None:
    put_test()
    from blog.notifications.delivery import deliver_due

    tally = deliver_due(MailServer.from_url("smtp://127.0.0.1:9"))
    assert "cannot be reached" in tally.trouble
    assert the_mail().attempts == 0
    clock.move(minutes=2)
    assert post_office.deliver().sent == 1


@pytest.mark.parametrize("answer", ["451 later", "drop"])
def test_it_tries_again_after_a_failure_that_passes(
    app: Flask, post_office: Post, clock: SettableClock, answer: str
) -> None:
    put_test()
    post_office.sink.to_data = [answer]
    assert post_office.deliver().sent == 0
    clock.move(minutes=2)
    assert post_office.deliver().sent == 1
    assert len(post_office.mails) == 1


def test_a_refusal_for_good_is_given_up_and_can_be_tried_again(
    app: Flask, post_office: Post
) -> None:
    put_test()
    post_office.sink.to_rcpt = ["550 nobody here"]
    post_office.deliver()
    mail = the_mail()
    assert mail.state == MailState.DEAD
    assert "refused the recipient (550)" in mail.last_error
    begin_write()
    assert outbox.send_again(mail.id, now=START)
    db.session.commit()
    assert post_office.deliver().sent == 1


def test_it_gives_up_after_the_last_wait(
    app: Flask, post_office: Post, clock: SettableClock
) -> None:
    put_test()
    post_office.sink.to_data = ["451 later"] * 20
    for _ in range(len(outbox.WAITS) + 1):
        post_office.deliver()
        clock.move(days=1)
    assert the_mail().state == MailState.DEAD
    assert len(post_office.sink.to_data) == 20 - len(outbox.WAITS) - 1


def test_a_claim_of_a_killed_worker_ends_by_the_clock(
    app: Flask, post_office: Post, clock: SettableClock
) -> None:
    put_test()
    begin_write()
    assert outbox.claim("killed", now=START) is not None
    db.session.commit()
    assert post_office.deliver().sent == 0
    clock.move(minutes=4)
    assert post_office.deliver().sent == 1


def test_two_workers_never_hold_one_mail(app: Flask) -> None:
    put_test()
    begin_write()
    mail_id = outbox.claim("one", now=START)
    assert mail_id is not None
    db.session.commit()
    begin_write()
    assert outbox.claim("two", now=START) is None
    assert not outbox.finish(mail_id, "two", MailState.SENT, now=START)
    assert outbox.finish(mail_id, "one", MailState.SENT, now=START)
    db.session.commit()


def test_a_week_is_the_longest_wait(app: Flask, clock: SettableClock) -> None:
    put_test()
    begin_write()
    assert outbox.give_up_old(clock.move(days=6)) == 0
    assert outbox.give_up_old(clock.move(days=2)) == 1
    assert outbox.forget_old(clock.move(days=29), days=30) == 0
    assert outbox.forget_old(clock.move(days=2), days=30) == 1
    db.session.commit()
