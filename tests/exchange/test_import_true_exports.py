"""True exports, imported whole: nothing is lost, nothing is told, every old link works."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blog.clock import now
from blog.comments.models import Comment, CommentStatus, Person
from blog.db import db
from blog.exchange.models import ImportedItem
from blog.exchange.wordpress import import_wordpress
from blog.exchange.wxr import WxrError
from blog.posts.models import OldAddress, Post, PostStatus, Tag
from tests.exchange.made_exports import imported

EXPORTS = [
    "cc-labs.xml",
    "importer-slashes.xml",
    "importer-valid-wxr-1.0.xml",
    "importer-valid-wxr-1.1.xml",
    "isso-wordpress.xml",
    "theme-preview.xml",
    "themeunittestdata.wordpress.xml",
]
STATUS = {"1": "approved", "0": "pending", "spam": "spam", "trash": "trash"}
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def text(element: ET.Element, name: str) -> str:
    found = [child for child in element if child.tag.rpartition("}")[2] == name]
    return "".join(found[-1].itertext()).strip() if found else ""


def items_of(path: Path) -> list[ET.Element]:
    """The posts and pages of an export, by a plain parse that shares no code with the reader."""
    return [
        item
        for item in ET.parse(path).getroot().iter("item")
        if text(item, "post_type") in {"post", "page", ""}
    ]


def comments_of(path: Path) -> list[ET.Element]:
    return [
        child
        for item in items_of(path)
        for child in item
        if child.tag.rpartition("}")[2] == "comment"
    ]


def rows() -> dict[str, int]:
    tables = (Post, Comment, Person, Tag, OldAddress, ImportedItem)
    return {
        table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in tables
    }


@pytest.mark.parametrize("name", EXPORTS)
def test_everything_comes_once(app: Flask, name: str, shared_data: Path) -> None:
    path = shared_data / "wxr" / name
    done = imported(path)
    assert done.post_total == len(items_of(path))
    expected = Counter(
        (text(c, "comment_type") or "comment", STATUS[text(c, "comment_approved")])
        for c in comments_of(path)
    )
    assert done.comments == expected
    kept = db.session.execute(
        select(Comment.type, Comment.status, func.count()).group_by(Comment.type, Comment.status)
    )
    assert {(kind.value, status.value): n for kind, status, n in kept} == expected
    # A number that stands twice in a file, or not at all, gets a new one here.
    numbers = {int(text(c, "comment_id")) for c in comments_of(path)}
    assert numbers <= set(db.session.scalars(select(Comment.id)))
    posts = {int(text(item, "post_id")) for item in items_of(path) if text(item, "post_id")}
    assert posts <= set(db.session.scalars(select(Post.id)))

    before = rows()
    again = imported(path)
    assert rows() == before
    assert again.post_total == again.comment_total == 0
    assert again.already_here["post"] == done.post_total
    assert again.already_here["comment"] == done.comment_total


@ON_SQLITE
@pytest.mark.parametrize("name", EXPORTS)
def test_every_old_link_leads_to_its_post(
    app: Flask, client: FlaskClient, name: str, shared_data: Path
) -> None:
    path = shared_data / "wxr" / name
    imported(path)
    asked = 0
    for item in items_of(path):
        link, status = text(item, "link"), text(item, "status")
        parts = urlsplit(link)
        if status != "publish" or text(item, "post_password") or parts.path in {"", "/"}:
            continue
        answer = client.get(quote("/" + parts.path.lstrip("/"), safe="/%"))
        assert answer.status_code == 301, link
        assert client.get(answer.headers["Location"]).status_code == 200
        numbered = client.get(f"/?p={text(item, 'post_id')}")
        assert (numbered.status_code, numbered.headers["Location"]) == (
            301,
            answer.headers["Location"],
        )
        asked += 1
    assert asked or not name.startswith(("cc", "isso", "themeunit"))


@ON_SQLITE
@pytest.mark.parametrize("name", ["cc-labs.xml", "themeunittestdata.wordpress.xml"])
def test_every_comment_keeps_its_number(
    app: Flask, client: FlaskClient, name: str, shared_data: Path
) -> None:
    path = shared_data / "wxr" / name
    imported(path)
    public = db.session.execute(
        select(Comment.id, Post.slug)
        .join(Post, Comment.post_id == Post.id)
        .where(Comment.status == CommentStatus.APPROVED, Post.status == PostStatus.PUBLISHED)
    ).all()
    assert public
    for number, slug in public:
        answer = client.get(f"/comments/{number}")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(f"/posts/{quote(slug)}")
        assert answer.headers["Location"].endswith(f"#comment-{number}")
        page = client.get(answer.headers["Location"]).get_data(as_text=True)
        assert f'id="comment-{number}"' in page


@ON_SQLITE
def test_addresses_in_the_texts_of_posts_are_written_out(app: Flask, shared_data: Path) -> None:
    report = imported(shared_data / "wxr" / "cc-labs.xml")
    assert report.masked_addresses >= 3
    for slug in ("developers-landing-page-revamp", "gsoc-ccffext-1-2"):
        post = db.session.scalars(select(Post).where(Post.slug == slug)).one()
        assert " [at] " in post.source
        assert "mailto:user" not in post.html


@ON_SQLITE
@pytest.mark.parametrize("name", ["cc-labs.xml", "themeunittestdata.wordpress.xml"])
def test_no_public_answer_tells_an_address(
    app: Flask, client: FlaskClient, name: str, shared_data: Path
) -> None:
    path = shared_data / "wxr" / name
    imported(path)
    secrets = set()
    for each in comments_of(path):
        address = text(each, "comment_author_email")
        for spelling in {address, address.lower()} - {""}:
            secrets |= {spelling, spelling.replace("@", "%40"), spelling.replace("@", "&#64;")}
            secrets |= {
                hashlib.new(kind, spelling.encode()).hexdigest()
                for kind in ("md5", "sha1", "sha256")
            }
        secrets |= {text(each, "comment_author_IP")} - {"", "127.0.0.1"}
    assert secrets
    # One by one: an expression of thousands of alternatives takes forty times as long.
    folded = {secret.casefold() for secret in secrets}
    addresses = public_addresses(client)
    assert len(addresses) > 100
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code in {200, 301, 302}, address
        shown = f"{answer.headers}\n{answer.get_data(as_text=True)}".casefold()
        assert [secret for secret in folded if secret in shown] == [], address


def public_addresses(client: FlaskClient) -> list[str]:
    """What a visitor reaches: lists, feeds, and every post and tag with what hangs on them."""
    known = ["/", "/page/2", "/archive", "/series", "/search?q=the", "/search?q=example"]
    known += ["/feed", "/feed/atom", "/comments/feed", "/comments/feed/atom", "/sitemap.xml"]
    known += [f"/tags/{quote(slug)}" for slug in live_tags(client)]
    live = Post.is_live(now())
    for slug in db.session.scalars(select(Post.slug).where(live)):
        post = f"/posts/{quote(slug)}"
        known += [post, f"{post}/feed", f"{post}/feed/atom"]
    answered = db.session.execute(
        select(Post.slug, func.min(Comment.id))
        .join(Comment, Comment.post_id == Post.id)
        .where(Comment.status == CommentStatus.APPROVED, live)
        .group_by(Post.slug)
    )
    known += [f"/posts/{quote(slug)}?replytocom={number}" for slug, number in answered]
    return known


def live_tags(client: FlaskClient) -> list[str]:
    return [
        slug
        for slug in db.session.scalars(select(Tag.slug).order_by(Tag.slug))
        if client.get(f"/tags/{quote(slug)}").status_code == 200
    ]


def test_a_dry_run_tells_the_same_and_writes_nothing(app: Flask, shared_data: Path) -> None:
    path = shared_data / "wxr" / "themeunittestdata.wordpress.xml"
    told = import_wordpress(path, dry_run=True).lines()
    db.session.commit()
    assert set(rows().values()) == {0}
    assert imported(path).lines()[1:] == told[1:]


def test_a_malformed_export_writes_nothing(app: Flask, shared_data: Path) -> None:
    with pytest.raises(WxrError, match="not well-formed XML at line"):
        import_wordpress(shared_data / "wxr" / "importer-malformed.xml")
    db.session.commit()
    assert set(rows().values()) == {0}
