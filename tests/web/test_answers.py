"""What every answer carries, and how errors are told."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog import create_app
from blog.config import Config
from blog.db import db
from tests.conftest import SeparateClient
from tests.factories import make_post

TYPED = {"comment": "Worth keeping.", "author": "Ann", "email": "ann@reader.example"}


def test_every_answer_has_the_policy_of_the_browser_side(client: FlaskClient, app: Flask) -> None:
    make_post("one")
    for path in ("/", "/posts/one", "/feed", "/nowhere", "/login", "/static/site.css", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'", "base-uri 'none'"):
            assert part in policy, path
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers
        assert "charset" in headers["Content-Type"] or path == "/healthz" or "css" in path


def test_with_tls_outside_the_browser_is_told_to_stay_there(
    config: Config,
) -> None:
    safe = replace(config, base_url="https://blog.example", base_url_is_set=True)
    app = create_app(safe)
    answer = app.test_client().get("/healthz", base_url="https://blog.example")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("host", ["evil.example", "blog.example.evil.example", "blog.example@evil"])
def test_a_strange_host_is_refused_and_never_in_a_link(config: Config, host: str) -> None:
    app = create_app(replace(config, base_url="https://blog.example", base_url_is_set=True))
    client = app.test_client()
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    for own in ("blog.example", "blog.example:443", "127.0.0.1:8000", "localhost"):
        page = client.get("/", headers={"Host": own})
        assert page.status_code == 200
        assert 'rel="canonical" href="https://blog.example/' in page.text
    with app.app_context():
        db.engine.dispose()


def test_errors_are_pages_for_people_and_problems_for_programs(client: FlaskClient) -> None:
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "<h1>Not Found</h1>" in page.text
    problem = client.get("/nowhere", headers={"Accept": "application/json"})
    assert problem.content_type == "application/problem+json"
    assert problem.get_json(force=True)["status"] == 404
    assert client.get("/api/v1/nothing").content_type == "application/problem+json"


@pytest.mark.parametrize("method", ["TRACE", "DELETE", "PATCH", "PROPFIND"])
def test_methods_nobody_uses_are_refused(client: FlaskClient, method: str) -> None:
    assert client.open("/", method=method).status_code in {403, 405}


def test_a_refused_body_encoding_changes_nothing(client: FlaskClient, app: Flask) -> None:
    make_post("one")
    answer = client.post(
        "/posts/one/comments", data=b"\x1f\x8b" + b"x" * 50, headers={"Content-Encoding": "gzip"}
    )
    assert answer.status_code == 415


def test_health_readiness_and_metrics_answer(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ok\n"
    assert "blog_requests_total" in client.get("/metrics").text
    outside = client.get("/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert outside.status_code == 403


@pytest.fixture
def small_app(tmp_path: Path, sqlite_template: Path) -> Flask:
    (tmp_path / "i").mkdir()
    shutil.copyfile(sqlite_template, tmp_path / "i" / "blog.sqlite3")
    app = create_app(Config.from_env({"BLOG_INSTANCE_DIR": str(tmp_path / "i")}))
    app.test_client_class = SeparateClient
    with app.app_context():
        make_post("one")
        db.session.remove()
        db.engine.dispose()
    return app


@pytest.mark.parametrize("trouble", ["locked", "gone", "read-only"])
def test_when_the_database_fails_nothing_typed_is_lost(
    small_app: Flask, tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "i" / "blog.sqlite3"
    holder = None
    if trouble == "locked":
        small_app.config["SQLALCHEMY_ENGINES"] = {}
        monkeypatch.setattr("blog.db.BUSY_TIMEOUT_MS", 200)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    elif trouble == "gone":
        path.write_bytes(b"this is no database at all" * 100)
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
    else:
        monkeypatch.setattr("blog.comments.views.begin_write", _read_only)
    answer = small_app.test_client().post("/posts/one/comments", data=TYPED)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "nothing was saved" in answer.text
    for typed in TYPED.values():
        assert typed in answer.text
    if holder is not None:
        assert small_app.test_client().get("/posts/one").status_code == 200
        holder.close()
    with small_app.app_context():
        db.engine.dispose()


def _read_only() -> None:
    from blog.db import begin_write, db

    begin_write()
    db.session.connection().exec_driver_sql("PRAGMA query_only = ON")


def test_pages_say_so_when_the_database_is_away(small_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "i" / "blog.sqlite3"
    path.write_bytes(b"this is no database at all" * 100)
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)
    for place in ("/", "/nowhere", "/posts/one", "/feed"):
        answer = small_app.test_client().get(place)
        assert answer.status_code == 503, place
        assert "database" in answer.text
        assert answer.headers["Retry-After"]
    with small_app.app_context():
        db.engine.dispose()


def test_the_address_of_a_client_is_not_taken_from_a_header_nobody_vouches_for(
    client: FlaskClient, app: Flask
) -> None:
    outside = {"REMOTE_ADDR": "203.0.113.9"}
    forged = client.get(
        "/metrics", environ_overrides=outside, headers={"X-Forwarded-For": "127.0.0.1"}
    )
    assert forged.status_code == 403


def test_log_lines_hold_no_person_and_stay_on_one_line(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    make_post("one")
    with caplog.at_level("INFO", logger="blog"):
        client.post("/posts/one/comments", data=TYPED)
        client.get("/no%0d%0aFAKE line\x1b[31m?email=ann@reader.example")
        client.get("/setup/a-secret-token")
    from blog.web.requestlog import printable

    lines = [printable(record.getMessage()) for record in caplog.records]
    assert lines
    for line in lines:
        assert "ann@" not in line
        assert "127.0.0.1" not in line
        assert "\n" not in line
        assert "a-secret-token" not in line


def test_a_mistake_of_ours_is_not_called_an_outage_and_logs_no_words_of_a_reader(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    make_post("one")
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE comment_verdict")
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.post("/posts/one/comments", data=TYPED)
    assert answer.status_code == 500
    logged = caplog.text + "".join(str(record.exc_info) for record in caplog.records)
    assert "A request failed" in logged
    for typed in TYPED.values():
        assert typed not in logged
