"""Indexes hold only the rows that are ever looked for by them.

Most comments answer nobody, most mails belong to no digest, and few names are verified; yet each
new row wrote a page of each of these indexes for a value that is nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_comment_answers_id", "comment", ["answers_id"], "answers_id IS NOT NULL"),
    (
        "ix_comment_replies",
        "comment",
        ["root_id", "status", "created_at", "id"],
        "root_id IS NOT NULL",
    ),
    ("ix_person_verified_skeleton", "person", ["verified_skeleton"], "verified_skeleton > ''"),
    ("ix_mail_person_id", "mail", ["person_id"], "person_id IS NOT NULL"),
    ("ix_mail_digest", "mail", ["digest_key", "state"], "digest_key IS NOT NULL"),
    ("ix_mail_merged_into", "mail", ["merged_into"], "merged_into IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, columns, condition in INDEXES:
        op.drop_index(name, table_name=table)
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, columns, _ in INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
