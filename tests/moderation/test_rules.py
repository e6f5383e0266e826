"""Rules at the desk: tried before they are kept, logged, undone, and never at a comment's cost."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from blog.accounts.models import Role
from blog.comments import tryout
from blog.comments.models import Comment, CommentStatus, Person, Verdict
from blog.comments.rejudging import judge_again
from blog.comments.tryout import try_rule
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from blog.moderation.rules import MOST_RULES, forget_old_rules, rule_numbered, save_rule
from blog.posts.models import Post
from blog.screening.models import Does, RuleKind, RuleVersion, StoredRule
from blog.screening.rulebook import standing_rules
from blog.screening.rules import Rule
from blog.settings.catalogue import CommentSettings
from tests.conftest import SettableClock
from tests.factories import make_comment, make_post, make_rule, make_staff, set_setting
from tests.moderation.desk import (
    ADMIN,
    MODERATOR,
    RULE_FORM,
    UNTOUCHED,
    Visit,
    send,
    state,
)

pytestmark = pytest.mark.usefixtures("content")


def keep(browser: FlaskClient, **typed: Any) -> TestResponse:
    """Try a rule, then save it from the page that shows the result."""
    form = {**RULE_FORM, **typed}
    page = send(browser, "/admin/rules/new", form)
    assert page.status_code == 200, page.text
    proof = re.search(r'name="tried" value="([^"]+)"', page.text)
    assert proof is not None
    return send(browser, "/admin/rules", {**form, "tried": proof[1]})


def leave(client: FlaskClient, words: str, **typed: str) -> Comment:
    """Leave a reply as a reader does; gives what became of it."""
    slug = db.session.scalar(select(Post.slug).where(Post.id == 1))
    form = {"comment": words, "author": "Ann", "email": "ann@reader.example", **typed}
    assert client.post(f"/posts/{slug}/comments", data=form).status_code == 303
    return db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()


@pytest.fixture
def open_blog(app: object) -> None:
    set_setting("comments.hold", "none")
    set_setting("comments.flood_seconds", "0")


def test_a_rule_is_tried_on_what_is_here_before_it_can_be_saved(visit: Visit) -> None:
    post = db.session.get_one(Post, 1)
    approved = make_comment(post, text="My grandmother ran a casino.")
    approved.status_by = "staff:1"
    db.session.commit()
    make_comment(post, text="The best casino", status=CommentStatus.SPAM)
    make_comment(post, text="A casinos' story, which is another word.")
    browser = visit(ADMIN)
    before = state()
    page = send(browser, "/admin/rules/new", RULE_FORM).text
    assert "would have caught <b>2</b> of the latest 4 comments: 1 approved, 1 spam" in page
    assert "<strong>1 is approved</strong>, 1 of them by somebody of the staff" in page
    assert f'href="/admin/comments/{approved.id}"' in page
    assert "My grandmother ran a casino." in page
    assert state() == before


def test_a_rule_that_was_not_looked_at_is_not_saved_but_shown(visit: Visit) -> None:
    browser = visit(ADMIN)
    for proof in ("", "forged", "a.b"):
        answer = send(browser, "/admin/rules", {**RULE_FORM, "tried": proof})
        assert answer.status_code == 422
        assert "Look at what the rule would have caught" in answer.text
        assert "would have caught <b>0</b>" in answer.text
    assert state() == UNTOUCHED


@pytest.mark.parametrize(
    "other", [{"value": "roulette"}, {"does": "refuse"}, {"kind": "pieces"}, {"rule": "1"}]
)
def test_the_look_counts_for_the_rule_that_was_tried_alone(
    visit: Visit, other: dict[str, str]
) -> None:
    browser = visit(ADMIN)
    page = send(browser, "/admin/rules/new", RULE_FORM).text
    proof = re.findall(r'name="tried" value="([^"]+)"', page)[0]
    answer = send(browser, "/admin/rules", {**RULE_FORM, **other, "tried": proof})
    assert answer.status_code == 422
    assert state() == UNTOUCHED


def test_a_look_of_yesterday_does_not_count(visit: Visit, clock: SettableClock) -> None:
    page = send(visit(ADMIN), "/admin/rules/new", RULE_FORM).text
    proof = re.findall(r'name="tried" value="([^"]+)"', page)[0]
    clock.move(days=1)
    answer = send(visit(ADMIN), "/admin/rules", {**RULE_FORM, "tried": proof})
    assert answer.status_code == 422


@pytest.mark.usefixtures("open_blog")
@pytest.mark.parametrize(
    ("does", "status"), [("hold", CommentStatus.PENDING), ("refuse", CommentStatus.SPAM)]
)
def test_a_saved_rule_counts_for_the_next_comment_and_says_so(
    visit: Visit, client: FlaskClient, does: str, status: CommentStatus
) -> None:
    assert leave(client, "A casino.").status == CommentStatus.APPROVED
    browser = visit(ADMIN)
    assert keep(browser, does=does).status_code == 303
    caught = leave(client, "Another casino.")
    assert caught.status == status
    page = browser.get(f"/admin/comments/{caught.id}").text
    assert "The rule “Casino”" in page
    assert "It would have been published without “casino”" in page
    page = browser.get("/admin/rules").text
    assert 'aria-label="1 caught by Casino"' in page
    found = browser.get("/admin/comments?status=all&reason=rule_2").text
    assert f'id="comment-{caught.id}"' in found or f"/admin/comments/{caught.id}" in found


def test_a_rule_counts_also_when_a_text_is_screened_once_more(clock: SettableClock) -> None:
    make_rule()
    made = make_comment(db.session.get_one(Post, 1), text="Nothing of the kind.")
    begin_write()
    made.text = "My casino."
    again = judge_again(made, settings=CommentSettings(hold="none"), now=clock())
    db.session.commit()
    assert [finding.check for finding in again.findings] == ["rule_2"]


@pytest.mark.usefixtures("open_blog")
def test_rules_of_every_kind_hold_a_real_reply(client: FlaskClient, visit: Visit) -> None:
    browser = visit(ADMIN)
    wanted = [
        ("pieces", "asin"),
        ("pattern", r"c.s+ino\b"),
        ("links", "1"),
        ("domain", "shop.example"),
        ("mail_domain", "reader.example"),
        ("address", "ANN@reader.example"),
        ("network", "127.0.0.0/8"),
        ("name", "Ann"),
    ]
    for kind, value in wanted:
        assert keep(browser, name=kind, kind=kind, value=value).status_code == 303
    made = leave(client, "A casino: https://www.shop.example/now")
    verdict = db.session.scalars(select(Verdict).where(Verdict.comment_id == made.id)).one()
    said = {finding["check"] for finding in verdict.findings}
    assert said >= {f"rule_{number}" for number in range(2, 2 + len(wanted))}
    stored = str(verdict.findings)
    assert "ann@reader" not in stored.lower()
    assert "127.0.0" not in stored
    # What would have been caught is found as well where it lies at rest.
    for rule in standing_rules()[1:]:
        assert made.id in {caught.comment_id for caught in try_rule(rule).others}, rule.kind


def test_an_address_is_kept_as_an_index_and_shown_masked(visit: Visit) -> None:
    browser = visit(ADMIN)
    keep(browser, kind="address", value="ada@reader.example")
    rule = standing_rules()[-1]
    person = db.session.scalars(select(Person)).one()
    assert (rule.value, rule.address_index) == ("a•••@r•••", person.address_index)
    for path in ("/admin/rules", f"/admin/rules/{rule.id}", "/admin/log"):
        assert "ada@reader.example" not in browser.get(path).text
    # Left empty, the address stays while the rest is changed.
    keep(browser, rule=str(rule.id), seen="1", kind="address", value="", does="refuse")
    changed = standing_rules()[-1]
    assert (changed.address_index, changed.does) == (person.address_index, Does.REFUSE)


def test_moderators_see_the_rules_but_no_network_and_no_domain_of_an_address(visit: Visit) -> None:
    make_rule(kind=RuleKind.NETWORK, value="192.0.2.7/32\n192.0.2.8/32", name="Neighbours")
    make_rule(kind=RuleKind.MAIL_DOMAIN, value="reader.example", name="Their mail")
    make_rule(value="ada@reader.example\n192.0.2.7\nroulette", name="Mixed")
    page = visit(MODERATOR).get("/admin/rules").text
    assert "Neighbours" in page
    assert "2 entries" in page
    assert "an address on the list, an address on the list, roulette" in page
    assert "192.0.2" not in page
    assert "reader.example" not in page
    assert "<button" not in page.partition("<h1>")[2]
    assert "192.0.2.7/32" in visit(ADMIN).get("/admin/rules").text


def test_what_cannot_be_a_rule_is_told_beside_its_field_with_everything_kept(visit: Visit) -> None:
    typed = {"name": "", "kind": "pattern", "value": "(<b>", "does": "drop", "note": "n" * 501}
    for path in ("/admin/rules/new", "/admin/rules"):
        answer = send(visit(ADMIN), path, typed)
        assert answer.status_code == 422
        for field in ("name", "value", "does", "note"):
            assert f'id="{field}-error"' in answer.text
        assert "missing ): (&lt;b&gt;" in answer.text
        assert "(&lt;b&gt;</textarea>" in answer.text
    assert state() == UNTOUCHED


def test_every_change_is_logged_and_can_be_undone_and_redone(visit: Visit) -> None:
    browser = visit(ADMIN)
    keep(browser)
    keep(browser, rule="2", seen="1", value="roulette")
    send(browser, "/admin/rules/2", {"do": "off"})
    send(browser, "/admin/rules/2", {"do": "delete"})
    assert rule_numbered(2) is None
    entries = db.session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
    assert [(entry.action, entry.subject, entry.before, entry.after) for entry in entries] == [
        ("add_rule", "rule:2", "", "version 1"),
        ("change_rule", "rule:2", "version 1", "version 2"),
        ("switch_off_rule", "rule:2", "version 2", "version 3"),
        ("delete_rule", "rule:2", "version 3", ""),
    ]
    undo(browser, 4)
    rule = rule_numbered(2)
    assert rule is not None
    assert (rule.version, rule.is_on, rule.value) == (3, False, "roulette")
    undo(browser, 3)
    rule = rule_numbered(2)
    assert rule is not None
    assert (rule.version, rule.is_on) == (4, True)
    # Entry 2 led to version 2, which does not stand any more; what was taken back since does.
    assert "was changed again since" in undo(browser, 2)
    undo(browser, 6)
    rule = rule_numbered(2)
    assert rule is not None
    assert (rule.version, rule.is_on) == (5, False)
    assert verify_log().is_whole


def undo(browser: FlaskClient, entry: int) -> str:
    send(browser, "/admin/undo", {"first": str(entry), "last": str(entry), "next": "/admin/log"})
    db.session.rollback()
    return browser.get("/admin/log").text


def test_the_undo_of_a_new_rule_deletes_it(visit: Visit) -> None:
    browser = visit(ADMIN)
    keep(browser)
    assert 'aria-label="Undo entry 1"' in browser.get("/admin/log").text
    undo(browser, 1)
    assert rule_numbered(2) is None


def test_moderators_can_take_back_no_change_of_a_rule(visit: Visit) -> None:
    keep(visit(ADMIN))
    moderator = visit(MODERATOR)
    assert 'aria-label="Undo entry 1"' not in moderator.get("/admin/log").text
    answer = send(moderator, "/admin/undo", {"first": "1", "last": "1"})
    assert answer.status_code == 422
    assert rule_numbered(2) is not None


def test_a_rule_that_a_colleague_changed_is_not_overwritten(visit: Visit) -> None:
    one, other = visit(ADMIN), visit(ADMIN)
    keep(one, rule="1", seen="1", value="first")
    answer = keep(other, rule="1", seen="1", value="second")
    assert answer.status_code == 409
    assert "Somebody else changed this rule" in answer.text
    assert standing_rules()[0].value == "first"


def test_the_same_again_makes_no_version(visit: Visit) -> None:
    browser = visit(ADMIN)
    keep(browser)
    keep(browser, rule="2", seen="1")
    assert standing_rules()[-1].version == 1


@pytest.mark.parametrize("rule", ["9", "x", "99999999999999"])
def test_a_rule_that_is_not_there_is_404(visit: Visit, rule: str) -> None:
    browser = visit(ADMIN)
    assert browser.get(f"/admin/rules/{rule}").status_code == 404
    assert send(browser, f"/admin/rules/{rule}", {"do": "off"}).status_code == 404
    assert send(browser, "/admin/rules", {**RULE_FORM, "rule": rule}).status_code == 404


def test_a_change_of_a_rule_that_makes_no_sense_is_refused(visit: Visit) -> None:
    assert send(visit(ADMIN), "/admin/rules/1", {"do": "explode"}).status_code == 422
    assert state() == UNTOUCHED


@pytest.mark.usefixtures("open_blog")
def test_a_rule_that_became_unreadable_holds_what_comes_and_says_so(
    visit: Visit, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    make_rule(kind=RuleKind.PATTERN, value="(broken", name="Hurt")
    assert leave(client, "Anything at all.").status == CommentStatus.PENDING
    assert "holds" not in caplog.text
    page = visit(ADMIN).get("/admin/rules").text
    assert "cannot be read, so every comment is held" in page


@pytest.mark.usefixtures("open_blog")
def test_a_comment_survives_rules_that_cannot_be_read(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    begin_write()
    db.session.execute(text("ALTER TABLE screening_rule_version RENAME TO gone"))
    db.session.commit()
    assert leave(client, "An honest remark.").status == CommentStatus.PENDING
    begin_write()
    db.session.execute(text("ALTER TABLE gone RENAME TO screening_rule_version"))
    db.session.commit()
    assert "The rules could not be read" in caplog.text
    # The next comment tries again, though nothing of the site changed.
    words = "Another honest remark."
    assert leave(client, words, email="bea@reader.example").status == CommentStatus.APPROVED


@pytest.mark.usefixtures("open_blog")
def test_rules_are_read_and_compiled_once_for_many_comments(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counting(**given: Any) -> list[Rule]:
        read.append(1)
        return standing_rules(**given)

    monkeypatch.setattr("blog.screening.rulebook.standing_rules", counting)
    for number in range(4):
        leave(client, f"An honest remark, the {number}th.", email=f"a{number}@reader.example")
    assert len(read) == 1


def test_a_try_out_that_takes_too_long_says_what_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post = make_post()
    for number in range(6):
        make_comment(post, text=f"A casino, number {number}.")
    monkeypatch.setattr(tryout, "PIECE", 2)
    rule = standing_rules()[0]
    tried = try_rule(replace(rule, value="casino"), seconds=-1)
    assert (tried.looked_at, tried.caught, tried.left_out) == (1, 1, 6)
    tried = try_rule(replace(rule, value="casino"))
    assert (tried.looked_at, tried.caught, tried.left_out) == (7, 6, 0)
    monkeypatch.setattr(tryout, "LATEST", 3)
    assert try_rule(replace(rule, value="casino")).looked_at == 3


def test_there_are_not_too_many_rules(clock: SettableClock) -> None:
    for _ in range(MOST_RULES - 1):
        db.session.add(StoredRule(version=1))
    db.session.commit()
    admin = make_staff(Role.ADMIN)
    begin_write()
    rule = Rule(name="One more", kind=RuleKind.WORDS, value="x", does=Does.HOLD)
    with pytest.raises(Refusal, match="200 rules already"):
        save_rule(rule, staff=admin, now=clock())
    db.session.rollback()


def test_patterns_that_are_on_do_not_cost_too_much_together(visit: Visit) -> None:
    browser = visit(ADMIN)
    costly, before = {"kind": "pattern", "value": "[a-z]{1,200}x"}, len(standing_rules())
    for number in range(4):
        assert keep(browser, name=f"Costly {number}", **costly).status_code == 303
    refused = keep(browser, name="One more", **costly)
    assert refused.status_code == 422
    assert "Together with the patterns that are on already" in refused.text
    assert len(standing_rules()) == before + 4
    first = standing_rules()[before].id
    send(browser, f"/admin/rules/{first}", {"do": "off"})
    assert keep(browser, name="One more", **costly).status_code == 303


def test_former_versions_and_deleted_rules_are_forgotten_after_90_days(
    visit: Visit, clock: SettableClock
) -> None:
    browser = visit(ADMIN)
    keep(browser)
    clock.move(days=100)
    browser = visit(ADMIN)
    keep(browser, rule="2", seen="1", value="roulette")
    send(browser, "/admin/rules/1", {"do": "delete"})
    assert versions() == [(1, 1), (2, 1), (2, 2)]
    clock.move(days=91)
    begin_write()
    forget_old_rules(clock())
    db.session.commit()
    assert versions() == [(2, 2)]
    # Its number stays its own: traces name it.
    assert make_rule().id == 3


def versions() -> list[tuple[int, int]]:
    db.session.rollback()
    rows = db.session.execute(
        select(RuleVersion.rule_id, RuleVersion.version).order_by(
            RuleVersion.rule_id, RuleVersion.version
        )
    )
    return [(row.rule_id, row.version) for row in rows]
