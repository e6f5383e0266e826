"""Who is looking at a comment just now. A claim tells the others, ends by itself, blocks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from blog.accounts.models import User
from blog.db import db, upsert
from blog.moderation.models import Claim

CLAIM_FOR = timedelta(minutes=5)


def claim(comment_id: int, *, staff: User, now: datetime) -> bool:
    """Say that this person looks at the comment for five minutes; False when another one does.

    A conditional update decides between two at one moment. The comment must exist; the caller
    commits.
    """
    until = now + CLAIM_FOR
    insert = upsert(Claim).values(comment_id=comment_id, staff_id=staff.id, until=until)
    kept = db.session.scalar(
        insert.on_conflict_do_update(
            index_elements=[Claim.comment_id],
            set_={"staff_id": staff.id, "until": until},
            where=or_(Claim.until <= now, Claim.staff_id == staff.id),
        ).returning(Claim.comment_id)
    )
    return kept is not None


def claims_of_others(
    comment_ids: Sequence[int], *, staff: User, now: datetime
) -> dict[int, tuple[str, datetime]]:
    """Who else looks at these comments, and until when."""
    rows = db.session.execute(
        select(Claim.comment_id, User.name, Claim.until)
        .join(User, User.id == Claim.staff_id)
        .where(Claim.comment_id.in_(comment_ids), Claim.until > now, Claim.staff_id != staff.id)
    )
    return {row.comment_id: (row.name, row.until) for row in rows}
