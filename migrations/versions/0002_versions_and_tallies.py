"""Versions of what pages show, tallies of comments by state, and a smaller index of parents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATES = ("pending", "approved", "spam", "trash")


def upgrade() -> None:
    op.create_table(
        "page_version",
        sa.Column("scope", sa.String(length=220), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_page_version")),
    )
    op.create_table(
        "comment_tally",
        sa.Column("post_id", sa.Integer(), nullable=False),
        *(sa.Column(state, sa.Integer(), nullable=False) for state in STATES),
        *(
            sa.CheckConstraint(f"{state} >= 0", name=op.f(f"ck_comment_tally_{state}"))
            for state in STATES
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
            name=op.f("fk_comment_tally_post_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_comment_tally")),
    )
    sums = ", ".join(f"sum(CASE WHEN status = '{state}' THEN 1 ELSE 0 END)" for state in STATES)
    op.execute(
        f"INSERT INTO comment_tally (post_id, {', '.join(STATES)}) "
        f"SELECT post_id, {sums} FROM comment WHERE erased_at IS NULL GROUP BY post_id"
    )

    op.drop_index("ix_comment_parent_id", "comment")
    has_parent = sa.text("parent_id IS NOT NULL")
    op.create_index(
        "ix_comment_parent_id",
        "comment",
        ["parent_id"],
        sqlite_where=has_parent,
        postgresql_where=has_parent,
    )


def downgrade() -> None:
    op.drop_index("ix_comment_parent_id", "comment")
    op.create_index("ix_comment_parent_id", "comment", ["parent_id"])
    op.drop_table("comment_tally")
    op.drop_table("page_version")
