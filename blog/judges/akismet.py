"""Akismet's API, version 1.1: comment-check, submit-spam and submit-ham.

Source: https://akismet.com/developers/detailed-docs/comment-check/ and its neighbours.
"""

from __future__ import annotations

from urllib.parse import urlencode

from blog.config import Config
from blog.judges.models import Errand
from blog.judges.question import Answer, JudgeTroubleError, Opinion, Question, Request, Vote

CALLS = {Errand.CHECK: "comment-check", Errand.SPAM: "submit-spam", Errand.HAM: "submit-ham"}
LONGEST_HINT = 200


def request_for(question: Question, errand: Errand, *, language: str, config: Config) -> Request:
    """The form that Akismet wants; ``comment_author_email`` only where it may be told."""
    fields = {
        "api_key": config.akismet_key or "",
        "blog": config.base_url,
        "user_ip": question.ip,
        "user_agent": question.agent,
        "permalink": question.post_url,
        "comment_type": "reply" if question.is_reply else "comment",
        "comment_author": question.author,
        "comment_author_email": question.address,
        "comment_author_url": question.url,
        "comment_content": question.text,
        "comment_date_gmt": question.created_at.isoformat(timespec="seconds"),
        "blog_lang": language,
        "blog_charset": "UTF-8",
        "recheck_reason": "edit" if question.was_edited and errand is Errand.CHECK else "",
    }
    body = urlencode({name: value for name, value in fields.items() if value})
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return Request(f"{config.akismet_url}/{CALLS[errand]}", headers, body.encode())


def read_vote(answer: Answer) -> Opinion:
    """The vote in an answer to comment-check. Raises JudgeTroubleError when there is none."""
    _refuse_bad(answer)
    said = answer.body.strip()
    if said == b"false":
        return Opinion(Vote.HAM)
    if said == b"true":
        is_blatant = answer.headers.get("x-akismet-pro-tip", "") == "discard"
        return Opinion(Vote.SPAM, "It calls it blatant." if is_blatant else "")
    raise _unclear(answer)


def read_thanks(answer: Answer) -> None:
    """Akismet thanks for a correction. Raises JudgeTroubleError when it does not."""
    _refuse_bad(answer)
    if not answer.body.startswith(b"Thanks"):
        raise _unclear(answer)


def _refuse_bad(answer: Answer) -> None:
    if answer.status != 200:
        raise JudgeTroubleError(f"Akismet answered {answer.status}.")
    if answer.body.strip().lower() in {b"invalid", b"invalid key"}:
        raise JudgeTroubleError(
            "Akismet does not know the key in BLOG_AKISMET_KEY.", is_for_long=True
        )


def _unclear(answer: Answer) -> JudgeTroubleError:
    hint = answer.headers.get("x-akismet-debug-help") or answer.headers.get("x-akismet-alert-msg")
    words = "".join(letter for letter in hint or "" if letter.isprintable())[:LONGEST_HINT]
    return JudgeTroubleError(f"Akismet gave no vote. {words}".strip(), is_judge=not words)
