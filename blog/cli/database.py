"""`blog db`: the schema."""

from __future__ import annotations

import click


@click.group("db")
def db_commands() -> None:
    """Upgrade or check the schema of the database."""


@db_commands.command()
def upgrade() -> None:
    """Bring the database to the schema of this version."""
    from blog import create_app
    from blog.db import lift_time_limits
    from blog.schema import newest_revision, prepare
    from blog.schema import upgrade as upgrade_schema

    with create_app().app_context():
        lift_time_limits()
        upgrade_schema()
        prepare()
        click.echo(f"The database is at revision {newest_revision()}.")


@db_commands.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration for what the models have more (for developers)."""
    from blog import create_app
    from blog.schema import write_revision

    with create_app().app_context():
        write_revision(message)


@db_commands.command()
def check() -> None:
    """Tell whether schema, key and counts are right; exit 1 when not."""
    from blog import create_app
    from blog.comments.counting import recount
    from blog.db import begin_write, db, lift_time_limits
    from blog.errors import Refusal
    from blog.keyring import check_key
    from blog.schema import newest_revision, stored_revision

    with create_app().app_context():
        lift_time_limits()
        stored = stored_revision()
        if stored != newest_revision():
            raise Refusal(
                "old_schema",
                f"The database is at revision {stored or 'none'}, this version needs "
                f"{newest_revision()}. Run `blog db upgrade`.",
            )
        check_key()
        begin_write()
        wrong = recount()
        db.session.rollback()
        if wrong:
            raise Refusal(
                "wrong_counts",
                f"{wrong} kept counts are wrong. Run `blog comments recount`.",
            )
        click.echo(f"The database is at revision {stored}; key and counts are right.")
