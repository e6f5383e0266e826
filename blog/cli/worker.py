"""`blog worker`: mail, judges and retention, beside the server or from a timer."""

from __future__ import annotations

import click

from blog.cli.app import in_app


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, apply retention, and end.")
@in_app
def worker(once: bool) -> None:
    """Deliver mail, ask judges outside, and forget what is too old."""
    from blog.errors import Refusal
    from blog.notifications.server import mail_server
    from blog.web.requestlog import configure_logging
    from blog.worker import pausing, run, run_once

    if not once:
        configure_logging()
        run(pausing)
        return
    tally = run_once()
    if tally.trouble:
        raise Refusal("mail_waits", f"{tally.trouble} What was not sent stays in the outbox.")
    if mail_server() is None:
        click.echo("BLOG_MAIL_URL is not set, so mail stays in the outbox. Retention was applied.")
        return
    click.echo(f"Sent {tally.sent} mails, put off or gave up {tally.put_off}.")
