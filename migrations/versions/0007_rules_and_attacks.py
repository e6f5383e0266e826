"""Rules of the staff with their versions, times of attack mode, former verified names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = "words", "pieces", "pattern", "links", "domain", "mail_domain", "address", "network", "name"


def upgrade() -> None:
    op.create_table(
        "screening_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_rule")),
        sqlite_autoincrement=True,
    )
    known = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_table(
        "screening_rule_version",
        sa.Column("rule_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=20), nullable=True),
        sa.Column("does", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.CheckConstraint(f"kind IN ({known})", name=op.f("ck_screening_rule_version_kind")),
        sa.CheckConstraint(
            "does IN ('hold', 'refuse')", name=op.f("ck_screening_rule_version_does")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["screening_rule.id"],
            name=op.f("fk_screening_rule_version_rule_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_screening_rule_version")),
    )
    op.create_index(
        op.f("ix_screening_rule_version_made_at"), "screening_rule_version", ["made_at"]
    )
    op.create_table(
        "attack_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_by", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attack_period")),
    )
    op.create_table(
        "former_name",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=245), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["log_entry.id"], name=op.f("fk_former_name_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_former_name_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_former_name")),
    )
    op.create_index(op.f("ix_former_name_person_id"), "former_name", ["person_id"])
    op.create_index(op.f("ix_former_name_made_at"), "former_name", ["made_at"])


def downgrade() -> None:
    op.drop_table("former_name")
    op.drop_table("attack_period")
    op.drop_table("screening_rule_version")
    op.drop_table("screening_rule")
