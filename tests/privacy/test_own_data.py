"""A person sees, takes along and erases what is kept; nobody else does."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from blog.comments.lookalikes import CommentPrint
from blog.comments.models import Comment, CommentStatus, Person, Revision, Standing, Verdict
from blog.comments.receipts import edit_own
from blog.comments.states import change_status
from blog.db import PERSONAL, Base, begin_write, db
from blog.errors import NotThere
from blog.moderation.models import PersonNote
from blog.notifications.models import MAIL_ADDRESS, Mail
from blog.posts.models import Post
from blog.privacy.datamap import data_map
from blog.privacy.operations import erase
from blog.privacy.retention import forget_batches
from blog.sealing import sealer
from blog.settings.catalogue import CommentSettings, PrivacySettings
from blog.settings.queries import load_settings
from tests.conftest import START, SettableClock
from tests.databases import written
from tests.factories import make_comment, make_post
from tests.notifications.conftest import Post as PostOffice
from tests.notifications.conftest import links_in, post_office

__all__ = ["post_office"]

ADDRESS = "ada@reader.example"


@pytest.fixture
def post(app: Flask) -> Post:
    return make_post("news")


def proof(client: FlaskClient, mails: PostOffice) -> str:
    """Ask for the data of ADDRESS; returns the page behind the link in the mail."""
    assert client.post("/privacy/data", data={"email": " Ada@reader.example "}).status_code == 200
    assert mails.deliver().sent == 1
    [path] = [path for path in links_in(mails.mails[-1]) if "/privacy/data/" in path]
    return path


def test_a_person_reads_and_takes_along_what_is_kept(
    client: FlaskClient, post: Post, post_office: PostOffice
) -> None:
    make_comment(post, text="My first remark.")
    make_comment(post, text="Of somebody else.", address="bo@reader.example", author="Bo")
    path = proof(client, post_office)
    page = client.get(path)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "My first remark." in page.text
    assert "Of somebody else." not in page.text
    file = client.get(path + "/export.json")
    assert file.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    data = json.loads(file.text)
    assert data["address"] == ADDRESS
    [comment] = data["comments"]
    assert (comment["name"], comment["text"]) == ("Ada Reader", "My first remark.")


def test_whoever_wrote_under_the_address_is_not_given_away_to_its_owner(
    client: FlaskClient, post: Post, post_office: PostOffice
) -> None:
    make_comment(post, author="An impostor", ip="198.51.100.66", agent="A rare browser")
    path = proof(client, post_office)
    page, file = client.get(path).text, client.get(path + "/export.json").text
    for shown in (page, file):
        assert "An impostor" in shown
        assert "198.51.100.66" not in shown
        assert "A rare browser" not in shown
        assert "The IP and the browser of each comment are kept too" in shown


def test_what_the_staff_noted_goes_along_and_goes_away(
    client: FlaskClient, post: Post, post_office: PostOffice
) -> None:
    comment = make_comment(post, text="Words enough for a print of what was said here today.")
    person_id = comment.person_id
    assert person_id is not None
    begin_write()
    person = db.session.get_one(Person, person_id)
    person.standing, person.standing_reason = Standing.HELD, "Heated at times."
    person.verified_name, person.verified_skeleton = "Ada Reader", "ada reader"
    db.session.add(PersonNote(person_id=person_id, made_at=START, who="Mo", text="Knows a lot."))
    db.session.commit()
    assert db.session.scalars(select(CommentPrint)).one()
    path = proof(client, post_office)
    data = json.loads(client.get(path + "/export.json").text)
    assert (data["standing"], data["standing_reason"]) == ("held", "Heated at times.")
    assert data["verified_name"] == "Ada Reader"
    assert [note["text"] for note in data["notes"]] == ["Knows a lot."]
    assert "Knows a lot." in client.get(path).text
    assert client.post(path + "/erase", data={"texts": "keep"}).status_code == 303
    db.session.rollback()
    for table in (Person, PersonNote, CommentPrint, Verdict):
        assert db.session.scalars(select(table)).all() == []


def test_the_answer_never_tells_whether_an_address_is_known(
    client: FlaskClient, post: Post, post_office: PostOffice
) -> None:
    make_comment(post)
    known = client.post("/privacy/data", data={"email": ADDRESS})
    unknown = client.post("/privacy/data", data={"email": "nobody@reader.example"})
    assert known.text == unknown.text
    assert client.post("/privacy/data", data={"email": "no address"}).status_code == 422
    client.post("/privacy/data", data={"email": ADDRESS})
    assert post_office.deliver().sent == 1


def test_an_unknown_address_costs_the_database_as_much_as_a_known_one(
    client: FlaskClient, post: Post, post_office: PostOffice
) -> None:
    make_comment(post)
    client.post("/privacy/data", data={"email": "warm@reader.example"})
    # The first time, and once more when its mail was sent.
    for _ in range(2):
        costs = []
        for address in (ADDRESS, "nobody@reader.example"):
            with written() as said:
                client.post("/privacy/data", data={"email": address})
            costs.append(said)
        assert costs[0] == costs[1]
        assert any(statement.startswith("INSERT INTO mail ") for statement in costs[0])
        post_office.deliver()
    assert len(post_office.mails) == 1
    rows = db.session.scalars(select(Mail).where(Mail.person_id.is_(None))).all()
    assert {sealer().open(row.to_sealed or b"", MAIL_ADDRESS) for row in rows} == {""}
    assert not any("reader.example" in (row.once_key or "") for row in rows)


def test_a_network_that_tries_addresses_out_is_held_back(
    client: FlaskClient, post: Post, post_office: PostOffice, clock: SettableClock
) -> None:
    def ask(ip: str = "192.0.2.5") -> TestResponse:
        form = {"email": ADDRESS}
        return client.post("/privacy/data", data=form, environ_overrides={"REMOTE_ADDR": ip})

    make_comment(post)
    assert [ask().status_code for _ in range(7)] == [200] * 6 + [429]
    refused = ask()
    assert int(refused.headers["Retry-After"]) == 60
    assert "Nothing was changed. Send the form again in 60 seconds." in refused.text
    assert ask("198.51.100.5").status_code == 200
    clock.move(minutes=1)
    assert ask().status_code == 200


@pytest.mark.parametrize("texts", ["keep", "delete"])
def test_erasure_leaves_threads_whole_and_nothing_of_the_person(
    client: FlaskClient, post: Post, post_office: PostOffice, texts: str
) -> None:
    first = make_comment(post, text="Mine, answered.", url="https://ada.example")
    reply = make_comment(
        post, parent=first, text="Theirs.", author="Bo", address="bo@reader.example"
    )
    make_comment(post, parent=reply, text="Mine, at the end.", author="A. Reader")
    begin_write()
    edit_own(first.id, "Edited.", "<p>Edited.</p>", settings=CommentSettings(), now=START)
    db.session.commit()
    path = proof(client, post_office)
    assert client.get(path).status_code == 200
    assert client.post(path + "/erase", data={}).status_code == 422
    assert client.post(path + "/erase", data={"texts": texts}).status_code == 303
    db.session.rollback()
    page = client.get("/posts/news").text
    assert "Ada Reader" not in page
    assert "A. Reader" not in page
    assert "ada.example" not in page
    assert "Theirs." in page
    assert ("Mine, at the end." in page) is (texts == "keep")
    assert ("Anonymous" in page) is (texts == "keep")
    rows = db.session.scalars(select(Comment).where(Comment.id != reply.id)).all()
    assert all(
        (row.person_id, row.ip_sealed, row.ip_index, row.agent, row.url)
        == (None, None, None, "", "")
        for row in rows
    )
    people = db.session.scalars(select(Person)).all()
    assert len(people) == 1
    assert db.session.scalars(select(Revision)).all() == []
    assert db.session.scalars(select(Mail)).all() == []
    assert client.get(path).status_code == 404


def test_a_link_to_the_data_ends_after_a_day(
    client: FlaskClient, post: Post, post_office: PostOffice, clock: SettableClock
) -> None:
    make_comment(post)
    path = proof(client, post_office)
    clock.move(hours=25)
    over = client.get(path)
    assert over.status_code == 404
    assert "Ask for a new one" in over.text
    assert "no-store" in over.headers["Cache-Control"]
    assert client.post(path + "/erase", data={"texts": "keep"}).status_code == 404


def apply(settings: PrivacySettings, clock: SettableClock) -> None:
    for _ in forget_batches(settings, clock()):
        db.session.commit()
    db.session.rollback()


def test_retention_blanks_and_deletes_what_is_too_old(
    app: Flask, post: Post, clock: SettableClock
) -> None:
    shown = make_comment(post, text="Shown.")
    spam = make_comment(post, status=CommentStatus.SPAM, text="Spam.")
    top = make_comment(post, text="Removed, answered.")
    make_comment(post, parent=top, text="An answer.")
    begin_write()
    change_status(top.id, CommentStatus.TRASH, by="staff:1", now=START)
    db.session.commit()
    ids = (shown.id, spam.id, top.id)
    clock.move(days=29)
    apply(PrivacySettings(), clock)
    assert db.session.get_one(Comment, ids[1]).text == "Spam."
    clock.move(days=2)
    apply(PrivacySettings(), clock)
    assert db.session.get(Comment, ids[1]) is None
    assert db.session.get_one(Comment, ids[2]).erased_at is not None
    assert db.session.get_one(Comment, ids[0]).agent == "Tests"
    clock.move(days=60)
    apply(PrivacySettings(ip_days=0), clock)
    assert db.session.get_one(Comment, ids[0]).agent == "Tests"
    apply(PrivacySettings(), clock)
    kept = db.session.get_one(Comment, ids[0])
    assert (kept.agent, kept.ip_sealed, kept.ip_index, kept.text) == ("", None, None, "Shown.")


def test_the_number_of_somebody_erased_is_nobody_elses(post: Post) -> None:
    comment = make_comment(post, author="Gone", address="gone@reader.example")
    number = comment.person_id
    begin_write()
    person = db.session.get_one(Person, number)
    db.session.get_one(Comment, comment.id).person_id = None
    db.session.flush()
    db.session.delete(person)
    db.session.commit()
    stranger = make_comment(post, author="New", address="new@reader.example").person_id
    assert number is not None
    assert stranger is not None
    assert stranger > number


# Words in the names of columns that hold something about a person; and the columns that only look
# so.
TELLTALE = {
    "address", "agent", "author", "by", "email", "fingerprint", "html", "ip", "name", "password",
    "person", "sealed", "seen", "staff", "text", "token", "url", "user", "who",
}  # fmt: skip
NOT_PERSONAL = {
    "comment.text_format", "comment_revision.text_format", "comment.status_by",
    "first_admin_link.token_hash", "judge_errand.claimed_by", "mail.claimed_by", "post.html",
    "staff_session.token_hash",
    "staff_invitation.token_hash", "staff_user.fs_uniquifier", "tag.name",
    "appeal.rejected_by", "known_key.fingerprint",
}  # fmt: skip


def test_every_personal_column_says_what_for_and_until_when(app: Flask) -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if PERSONAL not in column.info and TELLTALE & set(column.name.split("_"))
    ]
    assert set(silent) <= NOT_PERSONAL


def test_the_data_map_names_settings_as_days(client: FlaskClient) -> None:
    found = {row.field: row for row in data_map(load_settings())["comment"]}
    assert found["ip_sealed"].until == "90 days"
    page = client.get("/privacy")
    assert page.status_code == 200
    assert "90 days" in page.text


def test_a_browser_that_remembers_an_erased_comment_opens_nothing(
    client: FlaskClient, post: Post, post_office: PostOffice
) -> None:
    words = {"comment": "Kept, without a name.", "author": "Ada", "email": ADDRESS}
    client.post("/posts/news/comments", data={**words, "remember": "yes"})
    assert client.get("/receipts/own-1").status_code == 200
    path = proof(client, post_office)
    client.post(path + "/erase", data={"texts": "keep"})
    assert client.get("/receipts/own-1").status_code == 404
    for what, typed in (
        ("edit", {"comment": "Other words."}),
        ("withdraw", {}),
        ("appeal", {"appeal": "Look again."}),
        ("subscribe", {"kind": "replies"}),
    ):
        assert client.post(f"/receipts/own-1/{what}", data=typed).status_code == 404
    db.session.rollback()
    kept = db.session.get_one(Comment, 1)
    assert kept.text == "Kept, without a name."
    assert db.session.scalars(select(Revision)).all() == []


def test_an_edit_that_waited_for_the_erasure_changes_nothing(app: Flask, post: Post) -> None:
    comment = make_comment(post, text="Kept, without a name.")
    person = db.session.get_one(Person, comment.person_id)
    begin_write()
    erase(person, keeps_texts=True, now=START)
    with pytest.raises(NotThere, match="Nothing was changed"):
        edit_own(comment.id, "Other.", "<p>Other.</p>", settings=CommentSettings(), now=START)
    db.session.rollback()
