"""`blog user`: people who sign in."""

from __future__ import annotations

import sys

import click

from blog.cli.app import in_app


@click.group()
def user() -> None:
    """Add people who sign in."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="The name shown to others of the staff.")
@click.option("--role", required=True, type=click.Choice(["admin", "moderator", "author"]))
@click.option(
    "--language",
    default="en",
    show_default=True,
    type=click.Choice(["en", "de", "fr", "es"]),
    help="The language of mail to them.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@in_app
def add(email: str, name: str, role: str, language: str, password_stdin: bool) -> None:
    """Add a person with a role."""
    from blog.accounts.operations import add_user
    from blog.clock import now
    from blog.db import begin_write, db
    from blog.moderation.log import write_log

    password = (
        sys.stdin.readline().rstrip("\r\n")
        if password_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    begin_write()
    made = add_user(email, name, role, password, now(), language=language)
    db.session.flush()
    write_log("add_user", f"staff:{made.id}", staff=None, after=role, now=now())
    db.session.commit()
    click.echo(f"Added {made.name} as {role}.")
