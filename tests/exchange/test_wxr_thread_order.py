"""Putting comments in an order in which each parent is known before its children."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from blog.exchange.wxr import thread_order


def test_a_parent_that_comes_later_is_put_first() -> None:
    assert thread_order([(3, 2), (2, 1), (1, 0)]) == [(1, 0), (2, 1), (3, 2)]


def test_a_missing_parent_makes_a_thread_of_its_own() -> None:
    assert thread_order([(1, 0), (2, 99)]) == [(1, 0), (2, 0)]


def test_a_circle_is_cut_at_the_comment_that_comes_first() -> None:
    assert thread_order([(4, 5), (5, 6), (6, 4), (7, 7)]) == [(4, 0), (6, 4), (5, 6), (7, 0)]


def test_a_thread_that_hangs_on_a_circle_keeps_its_place() -> None:
    assert thread_order([(9, 1), (1, 2), (2, 1)]) == [(1, 0), (9, 1), (2, 1)]


def test_an_id_that_comes_twice_counts_once() -> None:
    assert thread_order([(1, 0), (2, 1), (2, 0)]) == [(1, 0), (2, 1)]


def test_a_chain_of_ten_thousand_and_a_great_circle_take_no_time() -> None:
    started = time.monotonic()
    chain = thread_order([(n, n - 1) for n in range(10_000, 0, -1)])
    circle = thread_order([(n, n % 100_000 + 1) for n in range(1, 100_001)])
    assert time.monotonic() - started < 5
    assert chain == [(n, n - 1) for n in range(1, 10_001)]
    assert len(circle) == 100_000
    assert [pair for pair in circle if pair[1] == 0] == [(1, 0)]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(-1, 14)), max_size=30))
def test_every_comment_stays_and_follows_its_parent(pairs: list[tuple[int, int]]) -> None:
    ordered = thread_order(pairs)
    assert sorted(identity for identity, _ in ordered) == sorted({pair[0] for pair in pairs})
    known = {0}
    for identity, parent in ordered:
        assert parent in known
        known.add(identity)
