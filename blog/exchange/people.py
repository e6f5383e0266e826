"""The people behind imported comments: found or made by their sealed addresses, in bulk."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Person
from blog.db import db, upsert
from blog.exchange.wxr import WxrComment
from blog.sealing import sealer


def people_of(comments: Iterable[WxrComment], now: datetime) -> dict[str, int]:
    """The number of the person behind each address, in lower case; new people are made.

    An address that is none by the rules is kept all the same: it is what the reader gave.
    """
    seal = sealer()
    addresses: dict[str, str] = {}
    first_seen: dict[str, datetime] = {}
    for comment in comments:
        address = comment.email.strip()
        if address:
            key = address.casefold()
            addresses.setdefault(key, address)
            first_seen[key] = min(first_seen.get(key, now), comment.created_at)
    indexes = {key: seal.index(key, PERSON_ADDRESS) for key in addresses}
    numbers = _numbers(indexes.values())
    rows = [
        {
            "address_index": indexes[key],
            "address_sealed": seal.seal(address, PERSON_ADDRESS),
            "first_seen_at": first_seen[key],
        }
        for key, address in addresses.items()
        if indexes[key] not in numbers
    ]
    if rows:
        add = upsert(Person).on_conflict_do_nothing(index_elements=[Person.address_index])
        db.session.execute(add, rows)
        numbers = _numbers(indexes.values())
    return {key: numbers[index] for key, index in indexes.items()}


def _numbers(indexes: Iterable[bytes]) -> dict[bytes, int]:
    rows = db.session.execute(
        select(Person.address_index, Person.id).where(Person.address_index.in_(list(indexes)))
    )
    return {bytes(index): person_id for index, person_id in rows}


def sealed_ip(ip: str) -> tuple[bytes | None, bytes | None]:
    """An IP sealed, and its blind index; spelled as the server spells those of today."""
    address = ip.strip()
    if not address:
        return None, None
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        spelled = address
    else:
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        spelled = str(mapped or parsed)
    seal = sealer()
    return seal.seal(spelled, COMMENT_IP), seal.index(spelled, COMMENT_IP)
