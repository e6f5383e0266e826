"""The turn to write: one at a time among threads and processes, and nobody waits for the dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask

from blog.db import begin_write, db
from blog.writeturn import WriteTurn

HOLD = (
    "import sys, time; from pathlib import Path; from blog.writeturn import WriteTurn; "
    "WriteTurn(Path(sys.argv[1])).take(5); print('held', flush=True); time.sleep(60)"
)


def hold_elsewhere(path: Path) -> subprocess.Popen[str]:
    """A process that has the turn."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def is_locked(path: Path) -> bool:
    """Whether another description of the file cannot have its lock now."""
    import fcntl

    file = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def test_a_thread_has_the_turn_after_the_one_before_gives_it(tmp_path: Path) -> None:
    turn = WriteTurn(tmp_path / "turn")
    assert turn.take(1)
    had: list[bool] = []
    waiting = threading.Thread(target=lambda: had.append(turn.take(20)))
    waiting.start()
    assert not had
    turn.give()
    waiting.join()
    assert had == [True]
    turn.give()
    assert not is_locked(tmp_path / "turn")


def test_a_thread_that_waited_too_long_goes_on_without_it(tmp_path: Path) -> None:
    turn = WriteTurn(tmp_path / "turn")
    assert turn.take(1)
    assert not turn.take(0.01)


def test_the_turn_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    process = hold_elsewhere(path)
    try:
        assert is_locked(path)
        turn = WriteTurn(path)
        # Its own threads' turn was had, so that it goes on to the database's own queue.
        assert turn.take(0.01)
        turn.give()
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not is_locked(path)
    assert turn.take(5)
    assert is_locked(path)
    turn.give()


def test_whoever_is_interrupted_while_waiting_leaves_the_turn_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = hold_elsewhere(tmp_path / "turn")
    turn = WriteTurn(tmp_path / "turn")

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    try:
        monkeypatch.setattr("blog.writeturn.time.sleep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            turn.take(5)
        monkeypatch.undo()
        assert turn.take(0.01)
    finally:
        process.kill()
        process.communicate()


def test_where_no_file_can_be_made_the_threads_still_take_turns(tmp_path: Path) -> None:
    turn = WriteTurn(tmp_path / "missing" / "turn")
    assert turn.take(0.01)
    assert not turn.take(0.01)
    turn.give()
    assert turn.take(0.01)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_write_holds_the_turn_until_it_ends(app: Flask) -> None:
    with app.app_context():
        path = Path(f"{db.engine.url.database}-turn")
        begin_write()
        assert is_locked(path)
        db.session.rollback()
        assert not is_locked(path)
