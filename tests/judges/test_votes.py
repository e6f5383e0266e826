"""What judges are told, and what their votes do to a comment."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blog.accounts.models import Role
from blog.comments.models import Comment, CommentStatus, Person, Standing, Verdict
from blog.comments.receipts import edit_own
from blog.db import begin_write, db
from blog.judges.models import JudgeErrand
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from blog.moderation.operations import decide
from blog.settings.queries import load_settings
from tests.conftest import SettableClock
from tests.factories import make_comment, make_post, make_staff, set_setting
from tests.judges.conftest import SECRET, Judge, ask, says

KNOWN = {"author": "Grace Reader", "email": "grace@reader.example"}
NEW = {"author": "Nia New", "email": "nia@reader.example", "url": "https://nia.example/"}
SPAM = says(b"true", X_akismet_pro_tip="discard")


@pytest.fixture(autouse=True)
def content(app: Flask) -> None:
    """A post, and somebody who was approved before."""
    post = make_post("answers", title="Answers & questions")
    make_comment(post, author=KNOWN["author"], address=KNOWN["email"])
    set_setting("comments.flood_seconds", "0")


def send(client: FlaskClient, text: str, who: dict[str, str] = KNOWN, **more: str) -> Comment:
    headers = {"User-Agent": "A browser"}
    data = {**who, "comment": text, **more}
    answer = client.post("/posts/answers/comments", data=data, headers=headers)
    assert answer.status_code == 303
    return db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()


def status(comment: Comment) -> CommentStatus:
    return db.session.get_one(Comment, comment.id, populate_existing=True).status


def trace(comment: Comment) -> dict[str, dict[str, Any]]:
    """The findings of the newest verdict, by their checks."""
    query = select(Verdict).where(Verdict.comment_id == comment.id).order_by(Verdict.id.desc())
    findings = db.session.scalars(query.limit(1)).one().findings
    return {found["check"]: found for found in findings}


def errands() -> int:
    return db.session.scalar(select(func.count()).select_from(JudgeErrand)) or 0


def vote(word: str, reason: str = "") -> Any:
    return says(json.dumps({"vote": word, "reason": reason}).encode(), Content_Type="text/json")


def decide_as_staff(action: str, comment: Comment) -> None:
    staff = make_staff(Role.MODERATOR)
    begin_write()
    decide(action, [comment.id], staff=staff, now=comment.created_at)
    db.session.commit()


def test_while_they_are_off_nothing_is_written_and_nobody_is_asked(
    client: FlaskClient, judge: Judge
) -> None:
    decide_as_staff("spam", send(client, "Nobody else's business."))
    assert errands() == 0
    assert ask().votes == 0
    assert judge.asked == []


def test_akismet_is_told_what_the_privacy_page_says_and_no_address(
    client: FlaskClient, judge: Judge
) -> None:
    set_setting("judges.akismet", "on")
    first = send(client, "A word & another = ü.", NEW)
    assert judge.asked == []
    assert ask().votes == 1
    [asked] = judge.asked
    assert asked.path == "/1.1/comment-check"
    assert asked.form == {
        "api_key": "abcdef123456",
        "blog": "http://127.0.0.1:8000",
        "user_ip": "127.0.0.1",
        "user_agent": "A browser",
        "permalink": "http://127.0.0.1:8000/posts/answers",
        "comment_type": "comment",
        "comment_author": "Nia New",
        "comment_author_url": "https://nia.example/",
        "comment_content": "A word & another = ü.",
        "comment_date_gmt": "2026-11-22T12:00:00+00:00",
        "blog_lang": "en",
        "blog_charset": "UTF-8",
    }
    # A vote for ham is noted; the rule that holds first comments stands.
    assert status(first) == CommentStatus.PENDING
    assert trace(first)["akismet"]["reason"] == "Akismet takes it for no spam."
    assert errands() == 0


def test_the_address_is_told_only_where_a_setting_allows_it(
    client: FlaskClient, judge: Judge
) -> None:
    set_setting("judges.akismet", "on")
    set_setting("judges.webhook", "on")
    judge.always = says(b"", 204)
    send(client, "With an address.")
    ask()
    assert all(b"grace" not in asked.body.lower().replace(b"grace+", b"").replace(b"grace r", b"")
               for asked in judge.asked)  # fmt: skip
    set_setting("judges.send_address", "on")
    send(client, "And once more.")
    ask()
    told = [asked for asked in judge.asked if b"reader.example" in asked.body]
    assert {asked.path for asked in told} == {"/1.1/comment-check", "/vote?team=blog"}


@pytest.mark.parametrize(
    ("rule", "after"), [("hold", CommentStatus.PENDING), ("spam", CommentStatus.SPAM)]
)
def test_a_vote_for_spam_takes_a_published_comment_back(
    client: FlaskClient, judge: Judge, rule: str, after: CommentStatus
) -> None:
    set_setting("judges.akismet", "on")
    set_setting("judges.spam_vote", rule)
    judge.always = SPAM
    comment = send(client, "Published at first.")
    assert comment.status == CommentStatus.APPROVED
    assert "Published at first." in client.get("/posts/answers").text
    ask()
    assert status(comment) == after
    assert "Published at first." not in client.get("/posts/answers").text
    found = trace(comment)["akismet"]
    assert found["reason"] == "Akismet takes it for spam. It says: “It calls it blatant.”"
    assert found["wants"] == rule
    entry = db.session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    assert (entry.before, entry.after) == ("approved", after.value)
    assert entry.reason == "Vote of Akismet"
    assert verify_log().is_whole


def test_a_held_comment_stays_held_or_goes_to_spam(client: FlaskClient, judge: Judge) -> None:
    set_setting("judges.akismet", "on")
    judge.always = SPAM
    first = send(client, "Held already.", NEW)
    ask()
    assert status(first) == CommentStatus.PENDING
    set_setting("judges.spam_vote", "spam")
    second = send(client, "Held and then spam.", NEW)
    ask()
    assert status(second) == CommentStatus.SPAM
    # Its author sees no more than before.
    assert db.session.get_one(Comment, second.id).status_by == "screening"


def test_votes_against_spam_publish_only_where_a_setting_says_so_and_only_guesses(
    client: FlaskClient, judge: Judge
) -> None:
    set_setting("judges.akismet", "on")
    set_setting("judges.ham_vote", "publish")
    set_setting("comments.hold_words", "marmalade")
    first = send(client, "Held as the first.", NEW)
    wished = send(client, "About marmalade.", NEW)
    ask()
    assert status(first) == CommentStatus.APPROVED
    assert status(wished) == CommentStatus.PENDING


def test_all_judges_must_agree_before_votes_publish(client: FlaskClient, judge: Judge) -> None:
    for key in ("judges.akismet", "judges.webhook"):
        set_setting(key, "on")
    set_setting("judges.ham_vote", "publish")
    judge.answers = [says(b"false"), vote("unsure")]
    unsure = send(client, "One of them cannot tell.", NEW)
    assert ask().votes == 2
    assert status(unsure) == CommentStatus.PENDING
    judge.answers = [says(b"false"), vote("ham", "Reads well.")]
    agreed = send(client, "Both agree.", NEW)
    assert ask().votes == 2
    assert status(agreed) == CommentStatus.APPROVED
    assert trace(agreed)["webhook"]["reason"].endswith("It says: “Reads well.”")
    assert "first_comment" in trace(agreed)


def test_what_a_person_decided_is_not_touched(client: FlaskClient, judge: Judge) -> None:
    set_setting("judges.akismet", "on")
    judge.always = SPAM
    comment = send(client, "Approved before the judge came.", NEW)
    decide_as_staff("approve", comment)
    ask()
    assert status(comment) == CommentStatus.APPROVED
    assert judge.asked == []


def test_akismet_is_told_where_a_person_decided_otherwise(
    client: FlaskClient, judge: Judge
) -> None:
    set_setting("judges.akismet", "on")
    judge.answers = [SPAM, says(b"false"), says(b"false")]
    wrong_spam, wrong_ham, right = (send(client, f"Word {n}.", NEW) for n in ("one", "two", "six"))
    ask()
    thanks = says(b"Thanks for making the web a better place.")
    judge.answers, judge.asked = [thanks, thanks], []
    decide_as_staff("approve", wrong_spam)
    decide_as_staff("spam", wrong_ham)
    decide_as_staff("approve", right)
    tally = ask()
    assert (tally.told, tally.dropped) == (2, 1)
    assert sorted(judge.paths()) == ["/1.1/submit-ham", "/1.1/submit-spam"]
    assert errands() == 0


def test_a_decision_that_is_taken_back_in_time_is_not_told(
    client: FlaskClient, judge: Judge
) -> None:
    set_setting("judges.akismet", "on")
    comment = send(client, "Of two minds.", NEW)
    ask()
    judge.asked = []
    decide_as_staff("spam", comment)
    decide_as_staff("approve", comment)
    ask()
    assert judge.asked == []


def test_the_question_of_the_webhook_is_signed(client: FlaskClient, judge: Judge) -> None:
    set_setting("judges.webhook", "on")
    judge.always = vote("spam", "Sells\u0000 pills.\nMany\u202e." + "x" * 1_000)
    comment = send(client, "Buy “pills”.")
    ask()
    [asked] = judge.asked
    assert asked.path == "/vote?team=blog"
    name, stamp = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
    assert name == f"comment-{comment.id}-1"
    signed = f"{name}.{stamp}.".encode() + asked.body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert asked.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    told = json.loads(asked.body)
    assert told["type"] == "comment.check"
    assert told["data"]["text"] == "Buy “pills”."
    assert told["data"]["post"] == {
        "title": "Answers & questions",
        "url": "http://127.0.0.1:8000/posts/answers",
    }
    assert "email" not in told["data"]
    assert status(comment) == CommentStatus.PENDING
    reason = trace(comment)["webhook"]["reason"]
    assert "Sells pills. Many." in reason
    assert len(reason) < 400


def test_a_changed_comment_is_asked_about_again(
    client: FlaskClient, judge: Judge, clock: SettableClock
) -> None:
    set_setting("judges.akismet", "on")
    comment = send(client, "A harmless word.")
    ask()
    clock.move(minutes=1)
    judge.always = SPAM
    begin_write()
    rules = load_settings().comments
    edit_own(comment.id, "Pills for all.", "<p>Pills for all.</p>", settings=rules, now=clock())
    db.session.commit()
    ask()
    assert judge.asked[-1].form["comment_content"] == "Pills for all."
    assert judge.asked[-1].form["recheck_reason"] == "edit"
    assert status(comment) == CommentStatus.PENDING


def test_nobody_is_asked_about_spam_about_trusted_people_or_what_was_deleted(
    client: FlaskClient, judge: Judge
) -> None:
    set_setting("judges.akismet", "on")
    send(client, "Caught by the trap.", NEW, subject="filled in")
    assert errands() == 0
    trusted = send(client, "A friend of the house.")
    begin_write()
    person = db.session.get_one(Person, trusted.person_id)
    person.standing = Standing.TRUSTED
    db.session.commit()
    gone = send(client, "Deleted meanwhile.", NEW)
    decide_as_staff("delete", gone)
    ask()
    assert judge.asked == []
    assert errands() == 0


def test_readers_are_told_while_it_is_on_and_the_page_stays_one_for_all(
    client: FlaskClient, judge: Judge
) -> None:
    assert "shown to" not in client.get("/posts/answers").text
    assert "Who else is told" not in client.get("/privacy").text
    set_setting("judges.akismet", "on")
    set_setting("judges.webhook", "on")
    set_setting("judges.webhook_name", "The <b>Hall</b>")
    page = client.get("/posts/answers").text
    assert "shown to Akismet and The &lt;b&gt;Hall&lt;/b&gt;, to find spam" in page
    privacy = client.get("/privacy").text
    assert "The email address is not sent." in privacy
    set_setting("judges.send_address", "on")
    assert "The email address is sent too." in client.get("/privacy").text


def test_the_trace_at_the_desk_tells_who_voted(client: FlaskClient, judge: Judge) -> None:
    from tests.factories import sign_in

    set_setting("judges.akismet", "on")
    judge.always = SPAM
    comment = send(client, "Looked at by a judge.", NEW)
    ask()
    sign_in(client)
    page = client.get(f"/admin/comments/{comment.id}").text
    assert "Akismet takes it for spam." in page
    listed = client.get("/admin/comments?status=all&reason=akismet").text
    assert "Looked at by a judge." in listed
