"""Judges that are slow, wrong, away or hostile: nothing is lost, and nobody waits."""

from __future__ import annotations

import json
import logging
import ssl
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.comments.models import Comment, CommentStatus
from blog.config import Config
from blog.db import begin_write, db
from blog.judges import errands
from blog.judges.breaker import Breaker
from blog.judges.models import Errand, JudgeErrand
from blog.worker import EVERY_SECONDS, run, run_once
from tests.conftest import START, SettableClock
from tests.databases import free_port
from tests.factories import make_comment, make_post, make_staff, set_setting
from tests.judges.conftest import (
    KEY,
    SECRET,
    TIMEOUT,
    Handler,
    Judge,
    ask,
    drips,
    floods,
    hangs_up,
    says,
    stalls,
)
from tests.judges.test_votes import KNOWN, send, status, trace, vote


@pytest.fixture(autouse=True)
def content(app: Flask) -> None:
    post = make_post("answers")
    make_comment(post, author=KNOWN["author"], address=KNOWN["email"])
    set_setting("comments.flood_seconds", "0")
    set_setting("judges.webhook", "on")


def the_errand() -> JudgeErrand:
    return db.session.scalars(select(JudgeErrand)).one()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (stalls, "It did not answer in time."),
        (drips, "It did not answer in time."),
        (floods, "Its answer is too long for a vote."),
        (hangs_up, "It cannot be reached"),
        (says(b"", 500), "It answered 500."),
        (says(b"", 401), "It answered 401."),
        (says(b"", 429), "It answered 429."),
        (says(b"", 301, Location="https://localhost:1/"), "It leads elsewhere"),
        (says(b"", 307, Location="/other"), "It leads elsewhere"),
        (says(b"<html>"), "What it answered is no vote."),
        (says(b"[" * 16_000), "What it answered is no vote."),
        (says(b'{"vote": "perhaps"}'), "What it answered is no vote."),
        (says(b"null"), "What it answered is no vote."),
        (says(b"\xff\xfe"), "What it answered is no vote."),
    ],
)
def test_what_is_no_vote_changes_nothing_and_is_asked_again(
    client: FlaskClient, judge: Judge, clock: SettableClock, answer: Handler, why: str
) -> None:
    judge.always = answer
    began = time.monotonic()
    comment = send(client, "Stands whatever the judge does.")
    assert judge.asked == []
    assert ask().put_off == 1
    assert time.monotonic() - began < 20 * TIMEOUT
    assert judge.paths() == ["/vote?team=blog"]
    assert status(comment) == CommentStatus.APPROVED
    assert the_errand().last_error.startswith(why)
    assert the_errand().due_at == clock() + timedelta(minutes=1)
    judge.always = vote("ham")
    # Longer than the longest rest of a judge.
    clock.move(minutes=31)
    assert ask().votes == 1
    assert trace(comment)["webhook"]["evidence"] == "ham"


def test_a_judge_that_is_not_there_is_no_trouble(
    client: FlaskClient, app: Flask, config: Config
) -> None:
    away = replace(config, judge_url=f"https://localhost:{free_port()}/")
    app.extensions["blog_config"] = away
    comment = send(client, "Nobody listens.")
    assert ask().put_off == 1
    assert status(comment) == CommentStatus.APPROVED
    assert the_errand().last_error == "It cannot be reached (ConnectionRefusedError)."


def test_an_address_that_breaks_the_way_there_does_not_stop_the_worker(
    client: FlaskClient, app: Flask, config: Config
) -> None:
    app.extensions["blog_config"] = replace(config, judge_url=f"https://{'a' * 70}.example/")
    comment = send(client, "Nobody can be asked.")
    assert ask().put_off == 1
    assert status(comment) == CommentStatus.APPROVED
    assert the_errand().last_error == "A fault in the blog (UnicodeError)."
    assert the_errand().attempts == 1


def test_a_judge_with_a_strange_certificate_hears_nothing(
    client: FlaskClient, judge: Judge, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "none.pem"
    empty.write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(empty))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert not ssl.create_default_context().get_ca_certs()
    send(client, "Not for strangers.")
    assert ask().put_off == 1
    assert judge.asked == []
    assert the_errand().last_error.startswith("It cannot be trusted")


def test_a_question_that_is_refused_is_given_up_in_the_end_and_the_trace_says_so(
    client: FlaskClient, judge: Judge, clock: SettableClock
) -> None:
    judge.always = says(b"", 422)
    comment = send(client, "Too odd for the judge.")
    for wait in (*errands.WAITS, timedelta()):
        ask()
        clock.move(seconds=wait.total_seconds())
    assert len(judge.asked) == len(errands.WAITS) + 1
    assert db.session.scalars(select(JudgeErrand)).all() == []
    assert trace(comment)["webhook"]["evidence"] == "no vote"
    assert status(comment) == CommentStatus.APPROVED


