"""Proofs of work that were used, and what outside judges are still to be asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_proof",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spent_proof")),
    )
    op.create_index(op.f("ix_spent_proof_until"), "spent_proof", ["until"])
    op.create_table(
        "judge_errand",
        sa.Column("comment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("judge", sa.String(length=40), nullable=False),
        sa.Column("errand", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_judge_errand_attempts")),
        sa.CheckConstraint(
            "errand IN ('check', 'spam', 'ham')", name=op.f("ck_judge_errand_errand")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_judge_errand_comment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_id", "judge", name=op.f("pk_judge_errand")),
    )
    op.create_index("ix_judge_errand_due", "judge_errand", ["due_at", "judge"])


def downgrade() -> None:
    op.drop_table("judge_errand")
    op.drop_table("spent_proof")
