"""Numbers of people and of notes about them are used once.

SQLite gives the number of a row that is gone to the next one, so that what the log tells of
somebody who was erased would be told of a stranger. PostgreSQL counts on by itself.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("person", "person_note")


def upgrade() -> None:
    _make_anew(uses_numbers_once=True)


def downgrade() -> None:
    _make_anew(uses_numbers_once=False)


def _make_anew(*, uses_numbers_once: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in TABLES:
        options = {"sqlite_autoincrement": uses_numbers_once}
        with op.batch_alter_table(table, recreate="always", table_kwargs=options):
            pass
