"""Writing posts in the browser: saved, previewed, scheduled, refused without loss, brought back."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from blog.accounts.models import User
from blog.clock import now
from blog.db import begin_write, db, is_sqlite
from blog.errors import Conflict
from blog.moderation import post_operations
from blog.moderation.models import LogEntry
from blog.posts.document import PostDocument
from blog.posts.models import Post, PostStatus
from blog.posts.operations import PostValues, save_post
from blog.posts.publishing import render_source
from tests.factories import make_post, make_staff
from tests.moderation.desk import ADMIN, AUTHOR, POST_FORM, Visit, send

pytestmark = pytest.mark.usefixtures("app")


def stored(slug: str) -> Post:
    db.session.rollback()
    return db.session.scalars(select(Post).where(Post.slug == slug)).one()


def write(browser: FlaskClient, post: Post | None = None, **typed: Any) -> TestResponse:
    path = f"/admin/posts/{post.id}" if post else "/admin/posts/new"
    seen = str(post.revision) if post else ""
    return send(browser, path, {**POST_FORM, "seen": seen, **typed})


def test_a_post_is_written_and_read(visit: Visit) -> None:
    browser = visit(ADMIN)
    answer = write(
        browser,
        title="Café notes",
        body="Some *strong* words.",
        series="Notes",
        part="3",
        tags="coffee, tea",
        see_also="other-post",
    )
    assert answer.status_code == 303
    page = browser.get("/posts/cafe-notes").text
    assert "<em>strong</em>" in page
    assert "coffee" in page
    form = browser.get(answer.headers["Location"]).text
    assert "Saved as published." in form
    for value in ("Notes", "3", "coffee, tea", "other-post"):
        assert f'value="{value}"' in form
    entry = db.session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.after) == ("make_post", "revision 1")


def test_a_preview_saves_nothing_and_shows_what_saving_would(visit: Visit) -> None:
    browser = visit(ADMIN)
    answer = write(browser, body="One <script>x()</script> **word**", do="preview")
    assert answer.status_code == 200
    assert "<strong>word</strong>" in answer.text
    assert "<script>x" not in answer.text
    assert "One &lt;script&gt;x()&lt;/script&gt; **word**</textarea>" in answer.text
    assert db.session.scalar(select(Post.id)) is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "T" * 301}, "title"),
        ({"body": "\u200b"}, "body"),
        ({"slug": "Not A Slug"}, "slug"),
        ({"part": "2"}, "part"),
        ({"series": "S", "part": "x"}, "part"),
        ({"date": "soon"}, "date"),
        ({"tags": "t" * 61}, "tags"),
        ({"see_also": "Not a slug"}, "see_also"),
        ({"summary": "with \x01 control"}, "summary"),
        ({"state": "sent"}, "state"),
    ],
)
def test_what_does_not_fit_is_told_and_all_that_was_typed_stays(
    visit: Visit, typed: dict[str, Any], field: str
) -> None:
    kept: dict[str, Any] = {
        "title": "Kept & <b>",
        "body": "\nKept text  ",
        "author": "A. Writer",
        **typed,
    }
    answer = write(visit(ADMIN), **kept)
    assert answer.status_code == 422
    assert f'id="post-{field}-error"' in answer.text
    assert 'value="A. Writer"' in answer.text
    if "body" not in typed:
        assert "\n\nKept text  </textarea>" in answer.text
    if "title" not in typed:
        assert 'value="Kept &amp; &lt;b&gt;"' in answer.text
    assert db.session.scalar(select(Post.id)) is None


def test_a_draft_is_unseen_and_a_date_to_come_schedules(visit: Visit, clock: Any) -> None:
    browser = visit(ADMIN)
    write(browser, title="Hidden", state="draft")
    assert browser.get("/posts/hidden").status_code == 404
    assert stored("hidden").status == PostStatus.DRAFT
    write(browser, title="Later", date="2026-11-23T09:00")
    assert browser.get("/posts/later").status_code == 404
    assert "scheduled" in browser.get("/admin/posts?state=scheduled").text
    clock.move(days=1)
    assert browser.get("/posts/later").status_code == 200


def test_a_save_from_an_old_form_is_409_and_both_texts_are_there(visit: Visit) -> None:
    browser, colleague = visit(ADMIN), visit(ADMIN)
    write(browser, title="Shared", body="First.")
    post = stored("shared")
    assert write(colleague, post, title="Shared", body="Theirs.").status_code == 303
    answer = write(browser, post, title="Shared", body="Mine.", seen="1")
    assert answer.status_code == 409
    assert "Mine.</textarea>" in answer.text
    assert "Theirs.</textarea>" in answer.text
    assert stored("shared").source == "Theirs."
    seen = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert seen is not None
    again = write(browser, post, title="Shared", body="Both.", seen=seen[1])
    assert again.status_code == 303
    assert stored("shared").source == "Both."


def test_a_thread_closed_meanwhile_is_not_opened_by_an_old_form(visit: Visit) -> None:
    browser = visit(ADMIN)
    write(browser, title="Shared")
    post = stored("shared")
    send(browser, "/admin/posts", {"post": str(post.id), "comments": "closed"})
    assert write(browser, post, title="Shared", body="New.", seen="1").status_code == 409
    assert not stored("shared").comments_open


def test_a_revision_is_shown_and_restored(visit: Visit) -> None:
    browser = visit(ADMIN)
    write(browser, title="Old title", slug="kept", body="Old *text*.", tags="one")
    write(browser, stored("kept"), title="New title", body="New text.", tags="two")
    post = stored("kept")
    path = f"/admin/posts/{post.id}/revisions/1"
    assert "Old <em>text</em>." in browser.get(path).text
    assert send(browser, path, {"seen": "1"}).status_code == 409
    assert send(browser, path, {"seen": "2"}).status_code == 303
    post = stored("kept")
    assert (post.title, post.source, post.revision) == ("Old title", "Old *text*.", 3)
    assert [tag.name for tag in post.tags] == ["one"]
    assert browser.get(f"/admin/posts/{post.id}/revisions/9").status_code == 404
    last = db.session.scalars(select(LogEntry).order_by(LogEntry.id.desc())).first()
    assert last is not None
    assert last.reason == "restored revision 1"


def test_an_imported_post_stays_html_and_its_first_form_is_kept(visit: Visit) -> None:
    make_post("old", title="Old", source="<p>Old</p>", html="<p>Old</p>", source_format="html")
    browser = visit(ADMIN)
    post = stored("old")
    assert write(browser, post, title="Old", body="<p>New<br>*x*</p>").status_code == 303
    assert "*x*" in stored("old").html
    assert "<p>Old</p>" in browser.get(f"/admin/posts/{post.id}/revisions/1").text


def test_saving_what_stands_already_changes_nothing(visit: Visit) -> None:
    make_post("same")
    browser = visit(ADMIN)
    post = stored("same")
    page = browser.get(f"/admin/posts/{post.id}").text
    when = re.search(r'name="date"[^>]*value="([^"]*)"', page)
    assert when is not None
    typed = {"title": post.title, "body": post.source, "date": when[1]}
    assert write(browser, post, **typed).status_code == 303
    assert "Nothing was changed." in browser.get("/admin/posts").text
    assert stored("same").revision == 0


def test_parts_of_a_series_change_places_by_buttons(visit: Visit) -> None:
    for number, slug in [(2, "a"), (5, "b"), (None, "c")]:
        make_post(slug, series="Ordered", part=number)
    browser = visit(ADMIN)
    series_id = stored("a").series_id

    def parts() -> Sequence[tuple[str, int | None]]:
        return [(slug, stored(slug).part) for slug in "abc"]

    def move(way: str, slug: str) -> int:
        data = {"move": f"{way}:{stored(slug).id}"}
        return send(browser, f"/admin/series/{series_id}", data).status_code

    assert move("up", "c") == 303
    assert parts() == [("a", 2), ("b", 6), ("c", 5)]
    assert move("down", "a") == 303
    assert parts() == [("a", 5), ("b", 6), ("c", 2)]
    assert move("down", "b") == 303
    assert "stands at the end already" in browser.get(f"/admin/posts?series={series_id}").text
    assert parts() == [("a", 5), ("b", 6), ("c", 2)]
    assert move("sideways", "b") == 422
    assert move("up", "a") == 303


def test_all_parts_of_a_series_are_brought_into_an_order_at_once(visit: Visit) -> None:
    for number, slug in [(2, "a"), (5, "b"), (None, "c")]:
        make_post(slug, series="Ordered", part=number)
    browser = visit(ADMIN)
    path = f"/admin/series/{stored('a').series_id}"
    ids = {slug: str(stored(slug).id) for slug in "abc"}

    def bring(order: str) -> int:
        typed = ",".join(ids.get(slug, slug) for slug in order)
        return send(browser, path, {"order": typed}).status_code

    assert bring("cab") == 303
    assert [(slug, stored(slug).part) for slug in "abc"] == [("a", 5), ("b", 6), ("c", 2)]
    last = db.session.scalars(select(LogEntry).order_by(LogEntry.id.desc())).first()
    assert last is not None
    assert (last.action, last.after) == ("order_series", "2: c, 5: a, 6: b")
    assert bring("cab") == 303
    assert "It stands in that order already." in browser.get("/admin/posts").text
    # Another part came or went while the page was open, or it is no list of parts at all.
    for order in ("ca", "cabb", "caa", "ca9", "x"):
        assert bring(order) == 409, order
    assert [(slug, stored(slug).part) for slug in "abc"] == [("a", 5), ("b", 6), ("c", 2)]


def test_an_author_writes_the_own_posts_alone(visit: Visit) -> None:
    admin, author = visit(ADMIN), visit(AUTHOR)
    write(admin, title="Theirs")
    write(author, title="Mine")
    theirs, mine = stored("theirs"), stored("mine")
    assert "Theirs" not in author.get("/admin/posts").text
    assert "Mine" in author.get("/admin/posts").text
    assert write(author, mine, title="Mine", body="Mended.").status_code == 303
    assert write(author, theirs, title="Theirs", body="Taken.").status_code == 403
    for path in (f"/admin/posts/{theirs.id}", f"/admin/posts/{theirs.id}/revisions/1"):
        assert author.get(path).status_code == 403
    closing = {"post": str(theirs.id), "comments": "closed"}
    assert send(author, "/admin/posts", closing).status_code == 403
    # An owner in the form counts from an admin alone.
    write(author, stored("mine"), title="Mine", owner="")
    assert stored("mine").owner_id is not None
    author_id = db.session.scalar(select(User.id).where(User.role == AUTHOR))
    write(admin, stored("theirs"), title="Theirs", owner=str(author_id))
    assert author.get(f"/admin/posts/{theirs.id}").status_code == 200


def test_a_post_longer_than_any_comment_is_taken(visit: Visit) -> None:
    browser = visit(ADMIN)
    assert write(browser, title="Long", body="слово " * 100_000).status_code == 303
    assert len(stored("long").source) > 500_000


def test_a_taken_address_or_part_is_told_and_nothing_is_made(visit: Visit) -> None:
    browser = visit(ADMIN)
    write(browser, title="One", series="S", part="1")
    taken = write(browser, title="One", body="Again.")
    assert taken.status_code == 409
    assert "Again.</textarea>" in taken.text
    clash = write(browser, title="Two", series="S", part="1")
    assert clash.status_code == 422
    assert 'id="post-part-error"' in clash.text
    begin_write()
    assert db.session.scalars(select(Post.slug)).all() == ["one"]


def test_a_slug_that_is_taken_while_the_post_is_rendered_stays_with_the_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    me = make_staff(AUTHOR)

    def theirs() -> None:
        values = PostValues(
            slug="wanted",
            title="Theirs",
            source="Theirs.",
            html="<p>Theirs.</p>",
            status=PostStatus.DRAFT,
            published_at=None,
        )
        save_post(values, now=now())

    def in_another_session() -> None:
        with app.app_context():
            begin_write()
            theirs()
            db.session.commit()

    def slow(*given: Any, **named: Any) -> str:
        if is_sqlite():  # which lets nobody else write meanwhile
            theirs()
        else:
            other = threading.Thread(target=in_another_session)
            other.start()
            other.join()
        return render_source(*given, **named)

    monkeypatch.setattr("blog.moderation.post_operations.render_source", slow)
    document = PostDocument(title="Mine", slug="wanted", body="Mine.", published_at=None)
    begin_write()
    with pytest.raises(Conflict) as refused:
        post_operations.make_post(document, staff=me, media_dir=tmp_path, now=now())
    assert refused.value.field == "slug"
    post = db.session.scalars(select(Post).where(Post.slug == "wanted")).one()
    assert (post.title, post.source, post.owner_id) == ("Theirs", "Theirs.", None)


def test_an_author_is_told_nothing_of_posts_of_others_that_are_not_published(visit: Visit) -> None:
    hidden: dict[str, Any] = {"status": PostStatus.DRAFT, "published_at": None}
    make_post("secret", title="Layoffs ahead", series="Shared", part=2, **hidden)
    make_post("live", title="All may read", series="Shared", part=1)
    make_post("quiet", title="Merger", series="Unannounced", **hidden)
    series_id = stored("secret").series_id
    browser, admin = visit(AUTHOR), visit(ADMIN)
    write(browser, title="My part", series="Shared", part="3")
    write(browser, title="My draft", series="My plans", state="draft")
    shared = f"/admin/posts?series={series_id}"
    page = browser.get(shared).text
    assert "All may read" in page
    assert "My part" in page
    assert "only an admin may order them" in page
    for path in (shared, f"/admin/posts?series={stored('quiet').series_id}", "/admin/posts/new"):
        page = browser.get(path).text
        assert "My plans" in page
        for what in ("Layoffs", "Merger", "Unannounced"):
            assert what not in page, path
    assert "Layoffs ahead" in admin.get(shared).text
    assert "Unannounced" in admin.get(shared).text
    for browser_of, is_told in ((browser, False), (admin, True)):
        answer = write(browser_of, title="Clash", series="Shared", part="2")
        assert answer.status_code == 422
        assert ("secret" in answer.text) == is_told
        assert ("one of somebody else that is not published" in answer.text) != is_told
    answer = write(browser, stored("my-part"), title="My part", series="Shared", part="2")
    assert answer.status_code == 422
    assert "secret" not in answer.text
    assert "my-part" in write(browser, title="Clash", series="Shared", part="3").text
    assert "live" in write(browser, title="Clash", series="Shared", part="1").text


def test_an_author_whose_series_has_a_hidden_part_of_another_may_not_order_it(
    visit: Visit,
) -> None:
    browser = visit(AUTHOR)
    write(browser, title="Mine", series="Shared", part="1")
    write(browser, title="Mine too", series="Shared", part="2")
    page = f"/admin/posts?series={stored('mine').series_id}"
    assert "Move up" in browser.get(page).text
    make_post("secret", series="Shared", status=PostStatus.DRAFT, published_at=None)
    assert "Move up" not in browser.get(page).text
