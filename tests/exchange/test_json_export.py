"""The JSON export: what is in it, what is not, and how the file comes about."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from blog.clock import now
from blog.comments.models import Comment, CommentStatus, Person
from blog.comments.states import delete_for_good
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.exchange import json_export
from blog.exchange.json_export import Written, write_json
from blog.posts.models import Post, PostStatus
from tests.factories import make_comment, make_post

PRIVATE = {"email", "ip", "agent"}


@pytest.fixture
def blog(app: Flask) -> None:
    """Posts in every state and comments in every status, one deleted under a reply."""
    post = make_post("one", tags=("Boats", "Äpfel"), series="Voyages", part=2)
    make_post("two", status=PostStatus.DRAFT)
    make_post("three", published_at=now() + timedelta(days=1))
    first = make_comment(post, text="Said *so* & <b>", url="https://a.example/")
    first_id = first.id
    make_comment(post, parent=first, text="Yes 😀")
    for status in (CommentStatus.PENDING, CommentStatus.SPAM, CommentStatus.TRASH):
        make_comment(post, status=status)
    begin_write()
    delete_for_good(first_id, by="test", now=now())
    db.session.commit()


def exported(path: Path, **given: Any) -> dict[str, Any]:
    write_json(path, **given)
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@pytest.mark.usefixtures("blog")
def test_all_posts_and_comments_are_in_it(tmp_path: Path) -> None:
    found = exported(tmp_path / "all.json")
    assert set(found) == {"site", "series", "posts", "comments"}
    assert [series["slug"] for series in found["series"]] == ["voyages"]
    one, two, three = found["posts"]
    assert [post["status"] for post in (one, two, three)] == ["published", "draft", "scheduled"]
    assert (one["series"], one["part"], sorted(one["tags"])) == ("voyages", 2, ["Boats", "Äpfel"])
    assert one["published_at"].endswith("Z")
    comments = found["comments"]
    assert [each["id"] for each in comments] == sorted(each["id"] for each in comments)
    assert [each["status"] for each in comments] == [
        "trash",
        "approved",
        "pending",
        "spam",
        "trash",
    ]
    erased, reply = comments[:2]
    assert (erased["author"], erased["text"], erased["html"]) == ("", "", "")
    assert (reply["parent"], reply["depth"], reply["post"]) == (erased["id"], 2, one["id"])
    assert reply["text"] == "Yes 😀"
    assert reply["edited"] is False


@pytest.mark.usefixtures("blog")
def test_addresses_are_in_it_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    assert not any(PRIVATE & set(each) for each in exported(path)["comments"])
    assert "ada@reader.example" not in path.read_text("utf-8")
    found = exported(path, with_addresses=True)["comments"]
    assert (found[1]["email"], found[1]["ip"], found[1]["agent"]) == (
        "ada@reader.example",
        "192.0.2.7",
        "Tests",
    )
    assert found[0]["email"] == found[0]["ip"] == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("blog")
def test_batches_lose_and_repeat_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = exported(tmp_path / "whole.json")
    monkeypatch.setattr(json_export, "POSTS_AT_ONCE", 1)
    monkeypatch.setattr(json_export, "COMMENTS_AT_ONCE", 2)
    assert write_json(tmp_path / "pieces.json") == Written(posts=3, comments=5)
    assert json.loads((tmp_path / "pieces.json").read_text("utf-8")) == whole


@pytest.mark.usefixtures("blog")
def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "all.json"
    path.write_text("old")

    def fails(*_: object) -> dict[str, Any]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json_export, "_comment", fails)
    with pytest.raises(OSError, match="No space"):
        write_json(path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".all")] == []


@pytest.mark.usefixtures("blog")
def test_an_address_that_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    begin_write()
    db.session.execute(update(Person).values(address_sealed=b"\x01" + bytes(60)))
    db.session.commit()
    path = tmp_path / "all.json"
    with pytest.raises(Refusal, match=r"of comment \d+ cannot be opened.*Nothing was written"):
        write_json(path, with_addresses=True)
    assert list(tmp_path.glob("*.json*")) == []
    assert write_json(path).comments == 5


def test_a_folder_that_is_not_there_is_named(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_json(tmp_path / "none" / "all.json")
    assert caught.value.filename == str(tmp_path / "none")


def test_an_empty_blog_gives_valid_json(app: Flask, tmp_path: Path) -> None:
    found = exported(tmp_path / "all.json")
    assert (found["series"], found["posts"], found["comments"]) == ([], [], [])


@pytest.mark.usefixtures("blog")
def test_texts_of_older_rules_are_made_anew_and_never_given_raw(tmp_path: Path) -> None:
    begin_write()
    for table in (Post, Comment):
        db.session.execute(update(table).values(html="<script>old</script>", policy_version=0))
    db.session.commit()
    text = (tmp_path / "old.json").read_text() if write_json(tmp_path / "old.json") else ""
    assert "<script" not in text
    assert "<p>A first paragraph.</p>" in text
    assert "<p>Yes 😀</p>" in text
