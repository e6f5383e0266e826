"""`blog settings`: what an admin changes while the blog runs."""

from __future__ import annotations

import click

from blog.cli.app import in_app


@click.group()
def settings() -> None:
    """List, read and change settings."""


@settings.command("list")
@in_app
def list_settings() -> None:
    """Show every setting with its value, factory value and help."""
    from blog.settings.catalogue import as_text, catalogue, help_for, value_of
    from blog.settings.queries import load_settings

    now_set = load_settings()
    for key, item in catalogue().items():
        click.echo(f"{key} = {_line(as_text(value_of(now_set, key)))}")
        click.echo(f"    factory: {_line(as_text(item.default))}")
        click.echo(f"    {help_for(item)}")


@settings.command("get")
@click.argument("key")
@in_app
def get_setting(key: str) -> None:
    """Print the value of a setting."""
    from blog.settings.catalogue import as_text, value_of
    from blog.settings.queries import load_settings

    click.echo(as_text(value_of(load_settings(), key)))


# A value such as -1 is a value, not an option.
@settings.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("value")
@in_app
def set_setting(key: str, value: str) -> None:
    """Change a setting; a running server sees it with the next request."""
    from blog.clock import now
    from blog.db import begin_write, db
    from blog.moderation.setting_operations import change_settings
    from blog.settings.catalogue import as_text, value_of
    from blog.settings.queries import load_settings

    begin_write()
    change_settings({key: value}, staff=None, now=now())
    db.session.commit()
    click.echo(f"{key} = {_line(as_text(value_of(load_settings(), key)))}")


def _line(text: str) -> str:
    """A list on one line."""
    lines = text.splitlines()
    return text if len(lines) < 2 else f"{len(lines)} entries: {', '.join(lines[:5])}…"
