"""Owners and revisions of posts, and what a setting was before each change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added one by one: making the table anew, as a batch would on SQLite, loses the triggers of the
    # search index.
    op.add_column("post", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.add_column("post", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_post_owner_id"), "post", ["owner_id"])
    op.create_table(
        "post_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_revision_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_revision")),
        sa.UniqueConstraint("post_id", "number", name=op.f("uq_post_revision_post_id_number")),
    )
    op.create_table(
        "former_setting",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["log_entry.id"], name=op.f("fk_former_setting_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_former_setting")),
    )
    op.create_index(op.f("ix_former_setting_made_at"), "former_setting", ["made_at"])


def downgrade() -> None:
    op.drop_table("former_setting")
    op.drop_table("post_revision")
    op.drop_index(op.f("ix_post_owner_id"), table_name="post")
    op.drop_column("post", "revision")
    op.drop_column("post", "owner_id")
