"""What ours is compared with, served by the same server with the same options.

`python -m tests.benchmarks.references constant|bare PORT WORKERS`; BENCH_FOLDER names the folder
with what they serve.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, g, render_template_string

from blog.cli.serve import load_server, server_options

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ANSWERS = "answers.json"
BARE_PAGE = """<!doctype html><html lang="en"><title>{{ title }}</title><ol>
{% for row in rows %}<li id="comment-{{ row.id }}"><b>{{ row.author }}</b>
<time>{{ row.created_at }}</time>{{ row.html|safe }}</li>
{% endfor %}</ol></html>"""
BARE_QUERY = (
    "SELECT id, author, created_at, html FROM comment "
    "WHERE post_id = (SELECT id FROM post WHERE slug = 'small') AND status = 'approved'"
)


def make_constant() -> WSGIApplication:
    """The least that can answer: bytes and headers that were made before, chosen by path."""
    folder = Path(os.environ["BENCH_FOLDER"])
    answers = {
        path: (status, [(str(n), str(v)) for n, v in headers], (folder / file).read_bytes())
        for path, (status, headers, file) in json.loads((folder / ANSWERS).read_text()).items()
    }

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = answers[environ["PATH_INFO"]]
        start_response(status, headers)
        return [body]

    return app


def make_bare() -> Flask:
    """Flask with one query of a hundred comments and one template, and nothing besides."""
    app = Flask("bare")
    path = Path(os.environ["BENCH_FOLDER"]) / "blog.sqlite3"

    @app.get("/bare")
    def bare() -> str:
        if "connection" not in g:
            g.connection = sqlite3.connect(path)
            g.connection.row_factory = sqlite3.Row
        rows = g.connection.execute(BARE_QUERY).fetchall()
        return render_template_string(BARE_PAGE, title="Bare", rows=rows)

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        connection: sqlite3.Connection | None = g.pop("connection", None)
        if connection is not None:
            connection.close()

    return app


def _main(name: str, port: str, workers: str) -> None:
    options = server_options("127.0.0.1", int(port), int(workers))
    load_server()(f"tests.benchmarks.references:make_{name}", **options).serve()


if __name__ == "__main__":
    _main(*sys.argv[1:])
