"""`blog attack`: the switch of attack mode, for who is at a terminal and not at the desk."""

from __future__ import annotations

import click

from blog.cli.app import in_app


@click.group()
def attack() -> None:
    """Begin or end attack mode, and tell what came in it."""


@attack.command()
@click.option("--hours", type=int, default=6, show_default=True, help="It ends by itself then.")
@in_app
def begin(hours: int) -> None:
    """Hold every newcomer and tighten limits for some hours from now."""
    from blog.clock import now
    from blog.db import begin_write, db
    from blog.moderation.attack import begin_attack_mode

    begin_write()
    begin_attack_mode(hours, staff=None, now=now())
    db.session.commit()
    click.echo(f"Attack mode is on for {hours} h; it ends by itself.")


@attack.command()
@in_app
def end() -> None:
    """End attack mode now."""
    from blog.clock import now
    from blog.db import begin_write, db
    from blog.moderation.attack import end_attack_mode

    begin_write()
    ended = end_attack_mode(staff=None, now=now())
    db.session.commit()
    click.echo("Attack mode has ended." if ended else "Attack mode was off already.")


@attack.command()
@in_app
def report() -> None:
    """Tell what came in the present attack mode, or in one that ended in the last week."""
    from blog.clock import now
    from blog.moderation.attack_periods import attack_report

    found = attack_report(now())
    if found is None:
        click.echo("Attack mode was not on in the last week.")
        return
    state = "It was on" if found.is_over else "It is on"
    period = found.period
    click.echo(f"{state} from {period.began_at:%Y-%m-%d %H:%M} to {period.ends_at:%Y-%m-%d %H:%M}.")
    click.echo(found.sentence)
