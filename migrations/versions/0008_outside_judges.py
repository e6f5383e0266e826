"""Proofs of work that were used, and what outside judges are still to be asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
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


def downgrade() -> None:
    op.drop_table("spent_proof")
