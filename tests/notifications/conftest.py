"""A real SMTP server that can be told to misbehave."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from blog.db import db
from blog.notifications.delivery import Tally, deliver_due
from blog.notifications.server import MailServer


@dataclass
class Sink:
    """What a mail server accepted, and what it answers next."""

    # Answers to RCPT and DATA, used up one by one; "" is acceptance.
    to_rcpt: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        answer = self.to_rcpt.pop(0) if self.to_rcpt else ""
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:
        answer = self.to_data.pop(0) if self.to_data else ""
        if answer == "drop":
            cast(asyncio.Transport, server.transport).abort()
            return "451 gone"
        if answer:
            return answer
        self.raw.append(envelope.original_content)
        self.to.append(envelope.rcpt_tos)
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        parsed = [message_from_bytes(raw, policy=policy.default) for raw in self.raw]
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]


@dataclass
class Post:
    """The sink with the server in front of it."""

    sink: Sink
    server: MailServer

    def deliver(self) -> Tally:
        """One round of the worker's delivery."""
        db.session.rollback()
        tally = deliver_due(self.server)
        db.session.rollback()
        return tally

    @property
    def mails(self) -> list[EmailMessage]:
        return self.sink.mails

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


@pytest.fixture
def post_office() -> Iterator[Post]:
    sink = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    yield Post(sink, MailServer.from_url(f"smtp://127.0.0.1:{port}"))
    controller.stop()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """One part of a mail."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def links_in(mail: EmailMessage) -> list[str]:
    """Every link of a mail, as paths."""
    found = re.findall(r"http://127\.0\.0\.1:8000(/[^\s\"<>]*)", text_of(mail))
    found += re.findall(r"http://127\.0\.0\.1:8000(/[^\s\"<>]*)", text_of(mail, "html"))
    found += re.findall(
        r"http://127\.0\.0\.1:8000(/[^\s\"<>]*)", str(mail["List-Unsubscribe"] or "")
    )
    return list(dict.fromkeys(found))
