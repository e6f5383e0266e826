"""Starting and stopping what is measured: the blog, what it is compared with, nginx."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from blog import create_app
from blog.config import Config
from blog.db import db
from blog.schema import prepare
from tests.benchmarks.content import Maker
from tests.benchmarks.processes import processor_seconds
from tests.benchmarks.references import ANSWERS

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
START_TIMEOUT = 60
STOP_TIMEOUT = 40
DRAIN_TIMEOUT = 10
_ports = itertools.count(8620)
NGINX = """
daemon off; {user} worker_processes {workers}; error_log {folder}/error.log; pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  default_type "text/html; charset=utf-8";
  server {{ listen 127.0.0.1:{port}; root {folder}; {locations} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers, and the process that stands above its workers."""

    pid: int
    port: int

    def drain(self) -> None:
        """Wait until it has nothing more to do, so that one run does not weigh on the next."""
        end, before = time.monotonic() + DRAIN_TIMEOUT, -1.0
        while (now := processor_seconds(self.pid)) > before + 0.011:  # one tick is no work
            if time.monotonic() > end:
                raise RuntimeError("a server is still at work long after its last request")
            before = now
            time.sleep(0.1)


def blog_environment(instance: Path, database_url: str = "") -> dict[str, str]:
    """The environment of a blog in this folder, without what is set where the bench runs."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
    plain["BLOG_INSTANCE_DIR"] = str(instance)
    if database_url:
        plain["BLOG_DATABASE_URL"] = database_url
    return plain


def make_blog(
    instance: Path, fill: Callable[[Maker], None], database_url: str = ""
) -> dict[str, str]:
    """Make a blog and what is in it; returns the environment in which to serve it."""
    environment = blog_environment(instance, database_url)
    app: Flask = create_app(Config.from_env(environment))
    with app.app_context():
        prepare()
        maker = Maker()
        fill(maker)
        maker.finish()
        db.session.remove()
        db.engine.dispose()
    return environment


@contextmanager
def serve_blog(environment: Mapping[str, str], workers: int) -> Iterator[Server]:
    """`blog serve` on this instance."""
    port = next(_ports)
    words = ["-m", "blog", "serve", "--port", str(port), "--workers", str(workers)]
    with _running([sys.executable, *words], environment, port, "/healthz") as server:
        yield server


@contextmanager
def serve_reference(name: str, folder: Path, workers: int, path: str) -> Iterator[Server]:
    """One of the apps in `references`, with the blog's own server and options."""
    port = next(_ports)
    words = ["-m", "tests.benchmarks.references", name, str(port), str(workers)]
    environment = {**os.environ, "BENCH_FOLDER": str(folder)}
    with _running([sys.executable, *words], environment, port, path) as server:
        yield server


@contextmanager
def serve_nginx(folder: Path, locations: str, workers: int, path: str) -> Iterator[Server]:
    """nginx with files from this folder, nothing logged, connections kept."""
    port = next(_ports)
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or "nginx"
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(user=user, workers=workers, folder=folder, port=port, locations=locations)
    )
    with _running([program, "-c", str(config)], os.environ, port, path) as server:
        yield server


def write_answers(folder: Path, answers: Mapping[str, tuple[str, Sequence[object], bytes]]) -> None:
    """Give the constant app its answers: by path the status, the headers and the body."""
    listed = {}
    for number, (path, (status, headers, body)) in enumerate(answers.items()):
        file = f"answer-{number}"
        (folder / file).write_bytes(body)
        listed[path] = (status, headers, file)
    (folder / ANSWERS).write_text(json.dumps(listed))


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], port: int, path: str
) -> Iterator[Server]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_answer(process, port, path)
        yield Server(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_answer(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Ask until something answers without an error. Raises RuntimeError when the process ends."""
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        connection = http.client.HTTPConnection(HOST, port, timeout=10)
        try:
            connection.request("GET", path)
            if connection.getresponse().status < 400:
                return
        except OSError:
            pass  # it does not listen yet
        finally:
            connection.close()
        time.sleep(0.005)
    raise RuntimeError(f"nothing answered on port {port} in {START_TIMEOUT} seconds")
