"""`blog log`: the log of every change."""

from __future__ import annotations

import click

from blog.cli.app import in_app


@click.group()
def log() -> None:
    """Verify the log of changes."""


@log.command()
@in_app
def verify() -> None:
    """Prove that no entry of the log was changed or removed."""
    from blog.errors import Refusal
    from blog.moderation.log import verify_log

    found = verify_log()
    if not found.is_whole:
        raise Refusal("broken_log", found.sentence)
    click.echo(found.sentence)
