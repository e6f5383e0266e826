"""Pictures of posts over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.config import Config

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def media(app: Flask, config: Config) -> Path:
    folder = config.media_dir / "posts" / "it"
    folder.mkdir(parents=True)
    (folder / "a.svg").write_bytes(SVG)
    (folder / "a.webp").write_bytes(b"RIFF")
    (folder / "page.html").write_bytes(b"<script>alert(1)</script>")
    (folder / ".a.svg.0123").write_bytes(b"half")
    (config.instance_dir / "key").write_text("secret")
    return folder


@pytest.mark.usefixtures("media")
def test_a_picture_is_kept_for_good_when_addressed_with_its_digest(client: FlaskClient) -> None:
    with client.get("/media/posts/it/a.webp?v=0123456789ab") as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/webp"
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers
    with client.get("/media/posts/it/a.webp") as answer:
        assert "max-age=3600" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("media")
def test_a_picture_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    with client.get("/media/posts/it/a.svg") as answer:
        etag = answer.headers["ETag"]
    with client.get("/media/posts/it/a.svg", headers={"If-None-Match": etag}) as answer:
        assert answer.status_code == 304


@pytest.mark.usefixtures("media")
def test_an_svg_opened_by_itself_may_do_nothing(client: FlaskClient) -> None:
    with client.get("/media/posts/it/a.svg") as answer:
        assert answer.headers["Content-Type"].startswith("image/svg+xml")
        policy = answer.headers["Content-Security-Policy"]
    assert policy == "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.usefixtures("media")
def test_other_files_are_never_shown_as_pages(client: FlaskClient) -> None:
    with client.get("/media/posts/it/page.html") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize(
    "path",
    [
        "posts/it/.a.svg.0123",
        "posts/it",
        "posts/it/",
        "posts",
        "posts/it/none.svg",
        "../key",
        "%2e%2e/key",
        "posts/..%2f..%2f..%2fkey",
        "/etc/passwd",
        "posts/it/a.svg%00.png",
        "posts\\it\\a.svg",
    ],
)
def test_nothing_else_is_there(client: FlaskClient, path: str) -> None:
    assert client.get(f"/media/{path}").status_code in {301, 308, 404}
    assert client.get(f"/media/{path}", follow_redirects=True).status_code == 404
