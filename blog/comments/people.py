"""Tokens by which a person acts who proved an address by reading mail sent to it."""

from __future__ import annotations

from datetime import datetime

from blog import signing
from blog.comments.models import Person
from blog.db import db

PROOF_SECONDS = 24 * 3600


def person_token(purpose: str, person: Person, now: datetime) -> str:
    """A token for one purpose and this person; it tells no address."""
    return signing.sign(purpose, [person.id, _mark(person)], now=now)


def person_of(purpose: str, token: str, *, now: datetime, max_age_seconds: int) -> Person | None:
    """The person a token names, or None when it is forged, too old, or they are gone."""
    found = signing.read(purpose, token, now=now, max_age_seconds=max_age_seconds)
    if not (isinstance(found, list) and len(found) == 2):
        return None
    person = db.session.get(Person, found[0])
    # The number of somebody who was erased may be given again.
    return person if person is not None and _mark(person) == found[1] else None


def _mark(person: Person) -> int:
    return int(person.first_seen_at.timestamp() * 1_000_000)
