"""A circuit breaker: whoever fails three times in a row is left alone for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

FAILURES = 3
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)


class Breaker:
    """How one judge has answered of late, in the memory of one worker."""

    def __init__(self) -> None:
        self._failures = 0
        self._rests_until: datetime | None = None
        self._until_from: datetime | None = None

    def lets_through(self, now: datetime) -> bool:
        """Whether it may be asked: not while it rests. After a rest one question tries it."""
        if self._rests_until is None or self._until_from is None:
            return True
        # A clock that was set back must not make the rest longer.
        return now >= self._rests_until or now < self._until_from

    def worked(self) -> None:
        """It answered."""
        self._failures, self._rests_until = 0, None

    def failed(self, now: datetime, *, is_for_long: bool = False) -> bool:
        """It did not; True when it rests from now on."""
        self._failures += 1
        if is_for_long:
            self._failures = max(self._failures, FAILURES + 5)
        beyond = self._failures - FAILURES
        if beyond < 0:
            return False
        rest = min(FIRST_REST * 2 ** min(beyond, 10), LONGEST_REST)
        self._until_from, self._rests_until = now, now + rest
        return True
