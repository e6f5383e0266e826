"""What screening keeps: the learner's lessons and model, and what became of linked domains.

It has never heard of a comment: a lesson's subject is only a number that the caller gave.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Model, PrimaryKey, enum_by_value, personal


class Label(StrEnum):
    """What people decided about a text; withdrawn: they took their decision back."""

    SPAM = "spam"
    HAM = "ham"
    WITHDRAWN = "withdrawn"


class LearnerHead(Model):
    """The end of the lessons, one row: its lock makes learning one after another.

    ``acts_at`` and ``holds_at`` are the probabilities from which on the learner's verdicts were
    right often enough; none until that is proved.
    """

    __tablename__ = "learner_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    length: Mapped[int] = mapped_column(default=0)
    acts_at: Mapped[float | None]
    holds_at: Mapped[float | None]
    # How many of the latest lessons that was measured on.
    measured_on: Mapped[int] = mapped_column(default=0)


class Lesson(Model):
    """One decision as it was learnt, in the order in which every process learns it."""

    __tablename__ = "learner_lesson"
    __table_args__ = (Index("ix_learner_lesson_subject", "subject", "id"),)

    # Given by the head, not by the database: 1, 2, 3, … without a gap.
    id: Mapped[PrimaryKey] = mapped_column(autoincrement=False)
    # None for a text that did not come from this blog.
    subject: Mapped[int | None] = mapped_column(
        info=personal("Which comment a decision was about; its number.", until="for good")
    )
    label: Mapped[Label] = mapped_column(enum_by_value(Label, "label"))
    # What had been learnt of the same subject before, which this lesson takes back.
    former: Mapped[Label | None] = mapped_column(enum_by_value(Label, "former"))
    # What the learner said before it was told; none when it had been told of the subject before.
    probability: Mapped[float | None]
    features_version: Mapped[int]
    # None once a kept model holds it.
    features: Mapped[bytes | None] = mapped_column(
        info=personal(
            "To learn from decisions; digests of words.", until="until the learner's model holds it"
        )
    )
    made_at: Mapped[datetime]


class LearnerSnapshot(Model):
    """The whole model after a lesson, so that a new process need not learn all anew."""

    __tablename__ = "learner_snapshot"

    lesson_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model: Mapped[bytes] = mapped_column(LargeBinary)


class DomainRecord(Model):
    """What is known of a domain: how often it was linked in spam and ham, whether its mail
    addresses are disposable (none: as the bundled list says).
    """

    __tablename__ = "domain_record"
    __table_args__ = (CheckConstraint("spam >= 0 AND ham >= 0", name="counts"),)

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    spam: Mapped[int] = mapped_column(default=0)
    ham: Mapped[int] = mapped_column(default=0)
    is_disposable: Mapped[bool | None]
