"""Connections to PostgreSQL: limits of time, and what happens when the server is not there."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from blog import create_app
from blog.config import Config
from blog.db import db, lift_time_limits
from blog.web.unavailable import is_unavailable
from tests.databases import PostgresServer
from tests.factories import make_post

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
TYPED = {"comment": "Worth keeping.", "author": "Ann", "email": "ann@reader.example"}


def limit_of(name: str) -> str:
    return str(db.session.scalar(text(f"SHOW {name}")))


@on_postgresql
def test_the_first_page_after_a_restart_of_the_server_is_answered(
    app: Flask, client: FlaskClient, postgres: PostgresServer
) -> None:
    postgres.keep_every_commit(str(db.engine.url.database))
    db.engine.dispose()
    make_post("one")
    assert client.get("/posts/one").status_code == 200
    db.session.rollback()
    postgres.crash_and_restart()
    assert client.get("/posts/one").status_code == 200
    assert client.post("/posts/one/comments", data=TYPED).status_code == 303


@on_postgresql
def test_a_server_that_goes_away_behind_an_answer_does_not_take_it_back(
    app: Flask, postgres: PostgresServer
) -> None:
    @app.get("/answered")
    def answered() -> str:
        db.session.execute(text("SELECT 1"))
        postgres.crash_and_restart()
        return "This stands."

    for _ in range(2):
        answer = app.test_client().get("/answered")
        assert (answer.status_code, answer.text) == (200, "This stands.")


@on_postgresql
def test_statements_of_requests_end_in_time_and_those_of_commands_may_take_longer(
    app: Flask,
) -> None:
    assert limit_of("statement_timeout") == "30s"
    assert limit_of("idle_in_transaction_session_timeout") == "30s"
    db.session.rollback()
    lift_time_limits()
    assert limit_of("statement_timeout") == "0"
    assert limit_of("idle_in_transaction_session_timeout") == "0"
    assert limit_of("lock_timeout") == "10s"
    assert limit_of("timezone") == "UTC"


@on_postgresql
def test_a_statement_that_ran_out_of_time_counts_as_a_database_that_is_away(app: Flask) -> None:
    db.session.execute(text("SET statement_timeout = 50"))
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT pg_sleep(20)"))
    assert is_unavailable(caught.value)
    db.session.rollback()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_server_that_says_nothing_costs_seconds_and_no_text(
    tmp_path: Path, silent_port: int
) -> None:
    address = f"postgresql://blog@127.0.0.1:{silent_port}/blog"
    environment = {"BLOG_INSTANCE_DIR": str(tmp_path), "BLOG_DATABASE_URL": address}
    app = create_app(Config.from_env(environment))
    began = time.monotonic()
    answer = app.test_client().post("/posts/one/comments", data=TYPED)
    assert answer.status_code == 503
    assert TYPED["comment"] in answer.text
    # Five seconds for the page cache's question, and five for the comment.
    assert time.monotonic() - began < 14
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_connection_that_writes_twice_does_not_wait_for_itself(app: Flask) -> None:
    began = time.monotonic()
    with db.engine.connect().execution_options(blog_write=True) as connection:
        for number in range(3):
            connection.execute(text(f"CREATE TABLE kept_{number} (id INTEGER)"))
            connection.commit()
    # And its turn ended with it.
    make_post("one")
    assert time.monotonic() - began < 2
