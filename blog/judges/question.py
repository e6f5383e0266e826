"""What a judge is told of a comment: all that ever leaves this machine stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from blog.comments.addresses import path_of
from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment
from blog.sealing import SealBrokenError, sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A comment, as plain values. ``address`` is empty unless a setting allows to tell it."""

    comment_id: int
    version: int
    created_at: datetime
    author: str
    url: str
    text: str
    ip: str
    agent: str
    address: str
    post_title: str
    post_url: str
    is_reply: bool
    was_edited: bool


class Vote(StrEnum):
    """What a judge may say."""

    HAM = "ham"
    SPAM = "spam"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A judge's vote and its reason, which may be empty."""

    vote: Vote
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A POST that asks or tells a judge."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers in small letters, the body cut at a limit."""

    status: int
    headers: dict[str, str]
    body: bytes


class JudgeTroubleError(Exception):
    """No vote came. ``is_judge``: the judge is away or refuses everybody, not this question.

    ``is_for_long``: it will be so until somebody changes the key or the address.
    """

    def __init__(self, sentence: str, *, is_judge: bool = True, is_for_long: bool = False) -> None:
        super().__init__(sentence)
        self.is_judge = is_judge
        self.is_for_long = is_for_long


def question_about(comment: Comment, *, base_url: str, tells_address: bool) -> Question | None:
    """What is told of this comment; None when its IP is not known any more, or cannot be read."""
    if comment.ip_sealed is None:
        return None
    person, address = comment.person, ""
    try:
        ip = sealer().open(comment.ip_sealed, COMMENT_IP)
        if tells_address and person is not None:
            address = sealer().open(person.address_sealed, PERSON_ADDRESS)
    except SealBrokenError:
        return None
    return Question(
        comment_id=comment.id,
        version=comment.version,
        created_at=comment.created_at,
        author=comment.author,
        url=comment.url,
        text=comment.text,
        ip=ip,
        agent=comment.agent,
        address=address,
        post_title=comment.post.title,
        post_url=base_url + path_of(comment.post.slug),
        is_reply=comment.parent_id is not None,
        was_edited=comment.edited_at is not None,
    )
