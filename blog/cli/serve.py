"""`blog serve`: the production server."""

from __future__ import annotations

import gc
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from blog.config import Config, ConfigError

if TYPE_CHECKING:
    from flask import Flask

MOST_WORKERS_BY_ITSELF = 4


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; one per core by default.")
@click.option("--sample", is_flag=True, help="Publish the bundled series into an empty blog.")
def serve(host: str, port: int, workers: int | None, sample: bool) -> None:
    """Serve the blog; migrates first on SQLite."""
    _refuse_taken_port(host, port)
    os.environ["PORT"] = str(port)
    count = workers or min(os.cpu_count() or 1, MOST_WORKERS_BY_ITSELF)
    with tempfile.TemporaryDirectory(prefix="blog-metrics-") as counters:
        # Workers count in files, so that /metrics tells of all of them whichever answers.
        # Told before anything that counts is loaded.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
        app = _load()
        with _in_a_child(lambda: _prepare(app, host, port, sample)):
            # Meanwhile, on another core where there is one.
            granian = load_server()
        granian("blog.serving:make_app", **server_options(host, port, count)).serve()


def _load() -> Flask:
    """Load what the workers need, once: they begin as copies and share the memory of it."""
    # Nothing that is loaded will ever be garbage; make_ready() goes on looking for it.
    gc.disable()
    from blog.serving import make_ready

    return make_ready()


@contextmanager
def _in_a_child(work: Callable[[], None]) -> Iterator[None]:
    """Do it in a process of its own while the block runs, and end with it when it fails.

    What it loads and leaves behind, such as the tools for migrations, and every connection it
    opens, are gone with it; the workers would carry them along.
    """
    child = os.fork()
    if child == 0:
        work()
        # Nothing of the parent's is tidied away here; what work() raises instead is told where
        # all commands are begun.
        sys.stdout.flush()
        os._exit(0)
    try:
        yield
    finally:
        _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(os.waitstatus_to_exitcode(status))


def _refuse_taken_port(host: str, port: int) -> None:
    """The server shares its port among workers, so it would share it with a stranger too."""
    try:
        with socket.create_server((host, port), family=_family(host)):
            return
    except OSError as error:
        raise ConfigError(
            f"Nothing can listen on {host} port {port} ({error.strerror or error}); expected a "
            "free port of this machine. Choose another with --port."
        ) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _prepare(app: Flask, host: str, port: int, sample: bool) -> None:
    """Schema, sample and the first admin's link, done once before the workers start."""
    from blog.accounts.operations import make_first_admin_link
    from blog.accounts.queries import has_admin
    from blog.clock import now
    from blog.db import begin_write, db
    from blog.schema import prepare

    config: Config = app.extensions["blog_config"]
    with app.app_context():
        prepare()
        _tidy()
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


def _tidy() -> None:
    """What is done at each start: texts of older rules made anew, stale sign-ins forgotten."""
    from blog.accounts.operations import forget_stale_sign_ins
    from blog.clock import now
    from blog.comments.rendering import other_rules_made_some, render_batches
    from blog.db import begin_write, db

    if other_rules_made_some():
        for _ in render_batches(everything=False):
            db.session.commit()
    begin_write()
    forget_stale_sign_ins(now())
    db.session.commit()


def load_server() -> Callable[..., Any]:
    """Load Granian; `make bench` serves its references by the same."""
    # Read as it is loaded. It takes memory in a way of its own (jemalloc), with a heap for each
    # core and a stock for each thread, in which copies of whole pages would lie: half a megabyte a
    # thread. Small things stay in stock; where it has no such allocator this does nothing.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1,tcache_max:1024")
    from granian import Granian

    return Granian


def server_options(host: str, port: int, workers: int) -> dict[str, Any]:
    """What Granian is told besides the app; `make bench` serves its references by the same."""
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from blog.serving import THREADS

    return {
        "factory": True,
        "address": host,
        "port": port,
        "interface": Interfaces.WSGI,
        "workers": workers,
        "blocking_threads": THREADS,
        "websockets": False,
        "http1_settings": HTTP1Settings(header_read_timeout=15_000),
        "log_level": LogLevels.error,
        "respawn_failed_workers": True,
        "workers_kill_timeout": 30,
    }
