"""Posts and pages of an export: states, addresses, tags, and files of the uploads folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.config import Config
from blog.db import db
from blog.exchange.wordpress import import_wordpress
from blog.posts.models import OldAddress, Post, Tag
from tests.exchange.made_exports import comment, export, imported, item
from tests.factories import make_post

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OLD = "https://old.example/wp-content/uploads/2012/03"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def the_post() -> Post:
    return db.session.scalars(select(Post)).one()


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"status": "publish"}, "published"),
        ({"status": "future", "post_date_gmt": "2031-01-01 08:00:00"}, "scheduled"),
        ({"status": "draft"}, "draft"),
        ({"status": "pending"}, "draft"),
        ({"status": "private"}, "draft"),
        ({"status": "auto-draft"}, "draft"),
        ({"status": "trash"}, "draft"),
        ({"status": "archived"}, "draft"),
        ({"status": "publish", "post_password": "x"}, "draft"),
        ({"status": "", "post_type": ""}, "published"),
    ],
)
def test_what_was_hidden_stays_hidden(
    app: Flask, tmp_path: Path, given: dict[str, str], state: str
) -> None:
    report = imported(export(tmp_path, item(4, **given)))
    assert the_post().state(NOW) == state
    assert bool(report.changed) == (state == "draft")


def test_a_post_comes_with_all_that_belongs_to_it(app: Flask, client: FlaskClient) -> None:
    report = imported(DATA / "wxr-1.2.xml")
    post = db.session.get_one(Post, 7)
    assert (post.slug, post.title, post.author_name) == ("tides", "Tides", "Ines Vaz")
    assert post.published_at == datetime(2012, 3, 1, 8, tzinfo=UTC)
    assert post.html.strip() == "<p>High water at noon.</p>"
    assert [(tag.slug, tag.name) for tag in post.tags] == [
        ("bays", "Bays & coves"),
        ("moon", "Moon"),
    ]
    assert report.left_out["terms of the taxonomy 'boats'"].count == 1
    for path in ("/tides/", "/?p=7", "/?page_id=7", "/tide-table/", "/tide", "/tides/feed/"):
        assert client.get(path).headers.get("Location", "").startswith("/posts/tides"), path
    assert b"tides" in client.get("/search?q=noon").data


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ({"post_name": "caf%C3%A9-%e9%9d%a2"}, "cafe-面"),
        ({"post_name": "", "title": "A <em>short</em> title"}, "a-short-title"),
        ({"post_name": "", "title": "!!"}, "post-4"),
        ({"post_name": "mine"}, "mine-2"),
    ],
)
def test_slugs_are_made_free_and_readable(
    app: Flask, tmp_path: Path, given: dict[str, str], slug: str
) -> None:
    make_post("mine")
    imported(export(tmp_path, item(4, **given)))
    assert slug in db.session.scalars(select(Post.slug)).all()


def test_titles_keep_what_they_are_about(app: Flask, tmp_path: Path) -> None:
    imported(export(tmp_path, item(4, title="The &lt;title> tag &amp; <b>you</b>")))
    assert the_post().title == "The <title> tag & you"


def test_summary_and_closed_comments_come_along(app: Flask, tmp_path: Path) -> None:
    imported(export(tmp_path, item(4, excerpt="<p>In <b>short</b>.</p>", comment_status="closed")))
    assert (the_post().summary, the_post().comments_open) == ("In short.", False)


def test_uncategorized_is_no_tag(app: Flask, tmp_path: Path) -> None:
    term = '<category domain="category" nicename="uncategorized">Uncategorized</category>'
    imported(export(tmp_path, item(4, term)))
    assert db.session.scalar(select(Tag.id)) is None


def test_an_address_of_another_post_is_not_taken_away(app: Flask, tmp_path: Path) -> None:
    guid = {"guid": "https://old.example/?p=5"}
    elsewhere = {"link": "https://other.example/a/"}
    imported(export(tmp_path, item(4, **guid), item(5), item(6, **elsewhere)))
    kept = {row.path: row.post_id for row in db.session.scalars(select(OldAddress))}
    assert kept["?p=5"] == 5
    assert "/a" not in kept


def test_an_item_that_stands_twice_comes_once(app: Flask, tmp_path: Path) -> None:
    path = export(tmp_path, item(4, comment(1)), item(4, comment(2)), item(4, title="Other"))
    report = imported(path)
    assert (report.post_total, report.comment_total) == (2, 2)
    assert imported(path).post_total == 0


def test_a_dry_run_counts_the_same_and_writes_nothing(
    app: Flask, config: Config, tmp_path: Path
) -> None:
    path = export(tmp_path, item(4, comment(1), comment(2, 1), body=f'<img src="{OLD}/a.png">'))
    folder = uploads(tmp_path)
    told = import_wordpress(path, media_dir=folder, dry_run=True).lines()
    db.session.commit()
    assert db.session.scalar(select(Post.id)) is None
    assert not config.media_dir.exists()
    assert imported(path, media_dir=folder).lines()[1:] == told[1:]


def uploads(folder: Path) -> Path:
    """An uploads folder with honest files, disguised ones, and ways out of it."""
    root = folder / "uploads"
    place = root / "2012" / "03"
    place.mkdir(parents=True)
    (place / "a.png").write_bytes(PNG)
    (place / "b c.pdf").write_bytes(b"%PDF-1.4 x")
    (place / "fake.png").write_bytes(b"<script>alert(1)</script>")
    (place / "run.php").write_bytes(b"<?php ?>")
    (place / "page.html").write_bytes(b"<p>")
    (folder / "secret.png").write_bytes(PNG)
    (place / "way-out.png").symlink_to(folder / "secret.png")
    return root


def test_files_that_posts_use_are_served_from_here(
    app: Flask, client: FlaskClient, config: Config, tmp_path: Path
) -> None:
    body = (
        f'<a href="{OLD}/a.png"><img src="{OLD}/a-300x200.png" srcset="{OLD}/a-9x9.png 9w"></a>'
        f"<img src='/wp-content/uploads/2012/03/a.png'><a href=\"{OLD}/b%20c.pdf\">plan</a>"
        '<img src="https://i0.wp.com/old.example/wp-content/uploads/2012/03/a.png?w=5">'
        '<img src="https://else.example/x.png">'
    )
    report = imported(export(tmp_path, item(4, body=body)), media_dir=uploads(tmp_path))
    html = the_post().html
    assert html.count("/media/uploads/2012/03/a.png?v=") == 4
    assert "/media/uploads/2012/03/b%20c.pdf?v=" in html
    assert "srcset" not in html
    assert "old.example" not in html
    assert report.files == 2
    assert report.picture_hosts == {"else.example": 1}
    assert "site.image_hosts" in "\n".join(report.lines())
    with client.get("/media/uploads/2012/03/a.png") as answer:
        assert (answer.status_code, answer.data) == (200, PNG)
    found = sorted(path.name for path in config.media_dir.rglob("*") if path.is_file())
    assert found == ["a.png", "b c.pdf"]


@pytest.mark.parametrize(
    "name",
    ["fake.png", "run.php", "page.html", "way-out.png", "none.png", "../../../secret.png",
     "%2e%2e/%2e%2e/%2e%2e/secret.png", "..%5csecret.png", ".hidden.png"],
)  # fmt: skip
def test_nothing_else_leaves_the_folder(
    app: Flask, config: Config, tmp_path: Path, name: str
) -> None:
    body = f'<img src="{OLD}/{name}">'
    report = imported(export(tmp_path, item(4, body=body)), media_dir=uploads(tmp_path))
    assert "/media/" not in the_post().html
    assert not config.media_dir.exists()
    assert report.missing_files.count == 1


def test_a_file_of_another_blog_is_not_overwritten(
    app: Flask, config: Config, tmp_path: Path
) -> None:
    other = config.media_dir / "uploads" / "2012" / "03" / "a.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(PNG + b"other")
    body = f'<img src="{OLD}/a.png">'
    imported(export(tmp_path, item(4, body=body)), media_dir=uploads(tmp_path))
    assert other.read_bytes() == PNG + b"other"
    assert "/2012/03/a.png" in the_post().html
    assert "/media/uploads/2012" not in the_post().html
