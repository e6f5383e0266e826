"""Commenters' addresses in the texts of an export: written out wherever a page would show them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.comments.models import Comment
from blog.db import db
from blog.exchange.masking import AddressMask
from blog.exchange.wxr import check_wxr
from blog.posts.models import Post, Tag
from tests.exchange.made_exports import comment, export, imported, item

ADA = "ada.l@mail.example"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"Write to {ADA}.", "Write to ada.l [at] mail.example."),
        ("ADA.L@Mail.Example", "ADA.L [at] Mail.Example"),
        ("?to=ada.l%40mail.example&b", "?to=ada.l [at] mail.example&b"),
        ("ada.l%2540mail.example", "ada.l [at] mail.example"),
        ("ada.l&#64;mail.example", "ada.l [at] mail.example"),
        ("ada.l&#0064mail.example", "ada.l [at] mail.example"),
        ("ada.l&#x40;mail.example", "ada.l [at] mail.example"),
        ("ada.l&amp;#64;mail.example", "ada.l [at] mail.example"),
        ("ada.l&commat;mail.example", "ada.l [at] mail.example"),
        ("&#97;da.l@&#109;ail.example", "&#97;da.l [at] &#109;ail.example"),
        ("mailto:%61da.l@mail.example?subject=x", "mailto:%61da.l [at] mail.example?subject=x"),
        ("ada.l<b>@</b>mail.example", "ada.l<b> [at] </b>mail.example"),
        (f"Contact<br>{ADA}<br>now", "Contact<br>ada.l [at] mail.example<br>now"),
        (f"写信{ADA}谢谢", "写信ada.l [at] mail.example谢谢"),
        (f"<{ADA}>", "<ada.l [at] mail.example>"),
        (f"{ADA},{ADA}", "ada.l [at] mail.example,ada.l [at] mail.example"),
        ("ada.l\uff20mail.example", "ada.l [at] mail.example"),
    ],
)
def test_a_known_address_is_written_out_in_every_spelling(text: str, written: str) -> None:
    assert AddressMask({ADA}).written_out(text) == (written, written.count("[at]"))


@pytest.mark.parametrize(
    "text",
    [
        "nada.l@mail.example",
        "ada.l@mail.examples",
        "ada.l @mail.example",
        "ada@mail.example",
        "ada.l&#640;mail.example",
        "ada.l mail.example",
        "@",
        "@@@",
        "",
    ],
)
def test_all_else_stays_as_it_is(text: str) -> None:
    assert AddressMask({ADA, "no address", "@", "x@", "@y"}).written_out(text) == (text, 0)


@pytest.mark.parametrize("piece", ["@", "a.@", "&amp;", "%25", "<", "&#97;", "ada.l@mail.", "<a>@"])
def test_a_hostile_text_takes_linear_time(piece: str) -> None:
    mask = AddressMask({ADA, *(f"{'x.' * number}y@h{number}.example" for number in range(60))})
    started = time.process_time()
    assert mask.written_out(piece * (1_000_000 // len(piece)))[1] == 0
    assert time.process_time() - started < 30


def test_the_check_collects_addresses_and_does_not_tell_them(tmp_path: Path) -> None:
    said = [
        comment(1, comment_author_email=" Ada.L@Mail.Example "),
        comment(2, comment_author_email=ADA, comment_approved="spam"),
        comment(3, comment_author_email=""),
        comment(4, comment_author_email="x" * 400 + "@mail.example"),
    ]
    summary = check_wxr(export(tmp_path, item(1, *said)))
    assert summary.addresses == {ADA}
    assert "mail.example" not in repr(summary)


def test_no_text_of_an_import_shows_an_address(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    said = [
        comment(1, comment_author_email=ADA),
        comment(
            2,
            comment_author=f"Not {ADA}",
            comment_author_url=f"https://a.example/?u={ADA}",
            comment_content=f'Ask {ADA} or <a href="mailto:ada.l%40mail.example">her</a>.',
        ),
    ]
    body = (
        f'<a href="mailto:{ADA}">Mail her</a> at ada.l&#64;mail.example or at <b>else@b.example</b>'
        f'[caption width="9" caption="By {ADA}"]<img src="https://a.example/a.png">[/caption]'
    )
    term = f'<category domain="post_tag" nicename="ada">{ADA}</category>'
    given = {"title": f"Of {ADA}", "excerpt": f"<p>By {ADA}</p>", "creator": ADA}
    report = imported(export(tmp_path, item(1, *said, term, body=body, **given)))
    post = db.session.get_one(Post, 1)
    assert (post.title, post.summary) == (
        "Of ada.l [at] mail.example",
        "By ada.l [at] mail.example",
    )
    assert "mailto" not in post.html
    assert "Mail her at ada.l [at] mail.example" in post.html
    assert "else@b.example" in post.html
    assert "By ada.l [at] mail.example" in post.html
    assert post.author_name == "ada.l [at] mail.example"
    assert db.session.scalar(select(Tag.name)) == "ada.l [at] mail.example"
    second = db.session.get_one(Comment, 2)
    assert (second.author, second.url) == ("Not ada.l [at] mail.example", "")
    assert "Ask ada.l [at] mail.example or her." in second.html
    for path in (
        "/",
        "/posts/post-1",
        "/feed",
        "/comments/feed/atom",
        "/search?q=mail",
        "/archive",
    ):
        page = client.get(path).get_data(as_text=True).lower()
        assert "mail.example" in page or path == "/archive"
        assert ADA not in page
    told = "\n".join(report.lines())
    assert "10 addresses of commenters stood in posts and comments; they are written as" in told
    assert ADA not in told


def test_a_masked_comment_that_stands_twice_comes_once(app: Flask, tmp_path: Path) -> None:
    given: dict[str, Any] = {"comment_author_email": ADA, "comment_content": f"I am {ADA}"}
    path = export(tmp_path, item(1, comment(7, **given), comment(7, **given)))
    report = imported(path)
    assert (report.comment_total, report.masked_addresses) == (1, 1)
    assert "1 address of commenters stood in posts and comments; it is" in "\n".join(report.lines())
    again = imported(path)
    assert (again.comment_total, again.masked_addresses) == (0, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_addresses_are_masked_before_other_processes_clean(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blog.exchange.wordpress_comments.process_count", lambda _: 2)
    given: dict[str, Any] = {"comment_author_email": ADA, "comment_content": f"I am {ADA}"}
    report = imported(export(tmp_path, item(1, *(comment(n, **given) for n in range(1, 1_201)))))
    assert report.masked_addresses == 1_200
    kept = {(text, safe) for text, safe in db.session.execute(select(Comment.text, Comment.html))}
    assert kept == {("I am ada.l [at] mail.example", "<p>I am ada.l [at] mail.example</p>")}
