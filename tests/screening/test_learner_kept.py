"""The learner in the database: in one order, the same everywhere, and trusted only when proved."""

from __future__ import annotations

import pytest
from flask import Flask

from blog.clock import now
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.screening import learner
from blog.screening.domains import domain_facts, link_text_share, linked_domains, replace_disposable
from blog.screening.learner import Decision, current_model, learn, opinion_on
from blog.screening.models import Label, LearnerHead, LearnerSnapshot, Lesson

SPAM = "Cheap watches number {} at half the price, order now"
HAM = "I ran the migration number {} and it was the index that made it slow"


def decisions(count: int, first: int = 1) -> list[Decision]:
    return [
        Decision(
            number,
            (SPAM if number % 2 else HAM).format(number),
            Label.SPAM if number % 2 else Label.HAM,
            ("watches.example",) if number % 2 else (),
        )
        for number in range(first, first + count)
    ]


def teach(*told: Decision) -> int:
    begin_write()
    count = learn(told, now=now())
    db.session.commit()
    return count


def restart(app: Flask) -> None:
    app.extensions.pop("blog_learner", None)


def test_every_process_has_the_same_model(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "KEPT_EVERY", 20)
    teach(*decisions(30))
    teach(*decisions(30, first=31))
    packed = current_model().to_bytes()
    assert db.session.query(LearnerSnapshot).count() == 1
    restart(app)
    assert current_model().to_bytes() == packed
    # One that was away learns what was written meanwhile.
    behind = app.extensions["blog_learner"]
    restart(app)
    teach(*decisions(5, first=61))
    packed = current_model().to_bytes()
    app.extensions["blog_learner"] = behind
    assert current_model().to_bytes() == packed


def test_what_is_rolled_back_is_not_learnt(app: Flask) -> None:
    teach(*decisions(10))
    packed = current_model().to_bytes()
    begin_write()
    learn(decisions(10, first=11), now=now())
    db.session.rollback()
    assert current_model().to_bytes() == packed
    assert db.session.get_one(LearnerHead, 1).length == 10


def test_it_acts_alone_only_after_it_proved_itself(app: Flask) -> None:
    text = SPAM.format("new")
    assert opinion_on(text).acts_at is None
    teach(*decisions(40))
    assert opinion_on(text).holds_at == learner.PRIOR_HOLDS_AT
    teach(*decisions(260, first=41))
    proved = opinion_on(text)
    assert proved.acts_at is not None
    assert proved.probability >= proved.acts_at
    assert proved.acts_at >= learner.ACTS_FROM
    assert "cheap watches" in proved.words
    assert opinion_on(HAM.format("new")).probability < proved.holds_at
    # Half of what it is told next contradicts it: it loses the right again.
    teach(*[
        Decision(number, SPAM.format(number), Label.HAM) for number in range(1_000, 1_150)
    ])  # fmt: skip
    assert opinion_on(text).acts_at is None


def test_what_was_brought_from_files_proves_nothing(app: Flask) -> None:
    begin_write()
    learn([Decision(None, each.text, each.label) for each in decisions(300)], now=now())
    db.session.commit()
    assert opinion_on(SPAM.format("new")).acts_at is None
    assert opinion_on(SPAM.format("new")).probability > 0.9


def test_a_decision_that_is_changed_is_learnt_anew(app: Flask) -> None:
    one = decisions(1)[0]
    assert teach(one) == 1
    assert teach(one) == 0
    assert domain_facts(["watches.example"], "").spam_domains == ("watches.example",)
    assert teach(Decision(1, one.text, Label.HAM, one.domains)) == 1
    assert domain_facts(["watches.example"], "").spam_domains == ()
    assert teach(Decision(1, one.text, Label.WITHDRAWN, one.domains)) == 1
    assert [lesson.former for lesson in db.session.query(Lesson).order_by(Lesson.id)] == [
        None, Label.SPAM, Label.HAM,
    ]  # fmt: skip


def test_disposable_domains_come_along_and_can_be_replaced(app: Flask) -> None:
    assert domain_facts([], "x@mailinator.com").has_disposable_address
    assert domain_facts([], "x@sub.mailinator.com").has_disposable_address
    assert not domain_facts([], "x@gone.example").has_disposable_address
    begin_write()
    assert replace_disposable(["# a list", "gone.example", ""]) == 1
    db.session.commit()
    assert domain_facts([], "x@gone.example").has_disposable_address
    begin_write()
    replace_disposable([])
    db.session.commit()
    assert not domain_facts([], "x@gone.example").has_disposable_address
    with pytest.raises(Refusal, match="no domain"):
        replace_disposable(["not a domain"])


def test_links_are_read_from_safe_html() -> None:
    html = '<p>See <a href="https://WWW.One.example:8/x?y">this</a> or that.</p>'
    assert linked_domains(html, "http://two.example") == ("one.example", "two.example")
    assert link_text_share(html) == pytest.approx(4 / 17)
    assert link_text_share("<p>plain</p>") == 0
