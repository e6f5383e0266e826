"""Guessing is slow, and the owner gets in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import LoginAttempt
from blog.accounts.operations import forget_stale_sign_ins
from blog.accounts.throttle import (
    ACCOUNT,
    PAIR,
    Limit,
    clear_attempt,
    count_attempt,
)
from blog.db import begin_write, db
from blog.errors import TooSoon
from tests.accounts.people import sign_in, sign_out
from tests.conftest import SettableClock


def guess(app: Flask, clock: SettableClock, email: str, address: str) -> int:
    """Count one wrong try; gives the seconds to wait when it was refused, else 0."""
    with app.app_context():
        begin_write()
        try:
            count_attempt(email, address, now=clock())
        except TooSoon as refusal:
            db.session.rollback()
            return refusal.retry_after
        db.session.commit()
        return 0


def succeed(app: Flask, clock: SettableClock, email: str, address: str) -> None:
    with app.app_context():
        begin_write()
        clear_attempt(count_attempt(email, address, now=clock()), now=clock())
        db.session.commit()


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (10_000, 3600)],
)
def test_wait_doubles_up_to_an_hour(failures: int, seconds: int) -> None:
    assert PAIR.wait_after(failures) == seconds


def test_account_as_a_whole_never_waits_longer_than_a_minute() -> None:
    assert max(ACCOUNT.wait_after(failures) for failures in range(2000)) == 60
    assert Limit(1, 1, 60).wait_after(1) == 1


@pytest.mark.parametrize("email", ["mo@example.org", "nobody@example.org"])
def test_sixth_wrong_password_is_answered_429(
    client: FlaskClient, moderator: int, email: str
) -> None:
    for _ in range(5):
        assert sign_in(client, email, "wrong one").status_code == 422
    answer = sign_in(client, email, "wrong one")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert 'role="alert"' in answer.text
    assert f'value="{email}"' in answer.text


def test_right_password_waits_too_and_then_opens(
    client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    for _ in range(5):
        sign_in(client, password="wrong one")
    assert sign_in(client).status_code == 429
    clock.move(seconds=29)
    assert sign_in(client).headers["Retry-After"] == "1"
    clock.move(seconds=1)
    assert sign_in(client).status_code == 303
    sign_out(client)
    assert sign_in(client, password="wrong one").status_code == 422


def test_hammering_does_not_prolong_the_wait(app: Flask, clock: SettableClock) -> None:
    for _ in range(5):
        assert guess(app, clock, "mo@example.org", "203.0.113.7") == 0
    waits = {guess(app, clock, "mo@example.org", "203.0.113.7") for _ in range(20)}
    assert waits == {30}


def test_neighbours_in_a_network_share_their_tries(app: Flask, clock: SettableClock) -> None:
    for last in range(5):
        assert guess(app, clock, "mo@example.org", f"203.0.113.{last}") == 0
    assert guess(app, clock, "mo@example.org", "203.0.113.200") == 30
    assert guess(app, clock, "mo@example.org", "198.51.100.1") == 0


def test_owner_at_home_is_not_locked_out_by_guesses_from_everywhere(
    app: Flask, clock: SettableClock
) -> None:
    succeed(app, clock, "mo@example.org", "192.0.2.1")
    clock.move(days=30)
    refused = [guess(app, clock, "mo@example.org", f"10.0.{n}.1") for n in range(40)]
    assert max(refused) >= 1
    assert guess(app, clock, "mo@example.org", "192.0.2.9") == 0


def test_owner_in_a_new_place_waits_a_minute_at_most(app: Flask, clock: SettableClock) -> None:
    for number in range(300):
        guess(app, clock, "mo@example.org", f"10.{number // 250}.{number % 250}.1")
        clock.move(seconds=10)
    assert 0 < guess(app, clock, "mo@example.org", "192.0.2.9") <= 60
    clock.move(seconds=60)
    assert guess(app, clock, "mo@example.org", "192.0.2.9") == 0


def test_good_record_does_not_excuse_guessing_from_there(app: Flask, clock: SettableClock) -> None:
    succeed(app, clock, "mo@example.org", "192.0.2.1")
    for _ in range(5):
        assert guess(app, clock, "mo@example.org", "192.0.2.1") == 0
    assert guess(app, clock, "mo@example.org", "192.0.2.1") == 30


def test_one_network_that_tries_many_accounts_is_slowed(app: Flask, clock: SettableClock) -> None:
    refused = [guess(app, clock, f"a{n}@example.org", "203.0.113.7") for n in range(60)]
    assert refused[:50] == [0] * 50
    assert all(refused[50:])


def test_tries_are_forgotten_after_a_day(app: Flask, clock: SettableClock) -> None:
    for _ in range(4):
        guess(app, clock, "mo@example.org", "203.0.113.7")
    clock.move(hours=25)
    assert [guess(app, clock, "mo@example.org", "203.0.113.7") for _ in range(5)] == [0] * 5


def test_clock_set_back_never_prolongs_a_wait_beyond_its_limit(
    app: Flask, clock: SettableClock
) -> None:
    for _ in range(5):
        guess(app, clock, "mo@example.org", "203.0.113.7")
    clock.move(days=-1000)
    assert guess(app, clock, "mo@example.org", "203.0.113.7") <= 3600


def test_thirty_guesses_at_once_are_counted_one_by_one(app: Flask, clock: SettableClock) -> None:
    def one(_: int) -> int:
        return guess(app, clock, "mo@example.org", "203.0.113.7")

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(one, range(30)))
    assert outcomes.count(0) == 5
    assert outcomes.count(30) == 25


def test_table_tells_nobody_who_tried_from_where(app: Flask, clock: SettableClock) -> None:
    guess(app, clock, "mo@example.org", "203.0.113.7")
    with app.app_context():
        rows = list(db.session.scalars(select(LoginAttempt)))
        assert len(rows) == 3
        kept = b"".join(row.account + row.network for row in rows)
        assert b"example" not in kept
        assert b"203" not in kept


def test_retention_forgets_old_tries(app: Flask, clock: SettableClock) -> None:
    guess(app, clock, "mo@example.org", "203.0.113.7")
    clock.move(days=89)
    with app.app_context():
        assert forget_stale_sign_ins(clock()) == 0
        db.session.commit()
    clock.move(days=2)
    with app.app_context():
        assert forget_stale_sign_ins(clock()) == 3
