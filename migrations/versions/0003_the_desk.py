"""The desk: risk, edits and their revisions, pins, standings of people, what staff keep there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RISK = ["status", "risk", "created_at", "id"]
COMMENT: tuple[sa.Column[Any], ...] = (
    sa.Column("edited_by", sa.String(80), nullable=False, server_default=""),
    sa.Column("is_staff", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("risk", sa.SmallInteger(), nullable=False, server_default="0"),
)
PERSON: tuple[sa.Column[Any], ...] = (
    sa.Column("standing", sa.String(20), nullable=False, server_default="normal"),
    sa.Column("standing_until", sa.DateTime(timezone=True), nullable=True),
    sa.Column("standing_reason", sa.String(500), nullable=False, server_default=""),
    sa.Column("verified_name", sa.String(245), nullable=False, server_default=""),
    sa.Column("verified_skeleton", sa.String(1000), nullable=False, server_default=""),
)


def upgrade() -> None:
    for column in COMMENT:
        op.add_column("comment", column._copy())
    for column in PERSON:
        op.add_column("person", column._copy())
    op.add_column(
        "comment_verdict", sa.Column("passed", sa.JSON(), nullable=False, server_default="[]")
    )
    op.create_index("ix_comment_risk", "comment", RISK)
    op.create_index("ix_person_verified_skeleton", "person", ["verified_skeleton"])
    _comments()
    _staff()


def _comments() -> None:
    op.create_table(
        "comment_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_format", sa.String(10), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_revision_comment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_revision")),
    )
    op.create_index("ix_comment_revision_comment_id", "comment_revision", ["comment_id"])
    op.create_table(
        "pinned_comment",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_pinned_comment_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_pinned_comment_comment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_pinned_comment")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_pinned_comment_comment_id")),
    )


def _staff() -> None:
    op.create_table(
        "person_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_note_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_note")),
    )
    op.create_index("ix_person_note_person_id", "person_note", ["person_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        _staff_id("saved_view"),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("staff_id", "name", name=op.f("uq_saved_view_staff_id_name")),
    )
    op.create_table(
        "desk_keys",
        _staff_id("desk_keys"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_desk_keys")),
    )
    op.create_table(
        "comment_claim",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        _staff_id("comment_claim"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_claim_comment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_claim")),
    )


def _staff_id(table: str) -> sa.Column[int]:
    """A column for the account of somebody of the staff; the row goes with the account."""
    name = op.f(f"fk_{table}_staff_id")
    key = sa.ForeignKey("staff_user.id", name=name, ondelete="CASCADE")
    return sa.Column("staff_id", sa.Integer(), key, nullable=False)


def downgrade() -> None:
    for table in ("comment_claim", "desk_keys", "saved_view", "person_note"):
        op.drop_table(table)
    for table in ("pinned_comment", "comment_revision"):
        op.drop_table(table)
    op.drop_index("ix_person_verified_skeleton", "person")
    op.drop_index("ix_comment_risk", "comment")
    op.drop_column("comment_verdict", "passed")
    for column in PERSON:
        op.drop_column("person", column.name)
    for column in COMMENT:
        op.drop_column("comment", column.name)
