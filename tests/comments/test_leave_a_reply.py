"""Every row of the table of answers to "Leave a Reply", over HTTP, on both databases."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from blog.comments.models import Comment, CommentStatus, Verdict
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.posts.models import Post, PostStatus
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, set_setting

TYPED = {
    "comment": "Thank you, *this* helped.",
    "author": "Grace Reader",
    "email": "grace@reader.example",
    "url": "https://grace.example/",
}


@pytest.fixture
def post(app: Flask) -> Post:
    return make_post("answers")


def send(client: FlaskClient, slug: str = "answers", **changes: Any) -> TestResponse:
    data = {**TYPED, **{name: value for name, value in changes.items() if value is not None}}
    return client.post(f"/posts/{slug}/comments", data=data)


def approve(comment_id: int) -> None:
    begin_write()
    change_status(comment_id, CommentStatus.APPROVED, by="test", now=START)
    db.session.commit()


def the_comment() -> Comment:
    return db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()


def how_many() -> int:
    return db.session.scalar(select(func.count()).select_from(Comment)) or 0


def field_errors(answer: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'id="(\w+)-error">([^<]+)<', answer.text))


def test_a_first_comment_waits_and_only_its_author_sees_it(client: FlaskClient, post: Post) -> None:
    answer = send(client)
    assert answer.status_code == 303
    where = answer.headers["Location"]
    assert where.startswith("/posts/answers?")
    preview = client.get(where)
    assert "awaiting moderation" in preview.text
    assert "<em>this</em>" in preview.text
    assert preview.headers["Cache-Control"] == "private, no-store"
    assert "noindex" in preview.headers["X-Robots-Tag"]
    comment_id = the_comment().id
    for path in ("/posts/answers", "/", "/comments/feed", "/posts/answers/feed", "/search?q=this"):
        page = client.get(path)
        assert "helped" not in page.text, path
        assert "Grace" not in page.text, path
    assert client.get(f"/comments/{comment_id}").status_code == 404


def test_an_approved_person_is_published_at_once_and_led_to_the_comment(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    send(client)
    approve(the_comment().id)
    clock.move(minutes=1)
    answer = send(client, comment="And another thing.")
    assert answer.status_code == 303
    where = answer.headers["Location"]
    assert where.startswith("/posts/answers?receipt=")
    assert where.endswith(f"#comment-{the_comment().id}")
    page = client.get("/posts/answers")
    assert "And another thing." in page.text
    assert f'id="comment-{the_comment().id}"' in page.text
    assert "2 responses" in page.text


def test_a_borrowed_name_with_another_address_is_held(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    send(client)
    approve(the_comment().id)
    clock.move(minutes=1)
    send(client, comment="It is me, really.", email="stranger@reader.example")
    assert the_comment().status == CommentStatus.PENDING


def test_the_same_text_again_leads_to_the_first_and_makes_no_second(
    client: FlaskClient, post: Post
) -> None:
    first = send(client)
    again = send(client)
    assert again.status_code == 303
    assert again.headers["Location"].split("#")[1] == first.headers["Location"].split("#")[1]
    assert how_many() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"comment": ""}, "comment"),
        ({"comment": " \u200b\n"}, "comment"),
        ({"comment": "a\x00b"}, "comment"),
        ({"comment": "x" * 65_526}, "comment"),
        ({"author": ""}, "author"),
        ({"author": "\u3164"}, "author"),
        ({"author": "Ann\u202eadmin"}, "author"),
        ({"author": "Ann\r\nBcc: x"}, "author"),
        ({"author": "n" * 246}, "author"),
        ({"email": ""}, "email"),
        ({"email": "grace@"}, "email"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "email"),
        ({"email": "a" * 250 + "@b.example"}, "email"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://x.example/" + "a" * 200}, "url"),
        ({"parent": "99"}, "parent"),
        ({"parent": "1 OR 1=1"}, "parent"),
        ({"parent": "9" * 40}, "parent"),
    ],
)
def test_a_bad_field_gets_422_with_its_sentence_and_keeps_the_rest(
    client: FlaskClient, post: Post, changes: dict[str, str], field: str
) -> None:
    answer = send(client, **changes)
    assert answer.status_code == 422
    assert field in field_errors(answer), field_errors(answer)
    assert 'role="alert"' in answer.text
    target = "comment" if field == "parent" else field
    assert f'<a href="#{target}">' in answer.text
    for name, typed in TYPED.items():
        if name not in changes:
            shown = typed.replace("*", "*")
            assert shown in answer.text, name
    assert how_many() == 0


@pytest.mark.parametrize("length", [65_524, 65_525])
def test_a_text_up_to_the_limit_is_kept_whole(client: FlaskClient, post: Post, length: int) -> None:
    assert send(client, comment="x" * length).status_code == 303
    assert len(the_comment().text) == length


def test_long_text_in_three_byte_characters_fits_when_sent_as_the_form_sends_it(
    client: FlaskClient, post: Post
) -> None:
    text = "漢" * 65_525
    answer = client.post(
        "/posts/answers/comments",
        data={**TYPED, "comment": text},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    assert the_comment().text == text


def test_name_and_website_are_taken_at_their_limits(client: FlaskClient, post: Post) -> None:
    website = "https://x.example/" + "a" * (200 - len("https://x.example/"))
    assert send(client, author="é" * 245, url=website).status_code == 303
    assert the_comment().author == "é" * 245
    assert the_comment().url == website


@pytest.fixture
def approved(post: Post) -> Comment:
    return make_comment(post)


def test_a_reply_stands_under_its_parent(
    client: FlaskClient, post: Post, approved: Comment
) -> None:
    assert send(client, parent=str(approved.id)).status_code == 303
    reply = the_comment()
    assert (reply.parent_id, reply.root_id, reply.depth) == (approved.id, approved.id, 2)


def test_a_reply_to_a_hidden_comment_is_refused(client: FlaskClient, post: Post) -> None:
    for status in (CommentStatus.PENDING, CommentStatus.SPAM, CommentStatus.TRASH):
        hidden = make_comment(post, status=status)
        answer = send(client, parent=str(hidden.id))
        assert answer.status_code == 422
        assert TYPED["comment"] in answer.text


def test_a_reply_to_a_comment_of_another_post_is_refused(client: FlaskClient, post: Post) -> None:
    foreign = make_comment(make_post("elsewhere"))
    assert send(client, parent=str(foreign.id)).status_code == 422


def test_a_too_deep_parent_is_refused_and_the_form_offers_the_place_above(
    client: FlaskClient, post: Post
) -> None:
    chain = [make_comment(post)]
    for _ in range(4):
        chain.append(make_comment(post, parent=chain[-1]))
    deepest = chain[-1]
    assert deepest.depth == 5
    assert send(client, parent=str(deepest.id)).status_code == 422
    page = client.get(f"/posts/answers?replytocom={deepest.id}").text
    assert f'name="parent" value="{chain[-2].id}"' in page
    assert f'name="answers" value="{deepest.id}"' in page
    answer = send(client, parent=str(chain[-2].id), answers=str(deepest.id))
    assert answer.status_code == 303
    reply = the_comment()
    assert (reply.depth, reply.parent_id, reply.answers_id) == (5, chain[-2].id, deepest.id)
    approve(reply.id)
    assert "In reply to" in client.get("/posts/answers").text


def test_posting_too_fast_gets_429_with_the_wait_and_the_text(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    send(client)
    clock.move(seconds=5)
    answer = send(client, comment="A second thought.")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "10"
    assert "A second thought." in answer.text
    assert how_many() == 1
    clock.move(seconds=10)
    assert send(client, comment="A second thought.").status_code == 303


def test_the_flood_limit_counts_the_network_too_and_zero_switches_it_off(
    client: FlaskClient, post: Post
) -> None:
    send(client)
    assert send(client, email="other@reader.example", comment="Two").status_code == 429
    set_setting("comments.flood_seconds", "0")
    assert send(client, comment="Three").status_code == 303


def test_a_clock_set_back_locks_nobody_out(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    send(client)
    clock.move(hours=-1)
    assert send(client, comment="An hour earlier.").status_code == 303


def test_closed_comments_answer_403_and_say_so(client: FlaskClient, app: Flask) -> None:
    make_post("closed", comments_open=False)
    answer = send(client, "closed")
    assert answer.status_code == 403
    assert "closed" in answer.text
    assert TYPED["comment"] in answer.text
    assert 'id="commentform"' not in client.get("/posts/closed").text


def test_comments_close_by_age(client: FlaskClient, post: Post) -> None:
    set_setting("comments.close_after_days", "7")
    assert send(client).status_code == 403
    set_setting("comments.close_after_days", "8")
    assert send(client).status_code == 303


def test_no_such_post_a_draft_and_a_scheduled_one_answer_404(
    client: FlaskClient, app: Flask, clock: SettableClock
) -> None:
    make_post("draft", status=PostStatus.DRAFT)
    make_post("later", published_at=clock.time.replace(year=2027))
    for slug in ("nowhere", "draft", "later"):
        assert send(client, slug).status_code == 404
        assert client.get(f"/posts/{slug}").status_code == 404
    clock.move(days=500)
    assert client.get("/posts/later").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Referer": "https://evil.example/posts/answers"},
    ],
)
def test_a_post_from_another_site_is_refused(
    client: FlaskClient, post: Post, headers: dict[str, str]
) -> None:
    answer = client.post("/posts/answers/comments", data=TYPED, headers=headers)
    assert answer.status_code == 403
    assert how_many() == 0


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": "http://localhost"}],
)
def test_a_post_from_here_or_from_no_browser_is_taken(
    client: FlaskClient, post: Post, headers: dict[str, str]
) -> None:
    answer = client.post("/posts/answers/comments", data=TYPED, headers=headers)
    assert answer.status_code == 303


def test_a_body_over_the_limit_gets_a_page(client: FlaskClient, post: Post) -> None:
    answer = send(client, comment="x" * (256 * 1024))
    assert answer.status_code == 413
    assert "256 KiB" in answer.text


def test_the_wrong_method_gets_405_with_allow(client: FlaskClient, post: Post) -> None:
    for path in ("/posts/answers/comments", "/wp-comments-post.php"):
        answer = client.get(path)
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


def test_the_trap_field_makes_it_spam_but_answers_as_held(client: FlaskClient, post: Post) -> None:
    answer = send(client, subject="buy now")
    assert answer.status_code == 303
    assert "awaiting moderation" in client.get(answer.headers["Location"]).text
    assert the_comment().status == CommentStatus.SPAM


def test_the_form_of_wordpress_is_taken_too(client: FlaskClient, post: Post) -> None:
    parent = make_comment(post)
    data = {**TYPED, "comment_post_ID": str(post.id), "comment_parent": str(parent.id)}
    answer = client.post("/wp-comments-post.php", data=data)
    assert answer.status_code == 303
    assert the_comment().parent_id == parent.id
    for bad in ("", "0", "999", "1x", "9" * 30):
        data["comment_post_ID"] = bad
        assert client.post("/wp-comments-post.php", data=data).status_code == 404


def test_fields_a_reader_may_not_set_are_ignored(client: FlaskClient, post: Post) -> None:
    send(client, status="approved", id="77", created_at="2001-01-01", html="<b>x</b>", ip="1.2.3.4")
    comment = the_comment()
    assert comment.status == CommentStatus.PENDING
    assert comment.id != 77
    assert comment.created_at == START


@pytest.mark.parametrize(
    ("key", "value", "text", "status"),
    [
        ("comments.max_links", "2", "https://a.example https://b.example", "pending"),
        ("comments.max_links", "0", "https://a.example https://b.example", "approved"),
        ("comments.hold_words", "casino", "The CASINO is open.", "pending"),
        ("comments.hold_words", "sin", "The casino is open.", "approved"),
        ("comments.refuse_words", "buy now", "Please BUY  now!", "spam"),
        ("comments.refuse_words", "(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "approved"),
        ("comments.hold", "all", "Fine.", "pending"),
    ],
)
def test_settings_decide_what_is_held(
    client: FlaskClient, post: Post, key: str, value: str, text: str, status: str
) -> None:
    set_setting("comments.hold", "none")
    set_setting(key, value)
    send(client, comment=text)
    assert the_comment().status.value == status


def test_every_verdict_is_kept_with_its_reasons(client: FlaskClient, post: Post) -> None:
    send(client, comment="https://a.example https://b.example")
    verdict = db.session.scalars(select(Verdict)).one()
    assert verdict.outcome == "hold"
    checks = [finding["check"] for finding in verdict.findings]
    assert checks == ["many_links", "mostly_links", "first_comment"]


def test_the_counts_follow_and_are_proved(client: FlaskClient, post: Post) -> None:
    from blog.comments.counting import recount

    parent = make_comment(post)
    make_comment(post, parent=parent)
    make_comment(post, status=CommentStatus.SPAM)
    db.session.expire_all()
    assert (post.comment_count, post.thread_count) == (2, 1)
    begin_write()
    assert recount() == 0


class TestRemembering:
    """The reader's cookie: by consent, sealed, and never for anyone else."""

    @pytest.fixture(autouse=True)
    def _open(self, post: Post) -> None:
        set_setting("comments.flood_seconds", "0")

    def test_nobody_gets_a_cookie_unasked(self, client: FlaskClient) -> None:
        assert "Set-Cookie" not in client.get("/posts/answers").headers
        assert "Set-Cookie" not in send(client).headers

    def test_who_ticks_the_box_finds_the_form_filled_in(self, client: FlaskClient) -> None:
        answer = send(client, remember="yes")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "grace" not in cookie.lower()
        page = client.get("/posts/answers")
        assert 'value="grace@reader.example"' in page.text
        assert "checked" in page.text
        assert "awaiting moderation" in page.text
        assert page.headers["Cache-Control"] == "private, no-store"

    def test_who_unticks_it_is_forgotten(self, client: FlaskClient) -> None:
        send(client, remember="yes")
        answer = send(client, comment="Forget me.")
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
        assert "grace@" not in client.get("/posts/answers").text

    def test_a_changed_cookie_counts_as_none(self, client: FlaskClient) -> None:
        client.set_cookie("reader", "AQIDBAUGBwgJCgsMDQ4PEBESExQV")
        page = client.get("/posts/answers")
        assert page.status_code == 200
        assert "max-age=0" in page.headers["Cache-Control"]

    def test_the_cookie_stays_small(self, client: FlaskClient) -> None:
        import random

        dice = random.Random(7)
        name = "".join(chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(245))
        answer = send(client, author=name, remember="yes")
        assert answer.status_code == 303
        assert len(answer.headers["Set-Cookie"]) < 4096


