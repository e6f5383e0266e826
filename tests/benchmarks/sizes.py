"""How much is made and measured: the whole, or a quick try with smaller figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts of comments, and how long and how often is measured."""

    pairs: int  # runs of ours and of the reference, in turns
    seconds: int  # of load in each, as wrk takes only whole ones
    requests: int  # in each run without load
    huge: int  # comments on one post, the long thread among them
    long_thread: int
    crowd: int  # comments in the database
    crowd_before: int  # in the one it is compared with
    waiting: int
    imported: int
    starts: int
    has_postgres: bool


WHOLE = Sizes(
    pairs=7, seconds=1, requests=75, huge=100_000, long_thread=10_000, crowd=1_000_000,
    crowd_before=1_000, waiting=100_000, imported=100_000, starts=5, has_postgres=True,
)  # fmt: skip
QUICK = Sizes(
    pairs=3, seconds=1, requests=25, huge=10_000, long_thread=1_000, crowd=50_000,
    crowd_before=1_000, waiting=10_000, imported=2_000, starts=2, has_postgres=False,
)  # fmt: skip
