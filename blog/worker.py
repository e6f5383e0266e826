"""What goes on beside the answers to readers: mail, judges outside, forgetting what is too old.

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

from flask import Flask, current_app

from blog.clock import now as clock_now
from blog.comments.proofs import forget_spent
from blog.config import Config
from blog.db import begin_write, db
from blog.judges import errands
from blog.moderation.attack_periods import tell_ended_attacks
from blog.moderation.log import lock_log
from blog.moderation.pace import refresh_pace
from blog.moderation.rules import forget_old_rules
from blog.moderation.verified_names import forget_old_names
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
    """Apply the settings of retention, and tell what ended or is due by the clock.

    Commits step by step, so that readers never wait long.
    """
    now, settings = clock_now(), load_settings()
    begin_write()
    outbox.give_up_old(now)
    outbox.forget_old(now, days=settings.privacy.mail_days)
    forget_spent(now)
    errands.forget_old(now)
    forget_unconfirmed(now, days=settings.privacy.unconfirmed_days)
    forget_old_rules(now)
    forget_old_names(now)
    # A decision and a changed setting do the following under this lock too; it is the last to take.
    lock_log()
    refresh_pace(now)
    tell_ended_attacks(now)
    db.session.commit()
    for _ in forget_batches(settings.privacy, now):
        db.session.commit()


def run_once() -> Tally:
    """One round: retention, judges, mail. Commits by itself."""
    from blog.notifications.delivery import Tally, deliver_due

    forget_what_is_old()
    ask_judges()
    server = mail_server()
    return deliver_due(server) if server is not None else Tally()


def run(stopped: Callable[[float], bool]) -> None:
    """Go round until ``stopped(seconds)``, which waits so long, says so. Survives every trouble."""
    server, pause, tidied_at = mail_server(), float(EVERY_SECONDS), 0.0
    mail_rests, mail_at = float(EVERY_SECONDS), 0.0
    while not stopped(pause):
        try:
            if time.monotonic() - tidied_at > RETENTION_SECONDS or not tidied_at:
                forget_what_is_old()
                tidied_at = time.monotonic()
            ask_judges()
            # A mail server that is away rests; judges and the clock go on.
            if server is not None and time.monotonic() >= mail_at:
                trouble = _deliver(server)
                if trouble:
                    log.warning("Mail waits: %s", trouble)
                mail_rests = _rest_after(bool(trouble), mail_rests)
                mail_at = time.monotonic() + mail_rests if trouble else 0.0
            pause = float(EVERY_SECONDS)
        except Exception as error:
            # The words of a database error may quote a row.
            log.error("The worker could not go on (%s); it tries again.", type(error).__name__)
            pause = _rest_after(True, pause)
        finally:
            db.session.remove()


def _rest_after(is_trouble: bool, last: float) -> float:
    """How long to wait: after trouble ever longer, up to a limit."""
    return min(last * 2, LONGEST_PAUSE_SECONDS) if is_trouble else float(EVERY_SECONDS)


def ask_judges() -> None:
    """Ask judges outside what is due. What speaks HTTP and TLS is loaded only where one may be."""
    config: Config = current_app.extensions["blog_config"]
    if config.akismet_key or config.judge_url:
        from blog.judges.asking import ask_due

        ask_due()


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