def test_a_preview_link_shows_only_its_own_comment_and_expires(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    other = make_comment(post, status=CommentStatus.PENDING, text="Somebody else waits.")
    where = send(client).headers["Location"]
    borrowed = re.sub(r"unapproved=\d+", f"unapproved={other.id}", where)
    assert "Somebody else waits." not in client.get(borrowed).text
    clock.move(hours=25)
    assert "awaiting moderation" not in client.get(where).text


@pytest.mark.parametrize("number", ["2147483648", "3000000000", str(2**63), "9" * 5000, "0" * 20])
def test_numbers_no_database_keeps_are_refused_alike_on_both(
    client: FlaskClient, post: Post, number: str
) -> None:
    expected = 303 if number.strip("0") == "" else 422
    assert send(client, parent=number).status_code in {expected, 422}
    assert client.get(f"/posts/answers?replytocom={number}").status_code == 200
    data = {**TYPED, "comment_post_ID": number}
    assert client.post("/wp-comments-post.php", data=data).status_code == 404
    assert client.get(f"/comments/{number}").status_code == 404


def test_a_nul_in_an_address_is_not_found(client: FlaskClient, post: Post) -> None:
    for path in (
        "/posts/%00",
        "/posts/answers%00",
        "/tags/a%00b",
        "/series/%00",
        "/posts/%00/feed",
    ):
        assert client.get(path).status_code == 404


def test_junk_in_the_hidden_field_of_whom_it_answers_names_nobody(
    client: FlaskClient, post: Post
) -> None:
    assert send(client, answers="anything at all").status_code == 303
    assert the_comment().answers_id is None


def test_an_answer_must_belong_to_the_thread_it_stands_in(client: FlaskClient, post: Post) -> None:
    here, elsewhere = make_comment(post), make_comment(post)
    assert send(client, parent=str(here.id), answers=str(elsewhere.id)).status_code == 422


def test_a_visible_comment_under_a_hidden_one_can_be_answered(
    client: FlaskClient, post: Post
) -> None:
    chain = [make_comment(post)]
    for _ in range(4):
        chain.append(make_comment(post, parent=chain[-1]))
    begin_write()
    change_status(chain[3].id, CommentStatus.TRASH, by="test", now=START)
    db.session.commit()
    numbers = [comment.id for comment in chain]
    page = client.get(f"/posts/answers?replytocom={numbers[4]}").text
    assert f'name="parent" value="{numbers[2]}"' in page
    listed = client.get("/posts/answers").text
    assert f'replytocom={numbers[4]}#respond" data-parent="{numbers[2]}"' in listed
    answer = send(client, parent=str(numbers[2]), answers=str(numbers[4]))
    assert answer.status_code == 303


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_was_typed_is_in_the_field_to_the_letter(
    client: FlaskClient, post: Post, line_end: str
) -> None:
    typed = line_end + '  "First" line' + line_end + "<b>& more</b>"
    answer = send(client, comment=typed, email="")
    found = re.search(r'<textarea id="comment"[^>]*>(.*?)</textarea>', answer.text, re.S)
    assert found is not None
    from html import unescape

    # A parser leaves out the first newline, so one is added where the text begins with its own.
    assert unescape(found[1]).removeprefix("\n") == typed
    plain = send(client, comment="No newline.", email="")
    assert ">No newline.</textarea>" in plain.text
