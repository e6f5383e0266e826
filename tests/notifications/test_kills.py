"""Fifty workers killed at any moment, and a server that refuses, stalls, drops and goes away."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select

from blog.clock import utc_clock
from blog.config import Config
from blog.db import begin_write, db
from blog.notifications.models import Mail, MailState
from blog.notifications.outbox import put

KILLS = 50
MAILS = 100


class BadServer:
    """Takes most mails; every tenth it refuses, stalls, or hangs up before or after taking it."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.hung_up_after = 0
        self.dice = random.Random(7)

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        await asyncio.sleep(0.02)  # so that the kills come while mails are under way
        mood = self.dice.randrange(40)
        if mood == 0:
            return "451 not now"
        if mood == 1:
            await asyncio.sleep(1.5)
            return "451 too slow"
        if mood == 2:
            cast(asyncio.Transport, server.transport).abort()
            return "451 gone"
        self.accepted[str(message_from_bytes(envelope.original_content)["Message-ID"])] += 1
        if mood == 3:
            self.hung_up_after += 1
            cast(asyncio.Transport, server.transport).abort()
        return "250 OK"


def test_every_mail_arrives_over_fifty_kills(app: Flask, config: Config) -> None:
    begin_write()
    for number in range(MAILS):
        put("test", address=f"reader{number}@staff.example", now=utc_clock())
    db.session.commit()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = BadServer()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BLOG_")},
        "BLOG_INSTANCE_DIR": str(config.instance_dir),
        "BLOG_DATABASE_URL": config.database_url.replace("+psycopg", ""),
        "BLOG_SECRET_KEY": config.secret_key,
        "BLOG_MAIL_URL": f"smtp://127.0.0.1:{port}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    script = Path(__file__).with_name("killed_workers.py")
    with subprocess.Popen([sys.executable, str(script), str(KILLS)], env=environment) as workers:
        time.sleep(2.5)
        controller.stop()
        time.sleep(1)
        controller = Controller(sink, hostname="127.0.0.1", port=port)
        controller.start()
        assert workers.wait(timeout=90) == 0
    controller.stop()
    db.session.rollback()
    sent = select(func.count()).select_from(Mail).where(Mail.state == MailState.SENT)
    assert db.session.scalar(sent) == MAILS
    assert len(sink.accepted) == MAILS
    # One more per kill or hang-up between the server's "OK" and the mark; no mail is ever lost.
    copies = sum(sink.accepted.values()) - MAILS
    assert copies <= KILLS + sink.hung_up_after
