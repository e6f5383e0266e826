"""The language in which each person of the staff is written to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("staff_user", "staff_invitation")


def upgrade() -> None:
    for table in TABLES:
        column = sa.Column("language", sa.String(length=35), nullable=False, server_default="en")
        op.add_column(table, column)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "language")
