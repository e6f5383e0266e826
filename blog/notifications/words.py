"""What a mail says and on which envelope, before it is made into bytes; light to load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a mail says: subject, both parts, and the headers of its kind."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who sends a mail to whom, under which number and when."""

    sender_name: str
    sender: str
    recipient: str
    message_id: str
    made_at: datetime
