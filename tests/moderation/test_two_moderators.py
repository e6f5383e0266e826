"""Two sessions decide the same comments at once: one winner each, and every loser is told."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.comments.models import Comment
from blog.db import db
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from tests.factories import csrf_token, make_comment, make_post
from tests.moderation.desk import MODERATOR, P, Visit

COMMENTS = 200
AT_ONCE = 10


class Session(threading.Thread):
    """A moderator who decides everything one way, a handful at a time, in an order of their own."""

    def __init__(
        self, app: Flask, browser: FlaskClient, action: str, versions: dict[int, int]
    ) -> None:
        super().__init__()
        self.app, self.browser, self.action, self.versions = app, browser, action, versions
        self.token = csrf_token(browser, "/admin/")
        self.told: list[int] = []
        self.answers: Counter[int] = Counter()
        self.order = list(versions)
        random.Random(action).shuffle(self.order)

    def run(self) -> None:
        with self.app.app_context():
            for start in range(0, len(self.order), AT_ONCE):
                some = self.order[start : start + AT_ONCE]
                data = {
                    "csrf_token": self.token,
                    "action": self.action,
                    "ids": [str(number) for number in some],
                    "seen": [f"{number}:{self.versions[number]}" for number in some],
                    "next": "/admin/comments?status=trash",
                }
                answer = self.browser.post("/admin/comments", data=data)
                self.answers[answer.status_code] += 1
                told = re.findall(r"Somebody else decided on comment (\d+)", answer.text)
                assert (answer.status_code == 409) == bool(told)
                self.told += [int(number) for number in told]


def test_two_sessions_over_the_same_comments_have_one_winner_each_and_every_loser_is_told(
    app: Flask, visit: Visit
) -> None:
    post = make_post()
    made = [make_comment(post, status=P) for _ in range(COMMENTS)]
    versions = {comment.id: comment.version for comment in made}
    sessions = [Session(app, visit(MODERATOR), action, versions) for action in ("approve", "spam")]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    db.session.rollback()
    entries = db.session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
    won = {entry.subject: entry.action for entry in entries}
    assert len(entries) == len(won) == COMMENTS
    states = {row.id: row.status for row in db.session.execute(select(Comment.id, Comment.status))}
    expected = {"approve": "approved", "spam": "spam"}
    assert all(states[n].value == expected[won[f"comment:{n}"]] for n in versions)
    for session in sessions:
        lost = {n for n in versions if won[f"comment:{n}"] != session.action}
        assert sorted(session.told) == sorted(lost)
        assert set(session.answers) <= {303, 409}
    assert verify_log().is_whole
