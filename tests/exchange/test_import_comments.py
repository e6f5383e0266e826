"""Comments of an export: places in threads, identity over several imports, people, and harm."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.comments.counting import recount
from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment, CommentStatus, Person
from blog.comments.states import delete_for_good
from blog.db import begin_write, db
from blog.exchange import cleaning
from blog.exchange.wordpress import import_wordpress
from blog.posts.models import Post
from blog.sealing import sealer
from tests.exchange.made_exports import comment, export, imported, item
from tests.factories import make_comment, make_post

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# Text, parent, start of the thread and level of each comment, by its number.
Places = dict[int, tuple[int | None, int | None, int]]


def places() -> Places:
    columns = (Comment.id, Comment.parent_id, Comment.root_id, Comment.depth)
    return {row[0]: (row[1], row[2], row[3]) for row in db.session.execute(select(*columns))}


def counts_are_right() -> bool:
    return recount() == 0


def test_parents_may_come_late_go_missing_and_run_in_circles(app: Flask) -> None:
    report = imported(DATA / "parents.xml")
    new = sorted(set(places()) - set(range(1, 9)))
    assert places() == {
        1: (None, None, 1),
        2: (1, 1, 2),
        3: (2, 1, 3),
        4: (None, None, 1),
        6: (4, 4, 2),
        5: (6, 4, 3),
        7: (None, None, 1),
        8: (None, None, 1),
        **dict.fromkeys(new, (None, None, 1)),
    }
    assert len(new) == 2
    told = "\n".join(report.lines())
    assert "in a circle, the first of them now a first comment: 2" in told
    assert "not under their post in the file, now first comments: 1" in told
    assert counts_are_right()
    again = imported(DATA / "parents.xml")
    assert (again.comment_total, again.already_here["comment"]) == (0, 10)


def test_a_long_thread_in_reverse_order_finds_its_places(app: Flask, tmp_path: Path) -> None:
    length = 1_200
    said = [comment(number, number - 1) for number in range(length, 0, -1)]
    imported(export(tmp_path, item(1, *said)))
    expected: Places = {n: (n - 1, 1, n) for n in range(2, length + 1)}
    assert places() == {1: (None, None, 1), **expected}
    assert counts_are_right()
    post = db.session.get_one(Post, 1)
    assert (post.comment_count, post.thread_count) == (length, 1)


def test_a_parent_under_another_post_is_no_parent(app: Flask, tmp_path: Path) -> None:
    imported(export(tmp_path, item(1, comment(5)), item(2, comment(6, 5), comment(7, 6))))
    assert places() == {5: (None, None, 1), 6: (None, None, 1), 7: (6, 6, 2)}


@pytest.mark.parametrize(
    ("approved", "status"),
    [
        ("1", "approved"),
        ("0", "pending"),
        ("hold", "pending"),
        ("spam", "spam"),
        ("trash", "trash"),
        ("post-trashed", "trash"),
        ("odd", "pending"),
    ],
)
def test_every_status_has_its_counterpart(
    app: Flask, tmp_path: Path, approved: str, status: str
) -> None:
    imported(export(tmp_path, item(1, comment(3, comment_approved=approved))))
    kept = db.session.get_one(Comment, 3)
    assert (kept.status, kept.status_by) == (CommentStatus(status), "import")
    assert db.session.get_one(Post, 1).comment_count == (status == "approved")


def test_notes_of_editors_and_orders_stay_out(app: Flask, tmp_path: Path) -> None:
    said = [comment(n, comment_type=t) for n, t in enumerate(("note", "order_note", "pingback"), 1)]
    report = imported(export(tmp_path, item(1, *said)))
    assert set(places()) == {3}
    assert sum(tally.count for tally in report.left_out.values()) == 2


def test_comments_on_what_stays_out_stay_out(app: Flask, tmp_path: Path) -> None:
    report = imported(export(tmp_path, item(1, comment(1), post_type="attachment")))
    assert not places()
    assert report.left_out["comments on what was left out (attachments, shown where a post uses "
                           "them)"].count == 1  # fmt: skip


def test_only_what_is_new_comes_of_a_file_that_has_grown(app: Flask, tmp_path: Path) -> None:
    imported(export(tmp_path, item(1, comment(1), comment(2, 1), comment(3))))
    begin_write()
    delete_for_good(3, by="test", now=NOW)
    db.session.commit()
    grown = export(
        tmp_path,
        item(1, comment(1), comment(2, 1), comment(3), comment(4, 2), comment(5, 3)),
        item(2, comment(6)),
    )
    report = imported(grown)
    assert (report.post_total, report.comment_total) == (1, 3)
    assert places() == {
        1: (None, None, 1),
        2: (1, 1, 2),
        4: (2, 1, 3),
        5: (None, None, 1),
        6: (None, None, 1),
    }
    assert counts_are_right()


def test_numbers_that_are_taken_do_not_push_others_away(app: Flask, tmp_path: Path) -> None:
    made = make_comment(make_post("mine"))
    mine, post_id = made.id, made.post_id
    said = [comment(n) for n in range(1, 6)]
    imported(export(tmp_path, item(post_id, *said, comment(9, mine))))
    found = places()
    assert {2, 3, 4, 5, 9} <= set(found)
    (moved,) = set(found) - {mine, 2, 3, 4, 5, 9}
    assert moved == 10
    assert found[9] == (10, 10, 2)
    later = make_comment(make_post("later"))
    assert later.id > 10


def test_a_comment_made_later_gets_a_number_of_its_own(app: Flask, tmp_path: Path) -> None:
    imported(export(tmp_path, item(40, comment(70))))
    later = make_comment(make_post("later"))
    assert later.id > 70
    assert later.post_id > 40


def test_numbers_too_large_for_the_database_become_small(app: Flask, tmp_path: Path) -> None:
    imported(export(tmp_path, item(2**40, comment(2**33), comment(3, 2**33))))
    assert sorted(places().values(), key=str) == [(4, 4, 2), (None, None, 1)]


def test_people_are_known_again_and_sealed(app: Flask, tmp_path: Path) -> None:
    said = [
        comment(1, comment_author_email=" Ada@Mail.example "),
        comment(2, comment_author_email="ada@mail.example", comment_author_IP="::ffff:198.18.0.9"),
        comment(3, comment_author_email="no address", comment_author_IP=""),
        comment(4, comment_author_email=""),
    ]
    imported(export(tmp_path, item(1, *said)))
    one, two, three, four = (db.session.get_one(Comment, number) for number in range(1, 5))
    assert one.person_id == two.person_id != three.person_id
    assert four.person_id is None
    assert one.person is not None
    assert sealer().open(one.person.address_sealed, PERSON_ADDRESS) == "Ada@Mail.example"
    assert two.ip_sealed is not None
    assert sealer().open(two.ip_sealed, COMMENT_IP) == "198.18.0.9"
    assert one.ip_index == two.ip_index
    assert three.ip_sealed is None
    assert len(db.session.scalars(select(Person)).all()) == 2


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Tom &amp; Ann", "Tom & Ann"),
        ("  A \n B ", "A B"),
        ("", "Anonymous"),
        ("\u200b", "Anonymous"),
        ("Eve\u202egnp", "Eve\ufffdgnp"),
        ("x" * 400, "x" * 245),
        ("Reader@mail.example", "reader"),
    ],
)
def test_names_become_fit_to_show(app: Flask, tmp_path: Path, given: str, name: str) -> None:
    imported(export(tmp_path, item(1, comment(1, comment_author=given))))
    assert db.session.get_one(Comment, 1).author == name


@pytest.mark.parametrize(
    ("given", "url", "dropped"),
    [
        ("http://a.example/?b=1&amp;copy=2", "http://a.example/?b=1&copy=2", 0),
        ("http://", "", 0),
        ("javascript:alert(1)", "", 1),
        ("http://127.0.0.1/", "", 1),
    ],
)
def test_websites_are_kept_only_as_web_addresses(
    app: Flask, tmp_path: Path, given: str, url: str, dropped: int
) -> None:
    report = imported(export(tmp_path, item(1, comment(1, comment_author_url=given))))
    assert db.session.get_one(Comment, 1).url == url
    assert sum(tally.count for tally in report.changed.values()) == dropped


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>"
    '<a href="javascript:alert(3)" onclick="alert(4)">press</a></li></ol><iframe src=//e.example>'
)


def test_hostile_markup_is_inert_in_the_page(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    said = comment(1, comment_content=HOSTILE, comment_author="<b onload=x>Eve</b>")
    imported(export(tmp_path, item(1, said, body=HOSTILE, title=f"T {HOSTILE}")))
    page = client.get("/posts/post-1").get_data(as_text=True)
    assert "press" in page
    for harm in ("<script>alert", "<img src=x", 'href="javascript', "<iframe", "<b onload"):
        assert harm not in page
    assert db.session.get_one(Comment, 1).text == HOSTILE


def test_forbidden_bytes_reach_no_page(app: Flask, client: FlaskClient) -> None:
    report = imported(DATA / "forbidden-bytes.xml")
    (slug,) = db.session.scalars(select(Post.slug))
    page = client.get(f"/posts/{slug}").get_data(as_text=True)
    assert not set(page) & {chr(code) for code in (*range(9), 11, 12, *range(14, 32))}
    assert any("line 17" in line for line in report.lines())


def test_a_stop_in_the_middle_leaves_nothing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export(tmp_path, item(1, *(comment(n) for n in range(1, 1_200))))
    calls = []

    def stops(texts: list[str]) -> list[str]:
        calls.append(len(texts))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return list(texts)

    monkeypatch.setattr(cleaning, "clean_texts", stops)
    with pytest.raises(KeyboardInterrupt):
        import_wordpress(path)
    db.session.rollback()
    assert not places()
    assert db.session.scalar(select(Post.id)) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_comments_are_cleaned_by_several_processes_in_their_order(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blog.exchange.wordpress_comments.process_count", lambda _: 2)
    said = [comment(n, n - 1, comment_content=f"Said *{n}* & more") for n in range(1, 2_001)]
    imported(export(tmp_path, item(1, *said)))
    kept = db.session.execute(select(Comment.id, Comment.html, Comment.depth)).all()
    assert len(kept) == 2_000
    assert all(f"Said *{n}* &amp; more" in safe and depth == n for n, safe, depth in kept)
