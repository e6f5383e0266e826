"""Owners and revisions of posts, former settings, second factors, invitations, figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
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
    op.create_table(
        "review_pace",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.String(length=40), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_review_pace_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_pace")),
    )
    op.create_index(op.f("ix_log_entry_made_at"), "log_entry", ["made_at"])
    _add_tables_of_accounts()


def _add_tables_of_accounts() -> None:
    op.create_table(
        "staff_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=245), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "expires_at > created_at", name=op.f("ck_staff_invitation_ends_after_made")
        ),
        sa.CheckConstraint(
            "role IN ('admin', 'moderator', 'author')", name=op.f("ck_staff_invitation_role_known")
        ),
        _of_staff("staff_invitation", "invited_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitation_token_hash")),
    )
    op.create_table(
        "staff_totp_key",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_counter", sa.BigInteger(), nullable=True),
        _of_staff("staff_totp_key"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_staff_totp_key")),
    )
    op.create_table(
        "staff_recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _of_staff("staff_recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_recovery_code")),
        sa.UniqueConstraint(
            "user_id", "code_hash", name=op.f("uq_staff_recovery_code_user_id_code_hash")
        ),
    )
    op.create_table(
        "staff_passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=245), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _of_staff("staff_passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_staff_passkey_credential_id")),
    )
    op.create_index(op.f("ix_staff_passkey_user_id"), "staff_passkey", ["user_id"])


def _of_staff(table: str, column: str = "user_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["staff_user.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_log_entry_made_at"), table_name="log_entry")
    op.drop_table("review_pace")
    for table in ("staff_passkey", "staff_recovery_code", "staff_totp_key", "staff_invitation"):
        op.drop_table(table)
    op.drop_table("former_setting")
    op.drop_table("post_revision")
    op.drop_index(op.f("ix_post_owner_id"), table_name="post")
    op.drop_column("post", "revision")
    op.drop_column("post", "owner_id")
