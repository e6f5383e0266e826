"""Comments that say nearly the same: prints of their texts, and the clusters they form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Select,
    SmallInteger,
    bindparam,
    delete,
    insert,
    select,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from blog.comments.models import WITH_COMMENT, Comment
from blog.db import Model, db, personal
from blog.prepared import PreparedStatement
from blog.screening.simhash import MOST_DIFFERING, bands_of, differing_bits

WINDOW = timedelta(days=1)
# Of each band the newest; a campaign may have thousands, and its newest tell enough. Texts of the
# same common words share bands too: of forty twins with 5,000 others between them and now some
# twelve are found, with 20,000 seven; two are enough to hold a comment.
COMPARED_PER_BAND = 16
SIGN = 1 << 63  # databases know only signed numbers of 64 bits


class CommentPrint(Model):
    """The print of a comment's text (see blog/screening/simhash.py), found by its bands."""

    __tablename__ = "comment_print"
    # By which the newest of a band are read, however many there are.
    __table_args__ = tuple(
        Index(f"ix_comment_print_band_{number}", f"band_{number}", "comment_id")
        for number in range(6)
    )

    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    value: Mapped[int] = mapped_column(
        BigInteger, info=personal("To notice the same text by several people.", until=WITH_COMMENT)
    )
    # The number of the first comment that said so; its own when nobody did before.
    cluster_id: Mapped[int] = mapped_column(index=True)
    band_0: Mapped[int] = mapped_column(SmallInteger)
    band_1: Mapped[int] = mapped_column(SmallInteger)
    band_2: Mapped[int] = mapped_column(SmallInteger)
    band_3: Mapped[int] = mapped_column(SmallInteger)
    band_4: Mapped[int] = mapped_column(SmallInteger)
    band_5: Mapped[int] = mapped_column(SmallInteger)


BANDS = (
    CommentPrint.band_0,
    CommentPrint.band_1,
    CommentPrint.band_2,
    CommentPrint.band_3,
    CommentPrint.band_4,
    CommentPrint.band_5,
)
BAND_NAMES = tuple(band.key for band in BANDS)


def _newest_of(band: InstrumentedAttribute[int]) -> Select[Any]:
    newest = (
        select(CommentPrint.comment_id, CommentPrint.value, CommentPrint.cluster_id)
        .where(band == bindparam(band.key))
        .order_by(CommentPrint.comment_id.desc())
        .limit(COMPARED_PER_BAND)
    )
    return select(newest.subquery())


def _near() -> Select[Any]:
    """Those that may be near since ``:since``: a print near another shares a band with it."""
    candidates = union(*(_newest_of(band) for band in BANDS)).subquery()
    return (
        select(candidates.c.value, candidates.c.cluster_id, Comment.person_id)
        .join(Comment, Comment.id == candidates.c.comment_id)
        .where(Comment.created_at > bindparam("since"))
    )


_NEAR, _KEEP = PreparedStatement(_near), PreparedStatement(lambda: insert(CommentPrint))


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """Who else said nearly the same within the window."""

    cluster: int | None = None
    other_people: int = 0
    is_own_repeat: bool = False


def find_lookalikes(value: int, person_id: int, now: datetime) -> Lookalikes:
    """The comments of the last day whose prints are near this one: one query."""
    parts = dict(zip(BAND_NAMES, bands_of(value), strict=True))
    rows = _NEAR.rows({**parts, "since": now - WINDOW})
    near = [row for row in rows if differing_bits(row.value + SIGN, value) <= MOST_DIFFERING]
    return Lookalikes(
        cluster=min((row.cluster_id for row in near), default=None),
        other_people=len({row.person_id for row in near} - {person_id, None}),
        is_own_repeat=any(row.person_id == person_id and row.value + SIGN == value for row in near),
    )


def keep_print(comment_id: int, value: int, cluster: int | None) -> None:
    """Keep the print of a new comment, in the cluster that was found for it."""
    parts = dict(zip(BAND_NAMES, bands_of(value), strict=True))
    row = {"comment_id": comment_id, "value": value - SIGN, "cluster_id": cluster or comment_id}
    _KEEP.rows(row | parts)


def forget_print(comment_id: int) -> None:
    """Forget the print of a comment, whose text is another now or nobody's."""
    db.session.execute(delete(CommentPrint).where(CommentPrint.comment_id == comment_id))


def clusters_of(comment_ids: Iterable[int]) -> dict[int, int]:
    """The clusters of those of these comments that have one, by the comments' numbers."""
    rows = db.session.execute(
        select(CommentPrint.comment_id, CommentPrint.cluster_id).where(
            CommentPrint.comment_id.in_(list(comment_ids))
        )
    )
    return {row.comment_id: row.cluster_id for row in rows}


def cluster_of(comment_id: int) -> int | None:
    """The cluster of a comment; None when its text was too short to have one."""
    return clusters_of([comment_id]).get(comment_id)


def members(cluster: int) -> list[int]:
    """The numbers of the comments of a cluster, in order."""
    return list(
        db.session.scalars(
            select(CommentPrint.comment_id)
            .where(CommentPrint.cluster_id == cluster)
            .order_by(CommentPrint.comment_id)
        )
    )
