"""Workers that are killed at any moment, one after another; the last one may finish.

A process of its own without threads, so that it may fork: starting Python fifty times would take
longer than the killing.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from blog import create_app
from blog.db import db
from blog.notifications import outbox
from blog.notifications.delivery import deliver_due
from blog.notifications.models import Mail, MailState
from blog.notifications.server import mail_server

LEASE = timedelta(seconds=0.5)
TIMEOUT = 1.0


def work(app: Flask, *, until_done: bool) -> None:
    """Deliver without a pause."""
    outbox.WAITS = (timedelta(milliseconds=20),) * 1_000
    with app.app_context():
        server = mail_server()
        assert server is not None
        while True:
            deliver_due(server, lease=LEASE, timeout=TIMEOUT)
            db.session.remove()
            if until_done and _is_done():
                return
            time.sleep(0.01)


def _is_done() -> bool:
    waiting = select(Mail.id).where(Mail.state == MailState.WAITING).limit(1)
    found = db.session.scalar(waiting)
    db.session.remove()
    return found is None


def main(kills: int) -> None:
    app = create_app()  # it connects to nothing yet
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            work(app, until_done=False)
        time.sleep(random.uniform(0.03, 0.13))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    work(app, until_done=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
