"""What screening keeps: the learner's lessons and model, rules, what became of linked domains.

It has never heard of a comment: a lesson's subject is only a number that the caller gave.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
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


WITH_RULE = "90 days after the rule was changed or deleted"


class RuleKind(StrEnum):
    """What a rule looks at."""

    WORDS = "words"
    PIECES = "pieces"
    PATTERN = "pattern"
    LINKS = "links"
    DOMAIN = "domain"
    MAIL_DOMAIN = "mail_domain"
    ADDRESS = "address"
    NETWORK = "network"
    NAME = "name"


class Does(StrEnum):
    """What a rule does with a comment it catches; nothing is ever dropped."""

    HOLD = "hold"
    REFUSE = "refuse"  # to spam


class StoredRule(Model):
    """A rule of the staff: which of its versions counts. A deleted one can be brought back."""

    __tablename__ = "screening_rule"
    # Without it SQLite would give the number of a deleted rule, which traces name, to the next one.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]


class RuleVersion(Model):
    """A rule as it was or is. A change makes the next version: a trace names rule and version."""

    __tablename__ = "screening_rule_version"

    rule_id: Mapped[int] = mapped_column(
        ForeignKey("screening_rule.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(
        String(80), info=personal("How the staff calls a rule.", until=WITH_RULE)
    )
    kind: Mapped[RuleKind] = mapped_column(enum_by_value(RuleKind, "kind"))
    # What is looked for, one a line; of an address only how it looks masked.
    value: Mapped[str] = mapped_column(
        info=personal("What a rule looks for, such as a name or a network.", until=WITH_RULE)
    )
    address_index: Mapped[bytes | None] = mapped_column(
        LargeBinary(20),
        info=personal("To hold or refuse an address that is not kept.", until=WITH_RULE),
    )
    does: Mapped[Does] = mapped_column(enum_by_value(Does, "does"))
    note: Mapped[str] = mapped_column(
        String(500), info=personal("Why the staff made a rule.", until=WITH_RULE)
    )
    is_on: Mapped[bool] = mapped_column(default=True)
