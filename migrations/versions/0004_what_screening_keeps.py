"""What screening keeps: the learner's lessons and model, prints of texts, records of domains."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BANDS = tuple(f"band_{number}" for number in range(6))
LABELS = ("spam", "ham", "withdrawn")


def upgrade() -> None:
    _make_learner()
    op.create_table(
        "domain_record",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("ham", sa.Integer(), nullable=False),
        sa.Column("is_disposable", sa.Boolean(), nullable=True),
        sa.CheckConstraint("spam >= 0 AND ham >= 0", name=op.f("ck_domain_record_counts")),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_record")),
    )
    op.create_table(
        "comment_print",
        sa.Column("comment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        *(sa.Column(band, sa.SmallInteger(), nullable=False) for band in BANDS),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_print_comment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_print")),
    )
    op.create_index(op.f("ix_comment_print_cluster_id"), "comment_print", ["cluster_id"])
    for band in BANDS:
        op.create_index(f"ix_comment_print_{band}", "comment_print", [band, "comment_id"])


def _make_learner() -> None:
    op.create_table(
        "learner_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("acts_at", sa.Double(), nullable=True),
        sa.Column("holds_at", sa.Double(), nullable=True),
        sa.Column("measured_on", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_learner_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_head")),
    )
    op.execute("INSERT INTO learner_head (id, length, measured_on) VALUES (1, 0, 0)")
    op.create_table(
        "learner_lesson",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Integer(), nullable=True),
        sa.Column("label", _label("label"), nullable=False),
        sa.Column("former", _label("former"), nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("features_version", sa.Integer(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_lesson")),
    )
    op.create_index("ix_learner_lesson_subject", "learner_lesson", ["subject", "id"])
    op.create_table(
        "learner_snapshot",
        sa.Column("lesson_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("lesson_id", name=op.f("pk_learner_snapshot")),
    )


def _label(name: str) -> sa.Enum:
    return sa.Enum(*LABELS, name=name, native_enum=False, create_constraint=True, length=20)


def downgrade() -> None:
    for table in (
        "comment_print",
        "domain_record",
        "learner_snapshot",
        "learner_lesson",
        "learner_head",
    ):
        op.drop_table(table)