def test_who_fails_three_times_is_left_alone_for_ever_longer_up_to_half_an_hour(
    client: FlaskClient, judge: Judge, clock: SettableClock
) -> None:
    judge.always = says(b"", 503)
    for number in range(6):
        send(client, f"Comment number {number} of an evening.")
    ask()
    assert len(judge.asked) == 3
    ask()
    assert len(judge.asked) == 3
    clock.move(minutes=1)
    ask()
    assert len(judge.asked) == 4
    judge.always = vote("ham")
    clock.move(minutes=2)
    assert ask().votes == 6


def test_the_rest_of_a_judge_is_bounded_and_survives_a_clock_that_is_set_back() -> None:
    breaker = Breaker()
    for _ in range(50):
        breaker.failed(START)
    assert not breaker.lets_through(START + timedelta(minutes=29))
    assert breaker.lets_through(START + timedelta(minutes=30))
    assert breaker.lets_through(START - timedelta(days=400))


def test_one_judge_that_is_away_does_not_keep_the_other_from_voting(
    client: FlaskClient, app: Flask, config: Config, judge: Judge
) -> None:
    set_setting("judges.akismet", "on")
    app.extensions["blog_config"] = replace(config, judge_url=f"https://localhost:{free_port()}/")
    comment = send(client, "One of two.")
    tally = ask()
    assert (tally.votes, tally.put_off) == (1, 1)
    assert trace(comment)["akismet"]["evidence"] == "ham"


def test_an_unknown_key_is_logged_without_it(
    client: FlaskClient, judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    set_setting("judges.webhook", "off")
    set_setting("judges.akismet", "on")
    judge.always = says(b"invalid")
    send(client, "Secret words of a reader.", {**KNOWN, "author": "Hidden Name"})
    with caplog.at_level(logging.INFO):
        assert ask().put_off == 1
    assert "does not know the key in BLOG_AKISMET_KEY" in caplog.text
    for secret in (KEY, SECRET, "Secret words", "Hidden Name", "grace@", "127.0.0.1"):
        assert secret not in caplog.text
    assert ask().put_off == 0


def test_a_claim_of_a_killed_worker_ends_by_the_clock(
    client: FlaskClient, judge: Judge, clock: SettableClock
) -> None:
    judge.always = vote("ham")
    send(client, "Claimed by a dead one.")
    begin_write()
    assert errands.claim(["webhook"], "dead", now=clock()) is not None
    db.session.commit()
    assert ask().votes == 0
    clock.move(minutes=2)
    assert ask().votes == 1


def test_a_vote_on_words_that_were_changed_meanwhile_is_thrown_away(
    client: FlaskClient, judge: Judge, app: Flask, clock: SettableClock
) -> None:
    comment = send(client, "Changed while the judge thought.")

    def slow(handler: object) -> None:
        with app.app_context():
            begin_write()
            errands.put(comment.id, "webhook", Errand.CHECK, now=clock())
            db.session.commit()
            db.session.remove()
        vote("spam")(handler)

    judge.answers, judge.always = [slow], vote("ham")
    tally = ask()
    assert (tally.dropped, tally.votes) == (1, 1)
    assert status(comment) == CommentStatus.APPROVED


def test_what_nobody_could_be_asked_for_two_days_is_given_up(
    client: FlaskClient, clock: SettableClock
) -> None:
    send(client, "Of the day before yesterday.")
    clock.move(days=2, seconds=1)
    begin_write()
    assert errands.forget_old(clock()) == 1
    db.session.commit()


def test_the_worker_asks_beside_its_other_work(
    client: FlaskClient, judge: Judge, app: Flask
) -> None:
    judge.always = vote("spam")
    comment = send(client, "Seen by the worker.")
    db.session.rollback()
    run_once()
    assert status(comment) == CommentStatus.PENDING
    assert isinstance(db.session.get(Comment, comment.id), Comment)


def test_judges_are_asked_while_a_mail_server_is_away(
    client: FlaskClient, judge: Judge, app: Flask, config: Config
) -> None:
    app.extensions["blog_config"] = replace(config, mail_url=f"smtp://localhost:{free_port()}")
    make_staff()
    judge.always = vote("spam")
    pauses: list[float] = []
    sent: list[int] = []

    def stopped(seconds: float) -> bool:
        pauses.append(seconds)
        sent.append(send(client, f"Before round {len(pauses)} of the worker.").id)
        db.session.rollback()
        return len(pauses) > 3

    run(stopped)
    assert pauses == [EVERY_SECONDS] * 4
    asked = {json.loads(each.body)["data"]["id"] for each in judge.asked}
    assert asked == set(sent[:3])
