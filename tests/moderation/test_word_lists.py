"""New words of the lists in the settings are tried in the browser before they are kept."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from sqlalchemy import event

from blog.comments.models import CommentStatus
from blog.db import db
from blog.posts.models import Post
from blog.settings.queries import load_settings
from tests.factories import make_comment, set_setting
from tests.moderation.desk import ADMIN, UNTOUCHED, Visit, keep_words, send, state

pytestmark = pytest.mark.usefixtures("content")
HOLD, REFUSE = "comments.hold_words", "comments.refuse_words"


def test_new_words_are_shown_with_what_they_catch_and_kept_after_that(visit: Visit) -> None:
    post = db.session.get_one(Post, 1)
    alarm = make_comment(post, text="A casino, and why not.", author="Kim <i>")
    make_comment(post, text="Best pills", status=CommentStatus.SPAM)
    browser, before = visit(ADMIN), state()
    typed = {HOLD: "casino\nroulette", REFUSE: "pills", "comments.max_links": "7"}
    page = send(browser, "/admin/settings", typed)
    assert page.status_code == 200
    assert "The 2 new words would have caught <b>1</b> of the latest 3 comments" in page.text
    assert "The new word would have caught <b>1</b>" in page.text
    assert f'href="/admin/comments/{alarm.id}"' in page.text
    assert "Kim &lt;i&gt;" in page.text
    assert "casino\nroulette</textarea>" in page.text
    assert state() == before
    assert keep_words(browser, typed).status_code == 303
    assert load_settings().comments.hold_words == ("casino", "roulette")
    assert state()[2] == 7


def test_other_words_than_those_that_were_tried_are_tried_again(visit: Visit) -> None:
    browser = visit(ADMIN)
    page = send(browser, "/admin/settings", {HOLD: "casino"}).text
    proof = re.findall(r'name="tried" value="([^"]+)"', page)[0]
    for typed in ({HOLD: "casino\nthe"}, {REFUSE: "casino"}):
        answer = send(browser, "/admin/settings", {**typed, "tried": proof})
        assert "Nothing was saved yet" in answer.text
    assert state() == UNTOUCHED


def test_words_that_only_go_need_no_look(visit: Visit) -> None:
    set_setting(HOLD, "casino\nroulette")
    assert send(visit(ADMIN), "/admin/settings", {HOLD: "roulette"}).status_code == 303
    assert load_settings().comments.hold_words == ("roulette",)


def test_addresses_and_networks_of_a_list_are_found_and_not_shown(visit: Visit) -> None:
    make_comment(db.session.get_one(Post, 1), text="Plain words.")
    page = send(visit(ADMIN), "/admin/settings", {HOLD: "ada@reader.example\n192.0.2.7"}).text
    result = page.partition('id="result-title"')[2].partition("<fieldset>")[0]
    assert "would have caught <b>2</b>" in result
    assert "an address on the list" in result
    assert "ada@reader.example" not in result


def test_62204_phrases_that_are_pasted_show_their_false_alarms(
    visit: Visit, shared_data: Path
) -> None:
    phrases = (shared_data / "spam" / "comment-blocklist.txt").read_text(encoding="utf-8")
    post = db.session.get_one(Post, 1)
    honest = make_comment(post, text="My grandmother won at online poker, which is a long story.")
    make_comment(post, text="buy viagra online", status=CommentStatus.SPAM)
    begun: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        begun.append(statement)

    browser = visit(ADMIN)
    event.listen(db.engine, "before_cursor_execute", note)
    started = time.process_time()
    page = send(browser, "/admin/settings", {REFUSE: phrases.replace("\n", "\r\n")})
    assert time.process_time() - started < 10
    assert page.status_code == 200
    assert "<strong>1 is approved</strong>" in page.text
    assert f'href="/admin/comments/{honest.id}"' in page.text
    assert "<bdi>online poker</bdi> in 1" in page.text
    # Not while it looks is the database kept from others.
    look = next(n for n, said in enumerate(begun) if "FROM comment LEFT OUTER JOIN person" in said)
    assert not any("FOR UPDATE" in said for said in begun[look:])
