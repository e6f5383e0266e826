"""How a reader's address and IP are shown to staff: open to admins, masked to moderators."""

from __future__ import annotations

from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment, Person
from blog.sealing import SealBrokenError, sealer

UNREADABLE = "(sealed with another key)"


def shown_address(person: Person | None, *, reveal: bool) -> str:
    """The address of a person, masked unless ``reveal``; "" when there is none."""
    if person is None:
        return ""
    address = opened(person.address_sealed, PERSON_ADDRESS)
    return address if reveal or address == UNREADABLE else masked(address)


def shown_ip(comment: Comment, *, reveal: bool) -> str:
    """The IP a comment came from, for those who may see it; else ""."""
    if not reveal or comment.ip_sealed is None:
        return ""
    return opened(comment.ip_sealed, COMMENT_IP)


def masked(address: str) -> str:
    """The first letters of both halves, enough to tell two people apart: ``a•••@e•••``."""
    local, _, host = address.rpartition("@")
    return f"{local[:1]}•••@{host[:1]}•••"


def opened(sealed: bytes, purpose: str) -> str:
    """What a sealed value holds, for those who may see it."""
    # A lost key must not take the queue away with it.
    try:
        return sealer().open(sealed, purpose)
    except SealBrokenError:
        return UNREADABLE
