"""Teaching the learner from commands, in packs that are committed one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from blog.clock import now
from blog.comments.teaching import TAUGHT_AT_ONCE, teach_all
from blog.db import begin_write, db
from blog.screening.labelled import read_labelled
from blog.screening.learner import Decision, learn
from blog.screening.models import Label


def teach_standing_decisions() -> int:
    """Teach what people decided last, here or on the blog it came from; returns the lessons."""
    begin_write()
    count = 0
    for learnt in teach_all(now=now()):
        count += learnt
        db.session.commit()
        begin_write()
    db.session.rollback()
    return count


def teach_files(files: Sequence[Path]) -> int:
    """Teach the labelled comments of these files; returns the lessons. All files are read first."""
    labelled = [pair for path in files for pair in read_labelled(path)]
    decisions = [
        Decision(None, text, Label.SPAM if is_spam else Label.HAM) for text, is_spam in labelled
    ]
    count = 0
    for start in range(0, len(decisions), TAUGHT_AT_ONCE):
        begin_write()
        count += learn(decisions[start : start + TAUGHT_AT_ONCE], now=now())
        db.session.commit()
    return count
