"""Work done one at a time."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from blog.web.turns import Turns


def test_threads_go_one_after_the_other() -> None:
    turns, inside, most = Turns(patience_seconds=30), 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with turns.one() as has_turn:
            assert has_turn
            with guard:
                inside += 1
                most = max(most, inside)
            time.sleep(0.005)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert inside == 0


def test_who_waited_too_long_goes_on_and_takes_nobodys_turn() -> None:
    turns = Turns(patience_seconds=0.01)
    with turns.one() as first:
        with turns.one() as second:
            assert (first, second) == (True, False)
        with turns.one() as third:
            assert not third
    with turns.one() as fourth:
        assert fourth


def test_nobody_waits_for_a_turn_that_has_gone_on_for_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("blog.web.turns.time", SimpleNamespace(monotonic=lambda: now))
    turns = Turns(patience_seconds=3600)
    with turns.one() as first:
        now = 3600.0
        with turns.one() as second:
            assert (first, second) == (True, False)
    with turns.one() as third:
        assert third
