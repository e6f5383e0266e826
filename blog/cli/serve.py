"""`blog serve`: the production server."""

from __future__ import annotations

import os
import sys

import click

MOST_WORKERS_BY_ITSELF = 4
THREADS = 8


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; one per core by default.")
@click.option("--sample", is_flag=True, help="Publish the bundled series into an empty blog.")
def serve(host: str, port: int, workers: int | None, sample: bool) -> None:
    """Serve the blog; migrates first on SQLite."""
    os.environ["PORT"] = str(port)
    _prepare(host, port, sample)
    _serve(host, port, workers or min(os.cpu_count() or 1, MOST_WORKERS_BY_ITSELF))


def _prepare(host: str, port: int, sample: bool) -> None:
    """Schema, sample and the first admin's link, done once before the workers start."""
    from blog import create_app
    from blog.accounts.operations import make_first_admin_link
    from blog.accounts.queries import has_admin
    from blog.clock import now
    from blog.config import Config
    from blog.db import begin_write, db
    from blog.schema import prepare

    config = Config.from_env()
    app = create_app(config)
    with app.app_context():
        prepare()
        if sample:
            from blog.cli.publish import publish_sample

            publish_sample(config)
        address = config.base_url if config.base_url_is_set else f"http://{host}:{port}"
        click.echo(f"The blog is at {address}/")
        if not has_admin():
            begin_write()
            token = make_first_admin_link(now())
            db.session.commit()
            click.echo("There is no admin yet. Make the first one here, once, within 24 hours:")
            click.echo(f"  {address}/setup/{token}")
        sys.stdout.flush()
        # The parent only watches the workers; it must not keep connections they would inherit.
        db.session.remove()
        db.engine.dispose()


def _serve(host: str, port: int, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    server = Granian(
        "blog.serving:make_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    )
    server.serve()
