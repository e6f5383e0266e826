"""Guessing passwords is slowed down, and the owner of an account is not locked out by it.

The rule. A try to sign in is counted before the password is looked at, in three rows:

=========  ==================  =======================  ============  ============
row        stands for          failures in a row that   first wait    longest wait
                               cost nothing
=========  ==================  =======================  ============  ============
pair       account + network   5                        30 s          1 hour
account    account, anywhere   20                       1 s           1 minute
network    network, anyone     50                       1 s           1 minute
=========  ==================  =======================  ============  ============

From then on each failure doubles the wait. A network is an IPv4 /24 or an IPv6 /64. While one of
the rows waits, a try is answered 429 with Retry-After and is not counted, so hammering does not
prolong the wait. A pair that signed in within the last 90 days has a good record: only its own row
can make it wait, so that guesses from elsewhere never lock the owner out at home; from a new place
the owner waits a minute at most. Signing in clears the row of the pair; a row without a failure for
a day starts afresh. Accounts that do not exist are counted in the same way, so that the answer does
not tell them apart (ASVS 5.0, 6.1.1, 6.3.1 and 6.3.8).

The second step of signing in is counted in the same way under a name of its own, so that somebody
who guesses passwords does not make the owner wait at the code, nor the other way about. With three
codes of a million good at a time, one try a minute from anywhere guesses right once in 231 days;
the owner at home, whose pair has a good record, never waits for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_

from blog.accounts.models import LoginAttempt
from blog.db import db, upsert
from blog.errors import TooSoon
from blog.networks import network_of
from blog.sealing import sealer

GOOD_RECORD_DAYS = 90
FORGET_HOURS = 24
ANY = b""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures in a row are free, and how long the waits after them are."""

    free_failures: int
    first_wait_seconds: int
    longest_wait_seconds: int

    def wait_after(self, failures: int) -> int:
        """Seconds to wait after this many failures in a row."""
        if failures < self.free_failures:
            return 0
        # Bounded before the power is taken: a counter of thousands would make a huge number.
        doublings = min(failures - self.free_failures, 20)
        return min(self.first_wait_seconds << doublings, self.longest_wait_seconds)


PAIR = Limit(free_failures=5, first_wait_seconds=30, longest_wait_seconds=3600)
ACCOUNT = Limit(free_failures=20, first_wait_seconds=1, longest_wait_seconds=60)
NETWORK = Limit(free_failures=50, first_wait_seconds=1, longest_wait_seconds=60)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted try; hand it to :func:`clear_attempt` when the password was right."""

    account: bytes
    network: bytes

    @property
    def rows(self) -> dict[tuple[bytes, bytes], Limit]:
        """The keys of the rows it is counted in, each with its limit."""
        return {
            (self.account, self.network): PAIR,
            (self.account, ANY): ACCOUNT,
            (ANY, self.network): NETWORK,
        }


def count_attempt(email: str, address: str | None, *, now: datetime) -> Attempt:
    """Count a try as failed until proven otherwise. Begin a write before, commit after.

    ``email`` is what was typed, tidied where possible; ``address`` is the client's.
    Raises TooSoon with the seconds to wait; then nothing was counted.
    """
    attempt = Attempt(
        account=sealer().index(email, "login.account"),
        network=sealer().index(network_of(address, ipv4_prefix=24), "login.network"),
    )
    rows = _locked_rows(attempt, now)
    _refuse_while_waiting(attempt, rows, now)
    for key, limit in attempt.rows.items():
        row = rows[key]
        is_old = now - row.last_tried_at > timedelta(hours=FORGET_HOURS)
        row.failures = 1 if is_old else row.failures + 1
        wait = limit.wait_after(row.failures)
        row.wait_until = now + timedelta(seconds=wait) if wait else None
        row.last_tried_at = now
    return attempt


def clear_attempt(attempt: Attempt, *, now: datetime) -> None:
    """The password was right: the pair has a good record, and this try was no failure."""
    rows = _locked_rows(attempt, now)
    pair = rows[attempt.account, attempt.network]
    pair.failures, pair.wait_until, pair.succeeded_at = 0, None, now
    # The shared rows only lose this one try: others may be guessing at the same time.
    for key in ((attempt.account, ANY), (ANY, attempt.network)):
        row = rows[key]
        row.failures = max(row.failures - 1, 0)
        if not attempt.rows[key].wait_after(row.failures):
            row.wait_until = None


def _locked_rows(attempt: Attempt, now: datetime) -> dict[tuple[bytes, bytes], LoginAttempt]:
    """The three rows, made where missing, locked until the commit so that no try slips by."""
    keys = sorted(attempt.rows)
    db.session.execute(
        upsert(LoginAttempt)
        .values(
            [
                {"account": account, "network": network, "failures": 0, "last_tried_at": now}
                for account, network in keys
            ]
        )
        .on_conflict_do_nothing()
    )
    found: Iterable[LoginAttempt] = db.session.scalars(
        select(LoginAttempt)
        .where(tuple_(LoginAttempt.account, LoginAttempt.network).in_(keys))
        .order_by(LoginAttempt.account, LoginAttempt.network)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {(row.account, row.network): row for row in found}


def _refuse_while_waiting(
    attempt: Attempt, rows: dict[tuple[bytes, bytes], LoginAttempt], now: datetime
) -> None:
    pair = rows[attempt.account, attempt.network]
    has_good_record = pair.succeeded_at is not None and now - pair.succeeded_at < timedelta(
        days=GOOD_RECORD_DAYS
    )
    waits = [
        # A clock that was set back must not turn a short wait into a long one.
        min(math.ceil((row.wait_until - now).total_seconds()), limit.longest_wait_seconds)
        for key, limit in attempt.rows.items()
        if (row := rows[key]).wait_until is not None
        and row.wait_until > now
        and (limit is PAIR or not has_good_record)
    ]
    if waits:
        raise TooSoon(
            "too_many_attempts",
            "Too many failed attempts to sign in. Please wait a little, then try again.",
            retry_after=max(waits),
        )
