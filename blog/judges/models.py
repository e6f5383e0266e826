"""What judges outside of this blog are still to be asked or told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Keyword, Model, enum_by_value


class Errand(StrEnum):
    """What is to be done: ask, or tell the judge that a person decided otherwise."""

    CHECK = "check"
    SPAM = "spam"
    HAM = "ham"


class JudgeErrand(Model):
    """One errand, written with what caused it; the row goes when it is done.

    It names the comment and quotes nothing. One row for each judge: what is newer takes its place.
    """

    __tablename__ = "judge_errand"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_judge_errand_due", "due_at", "judge"),
    )

    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    judge: Mapped[Keyword] = mapped_column(primary_key=True)
    errand: Mapped[Errand] = mapped_column(enum_by_value(Errand, "errand"))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    # A worker has it until then; one that was killed loses it by the clock.
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    last_error: Mapped[str] = mapped_column(default="")
