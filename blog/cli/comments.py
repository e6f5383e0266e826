"""`blog comments`: proofs and repairs over all comments."""

from __future__ import annotations

import click

from blog.cli.app import in_app


@click.group()
def comments() -> None:
    """Count or render all comments again."""


@comments.command()
@in_app
def recount() -> None:
    """Count all comments anew and mend counts that were wrong."""
    from blog.comments.counting import recount as count_again
    from blog.db import begin_write, db

    begin_write()
    mended = count_again()
    db.session.commit()
    click.echo("All counts were right." if mended == 0 else f"Mended {mended} counts.")


@comments.command()
@click.option("--all", "everything", is_flag=True, help="Also those made by today's rules.")
@in_app
def render(everything: bool) -> None:
    """Make the safe HTML again from the sources: of comments and posts made by older rules."""
    from blog.comments.rendering import render_batches
    from blog.db import db

    count = 0
    for batch in render_batches(everything=everything):
        db.session.commit()
        count += batch
    click.echo(f"Rendered {count} texts again.")
