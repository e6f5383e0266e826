"""The time between two comments of one person, or of one network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select

from blog.comments.models import LastPosted
from blog.db import db, upsert
from blog.errors import TooSoon
from blog.networks import network_of
from blog.sealing import sealer
from blog.settings.catalogue import CommentSettings

A_DAY = timedelta(days=1)
SWEPT_AT_ONCE = 100


def hold_back_flood(address: str, ip: str, settings: CommentSettings, now: datetime) -> None:
    """One comment per person and per network within the limit; a conditional update decides.

    Raises TooSoon. The caller commits.
    """
    if settings.flood_seconds == 0:
        return
    window = timedelta(seconds=settings.flood_seconds)
    senders = {f"person:{address.casefold()}", f"network:{network_of(ip)}"}
    senders.discard("network:")
    keys = sorted(sealer().index(sender, "flood") for sender in senders)
    upserted = upsert(LastPosted).values([{"key": key, "posted_at": now} for key in keys])
    passed = db.session.scalars(
        upserted.on_conflict_do_update(
            index_elements=[LastPosted.key],
            set_={"posted_at": now},
            # A time in the future means the clock was set back; it must lock nobody out.
            # (A little in the future is only a twin that waited less for this row.)
            where=or_(LastPosted.posted_at <= now - window, LastPosted.posted_at > now + window),
        ).returning(LastPosted.key)
    ).all()
    held_back = [key for key in keys if key not in passed]
    if held_back:
        raise _too_soon(held_back, window, now)
    # Rows that somebody else holds are left to a later sweep: waiting for them could deadlock.
    old = (
        select(LastPosted.key)
        .where(LastPosted.posted_at < now - max(window, A_DAY))
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    db.session.execute(delete(LastPosted).where(LastPosted.key.in_(old)))


def _too_soon(keys: Sequence[bytes], window: timedelta, now: datetime) -> TooSoon:
    last = select(func.max(LastPosted.posted_at)).where(LastPosted.key.in_(keys))
    posted_at = db.session.scalar(last) or now
    wait = max(1, math.ceil((posted_at + window - now).total_seconds()))
    seconds = "1 second" if wait == 1 else f"{wait} seconds"
    return TooSoon(
        "too_soon",
        f"You are posting quickly. Please wait {seconds} and send it again; "
        "your text is kept below.",
        retry_after=wait,
    )
