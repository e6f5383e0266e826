"""Processes that clean beside an import: in order, and what happens when one ends too early."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from blog.errors import Refusal
from blog.exchange import cleaning
from blog.exchange.cleaning import with_clean_html


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """The processes that were started; all have ended after the test."""
    all_of_them: list[subprocess.Popen[str]] = []
    start = cleaning._started

    def noting() -> subprocess.Popen[str]:
        all_of_them.append(start())
        return all_of_them[-1]

    monkeypatch.setattr(cleaning, "_started", noting)
    return all_of_them


def batches(count: int) -> Iterator[list[str]]:
    # Every other one takes longer, so that the one after it is ready before.
    return (
        [f"{n} *&* {'<b>x</b>' * (n % 2) * 300}", "ü \N{GRINNING FACE} <i>"] for n in range(count)
    )


def test_batches_come_back_in_their_order(started: list[subprocess.Popen[str]]) -> None:
    alone = list(with_clean_html(batches(20), str, 0))
    assert not started
    assert list(with_clean_html(batches(20), str, 2)) == alone
    assert [process.poll() is None for process in started] == [False, False]


def test_a_process_that_is_ended_from_outside_is_told_of(
    started: list[subprocess.Popen[str]],
) -> None:
    cleaned = with_clean_html(batches(20), str, 2)
    next(cleaned)
    for process in started:
        os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(Refusal, match="Nothing was imported"):
        list(cleaned)
    assert all(process.poll() is not None for process in started)


def test_a_stop_ends_the_processes_at_once(started: list[subprocess.Popen[str]]) -> None:
    cleaned = with_clean_html(batches(20), str, 2)
    next(cleaned)
    cleaned.close()  # type: ignore[attr-defined]  # it is a generator
    assert all(process.poll() is not None for process in started)


def test_where_a_process_cannot_be_started_the_others_end_and_it_is_told(
    started: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = cleaning._started

    def only_one() -> subprocess.Popen[str]:
        if started:
            raise OSError(12, "Cannot allocate memory")
        return start()

    monkeypatch.setattr(cleaning, "_started", only_one)
    with pytest.raises(Refusal, match="Cannot allocate memory"):
        list(with_clean_html(batches(20), str, 2))
    assert [process.poll() is None for process in started] == [False]
