"""The checks: pure functions from facts to findings, and a policy that loses nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from blog.screening.checks import CHECKS
from blog.screening.facts import Around, Facts, Finding, Opinion, Outcome
from blog.screening.policy import judge
from blog.screening.words import find_phrase
from blog.settings.catalogue import CommentSettings

ENGLISH = "This is what I have been looking for, and it is not as hard as you think it was."
GERMAN = (
    "Das ist genau was ich gesucht habe, und es ist nicht so schwer wie man denkt, auch für mich."
)
RUSSIAN = "Это именно то, что я искал, и это совсем не так сложно, как многие думают."


def opinion(probability: float, acts_at: float | None = None) -> Opinion:
    return Opinion(
        probability=probability,
        words=("pills",),
        holds_at=0.97,
        acts_at=acts_at,
        measured_on=200,
    )


def facts(**given: Any) -> Facts:
    rules = CommentSettings(**{"hold": "none", **given.pop("rules", {})})
    plain = Facts(
        author="Ann",
        address="ann@reader.example",
        url="",
        text="A plain remark.",
        ip="192.0.2.1",
        agent="",
        link_count=0,
        trap_was_filled=False,
        was_approved_before=False,
        claims_staff_address=False,
        settings=rules,
        now=datetime(2026, 11, 22, tzinfo=UTC),
    )
    return replace(plain, **given)


@pytest.mark.parametrize(
    ("given", "outcome", "checks"),
    [
        ({}, Outcome.PUBLISH, []),
        ({"trap_was_filled": True}, Outcome.SPAM, ["trap_field"]),
        ({"link_count": 1}, Outcome.PUBLISH, []),
        ({"link_count": 2}, Outcome.HOLD, ["many_links"]),
        ({"link_count": 9, "rules": {"max_links": 0}}, Outcome.PUBLISH, []),
        ({"rules": {"hold": "all"}, "was_approved_before": True}, Outcome.HOLD, ["hold_all"]),
        ({"rules": {"hold": "first"}}, Outcome.HOLD, ["first_comment"]),
        ({"rules": {"hold": "first"}, "was_approved_before": True}, Outcome.PUBLISH, []),
        ({"claims_staff_address": True}, Outcome.HOLD, ["staff_address"]),
        ({"rules": {"hold_words": ("ann@reader.example",)}}, Outcome.HOLD, ["hold_words"]),
        ({"rules": {"hold_words": ("192.0.2.1",)}}, Outcome.HOLD, ["hold_words"]),
        ({"rules": {"refuse_words": ("remark",)}}, Outcome.SPAM, ["refuse_words"]),
        ({"author": "Аdmin"}, Outcome.HOLD, ["mixed_scripts"]),
        ({"author": "Ольга"}, Outcome.PUBLISH, []),
        ({"author": "An\u200bna"}, Outcome.HOLD, ["invisible_characters"]),
        ({"text": "vi\u200bag\u200bra"}, Outcome.PUBLISH, ["invisible_characters"]),
        ({"text": "v\u2060i\u200bag\u200bra"}, Outcome.HOLD, ["invisible_characters"]),
        ({"text": "A family: \U0001f468\u200d\U0001f469"}, Outcome.PUBLISH, []),
        ({"link_text_share": 0.9}, Outcome.PUBLISH, ["mostly_links"]),
        ({"around": Around(lookalike_people=1)}, Outcome.PUBLISH, []),
        ({"around": Around(lookalike_people=2, cluster=7)}, Outcome.HOLD, ["lookalikes"]),
        ({"around": Around(is_own_repeat=True)}, Outcome.HOLD, ["own_repeat"]),
        ({"around": Around(spam_domains=("pills.example",))}, Outcome.HOLD, ["spam_domain"]),
        ({"around": Around(has_disposable_address=True)}, Outcome.PUBLISH, ["disposable_address"]),
        (
            {"around": Around(has_disposable_address=True), "link_text_share": 0.9},
            Outcome.HOLD,
            ["disposable_address", "mostly_links"],
        ),
        ({"around": Around(is_unknown=True)}, Outcome.HOLD, ["unread_records"]),
        ({"text": GERMAN, "post_text": ENGLISH}, Outcome.PUBLISH, ["other_language"]),
        ({"text": RUSSIAN, "post_text": ENGLISH}, Outcome.PUBLISH, ["other_language"]),
        ({"text": ENGLISH, "post_text": ENGLISH}, Outcome.PUBLISH, []),
        ({"around": Around(opinion=opinion(0.95))}, Outcome.PUBLISH, []),
        ({"around": Around(opinion=opinion(0.99))}, Outcome.HOLD, ["learner"]),
        ({"around": Around(opinion=opinion(0.99, acts_at=0.98))}, Outcome.SPAM, ["learner"]),
        (
            {"around": Around(opinion=opinion(0.99)), "rules": {"learner": "off"}},
            Outcome.PUBLISH,
            [],
        ),
        (
            {"trap_was_filled": True, "link_count": 3, "rules": {"hold": "all"}},
            Outcome.SPAM,
            ["trap_field", "many_links", "hold_all"],
        ),
    ],
)
def test_each_check_says_what_it_saw(
    given: dict[str, Any], outcome: Outcome, checks: list[str]
) -> None:
    judgement = judge(facts(**given))
    assert judgement.outcome == outcome
    assert [finding.check for finding in judgement.findings] == checks
    for finding in judgement.findings:
        assert finding.reason.endswith(".")


def test_a_check_that_breaks_holds_the_comment(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_facts: Facts) -> Finding | None:
        raise OSError("its list is gone")

    judgement = judge(facts(), checks=(*CHECKS, broken))
    assert judgement.outcome == Outcome.HOLD
    assert "broken" in judgement.findings[-1].reason
    assert "broken failed" in caplog.text
    assert judgement.broken_checks() == ("broken",)


@pytest.mark.parametrize(
    ("phrases", "text", "found"),
    [
        (("casino",), "The Casino!", "casino"),
        (("sin",), "The casino", None),
        (("buy now",), "please BUY\n  now.", "buy now"),
        (("(a+)+$",), "x (a+)+$ y", "(a+)+$"),
        (("ｆｒｅｅ",), "FREE", "ｆｒｅｅ"),
        (("straße",), "STRASSE", "straße"),
        (("!,!",), "Well, yes!", None),
        (("",), "anything", None),
    ],
)
def test_phrases_are_literal_whole_words(
    phrases: tuple[str, ...], text: str, found: str | None
) -> None:
    assert find_phrase(phrases, (text,)) == found


def test_the_number_of_phrases_does_not_make_the_search_slower() -> None:
    text = "some honest words that stand on no list " * 50
    few = tuple(f"bad{number} phrase" for number in range(10))
    many = tuple(f"bad{number} phrase" for number in range(20_000))

    def cost(phrases: tuple[str, ...]) -> float:
        find_phrase(phrases, (text,))  # the list is indexed once
        start = time.process_time()
        for _ in range(20):
            find_phrase(phrases, (text,))
        return time.process_time() - start

    assert cost(many) < 5 * cost(few) + 0.05
