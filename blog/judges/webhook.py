"""A judge of the operator's own: a signed question in JSON, and a vote in JSON.

Signed as Standard Webhooks 1.0 say (https://www.standardwebhooks.com): HMAC-SHA-256 over
"<id>.<timestamp>.<body>", in base64 after "v1,". The id is the same in every attempt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from blog.config import Config
from blog.judges.question import Answer, JudgeTroubleError, Opinion, Question, Request, Vote

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets of the standard begin with
LONGEST_REASON = 300


def request_for(question: Question, *, now: datetime, config: Config) -> Request:
    """The question, with the headers that prove that it is from here and of now."""
    body = json.dumps(
        {
            "type": "comment.check",
            "timestamp": now.isoformat(timespec="seconds"),
            "data": _data(question),
        },
        ensure_ascii=False,
    ).encode()
    name = f"comment-{question.comment_id}-{question.version}"
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(config.judge_secret or "", name, stamp, body),
    }
    return Request(config.judge_url or "", headers, body)


def signature(secret: str, name: str, stamp: str, body: bytes) -> str:
    """The value of ``webhook-signature`` for a body."""
    signed = f"{name}.{stamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def read_vote(answer: Answer) -> Opinion:
    """The vote in an answer. Raises JudgeTroubleError when there is none."""
    if answer.status == 204:
        return Opinion(Vote.UNSURE)
    if answer.status in {400, 413, 422}:
        raise JudgeTroubleError(f"It refused this question ({answer.status}).", is_judge=False)
    if answer.status in {401, 403, 404, 410}:
        raise JudgeTroubleError(f"It answered {answer.status}.", is_for_long=True)
    if answer.status != 200:
        raise JudgeTroubleError(f"It answered {answer.status}.")
    try:
        said = json.loads(answer.body)
        vote, reason = Vote(said["vote"]), said.get("reason", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise JudgeTroubleError("What it answered is no vote.") from None
    return Opinion(vote, _tidy(reason) if isinstance(reason, str) else "")


def _data(question: Question) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": question.comment_id,
        "version": question.version,
        "created_at": question.created_at.isoformat(timespec="seconds"),
        "author": question.author,
        "url": question.url,
        "text": question.text,
        "ip": question.ip,
        "agent": question.agent,
        "is_reply": question.is_reply,
        "was_edited": question.was_edited,
        "post": {"title": question.post_title, "url": question.post_url},
    }
    return told | ({"email": question.address} if question.address else {})


def _key(secret: str) -> bytes:
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def _tidy(text: str) -> str:
    """Fit for the trace: one line of a few hundred printable characters."""
    line = " ".join(text[: 4 * LONGEST_REASON].split())
    return "".join(letter for letter in line if letter.isprintable())[:LONGEST_REASON]
