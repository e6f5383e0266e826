"""What goes on beside the answers to readers: mail is delivered, and what is too old is forgotten.

`blog worker` runs it as a process of its own. Without one, a thread in a single process of
`blog serve` does: whichever holds the lock on a file in the instance folder, which the system
gives back when that process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from blog.clock import now as clock_now
from blog.config import Config
from blog.db import begin_write, db
from blog.notifications import outbox
from blog.notifications.server import MailServer, mail_server
from blog.notifications.subscriptions import forget_unconfirmed
from blog.privacy.retention import forget_batches
from blog.settings.queries import load_settings

if TYPE_CHECKING:
    from blog.notifications.delivery import Tally

log = logging.getLogger(__name__)
EVERY_SECONDS = 5
RETENTION_SECONDS = 3600
LONGEST_PAUSE_SECONDS = 300
LOCK_FILE = "worker.lock"


def forget_what_is_old() -> None:
    """Apply the settings of retention. Commits step by step, so that readers never wait long."""
    now, settings = clock_now(), load_settings()
    begin_write()
    outbox.give_up_old(now)
    outbox.forget_old(now, days=settings.privacy.mail_days)
    forget_unconfirmed(now, days=settings.privacy.unconfirmed_days)
    db.session.commit()
    for _ in forget_batches(settings.privacy, now):
        db.session.commit()


def run_once() -> Tally:
    """One round: retention, then mail. Commits by itself."""
    from blog.notifications.delivery import Tally, deliver_due

    forget_what_is_old()
    server = mail_server()
    return deliver_due(server) if server is not None else Tally()


def run(stopped: Callable[[float], bool]) -> None:
    """Go round until ``stopped(seconds)``, which waits so long, says so. Survives every trouble."""
    server, pause, tidied_at = mail_server(), float(EVERY_SECONDS), 0.0
    while not stopped(pause):
        try:
            if time.monotonic() - tidied_at > RETENTION_SECONDS or not tidied_at:
                forget_what_is_old()
                tidied_at = time.monotonic()
            trouble = _deliver(server) if server is not None else ""
            if trouble:
                log.warning("Mail waits: %s", trouble)
        except Exception as error:
            # The words of a database error may quote a row.
            log.error("The worker could not go on (%s); it tries again.", type(error).__name__)
            trouble = "fault"
        finally:
            db.session.remove()
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS) if trouble else EVERY_SECONDS


def _deliver(server: MailServer) -> str:
    """Send what is due; gives what is in the way. What speaks SMTP is loaded only for it."""
    from blog.notifications.delivery import deliver_due

    return deliver_due(server).trouble


def start_thread(app: Flask) -> None:
    """Work beside the answers, in the one process that gets the lock. Returns at once."""
    threading.Thread(target=_work, args=(app,), name="worker", daemon=True).start()


def _work(app: Flask) -> None:
    config: Config = app.extensions["blog_config"]
    with app.app_context(), (config.instance_dir / LOCK_FILE).open("w") as lock:
        while True:
            time.sleep(EVERY_SECONDS)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            run(pausing)


def is_at_work(instance_dir: Path) -> bool:
    """Whether a server of this instance folder is up, by the lock that its worker holds."""
    with (instance_dir / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def pausing(seconds: float) -> bool:
    """Wait; never the end."""
    time.sleep(seconds)
    return False
