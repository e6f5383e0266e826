"""Rules of the staff: what each kind reads and finds, and that none costs a comment its life."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from blog.errors import Refusal
from blog.screening.facts import Facts, Outcome
from blog.screening.models import Does, RuleKind
from blog.screening.policy import judge
from blog.screening.rulebook import Rulebook
from blog.screening.rules import Rule, compile_rule, read_value
from tests.screening.test_checks import facts

INDEX = b"i" * 20


def rule(kind: RuleKind, value: str, **given: Any) -> Rule:
    plain = Rule(id=12, version=3, name="Mine", kind=kind, value=value, does=Does.HOLD)
    return replace(plain, **given)


def sent(**given: Any) -> Facts:
    return facts(**given)


@pytest.mark.parametrize(
    ("kind", "value", "given", "saw"),
    [
        (RuleKind.WORDS, "Cheap watches\ncasino", {"text": "A CASINO!"}, "casino"),
        (RuleKind.WORDS, "cheap watches", {"text": "cheap  watches here"}, "cheap watches"),
        (RuleKind.WORDS, "ass", {"text": "a class in Scunthorpe"}, None),
        (RuleKind.WORDS, "ann", {"text": "nothing"}, "ann"),
        (RuleKind.PIECES, "Ass\nclassic", {"text": "a CLASSIC"}, "CLASSIC"),
        (RuleKind.PIECES, "a.c", {"text": "abc"}, None),
        (RuleKind.PATTERN, r"\bcheap\s+watch(es)?\b", {"text": "Cheap\nwatches"}, "Cheap\nwatches"),
        (RuleKind.PATTERN, r"(?-i)CHEAP", {"text": "cheap"}, None),
        (RuleKind.PATTERN, r"^\pL+$", {"text": "1", "author": "Ольга"}, "Ольга"),
        (RuleKind.PATTERN, "half", {"text": "\ud800 half"}, "half"),
        (RuleKind.LINKS, "3", {"link_count": 3}, "3 links"),
        (RuleKind.LINKS, "3", {"link_count": 2}, None),
        (
            RuleKind.DOMAIN,
            "shop.example",
            {"linked_domains": ("a.shop.example",)},
            "a.shop.example",
        ),
        (RuleKind.DOMAIN, "shop.example", {"linked_domains": ("workshop.example",)}, None),
        (RuleKind.MAIL_DOMAIN, "reader.example", {}, ""),
        (RuleKind.MAIL_DOMAIN, "example.com", {"address": "a@b.example.com"}, ""),
        (RuleKind.MAIL_DOMAIN, "example.com", {"address": "a@myexample.com"}, None),
        (RuleKind.NETWORK, "192.0.2.0/24", {}, ""),
        (RuleKind.NETWORK, "192.0.2.0/24", {"ip": "::ffff:192.0.2.9"}, ""),
        (RuleKind.NETWORK, "198.51.100.0/24\n2001:db8::/32", {"ip": "2001:db8::1"}, ""),
        (RuleKind.NETWORK, "2001:db8::/32", {}, None),
        (RuleKind.NETWORK, "0.0.0.0/0", {"ip": ""}, None),
        (RuleKind.NAME, "Mo Staff", {"author": "Mо Stаff"}, "Mо Stаff"),
        (RuleKind.NAME, "Mo Staff", {"author": "Mo"}, None),
    ],
)
def test_each_kind_finds_what_it_says(
    kind: RuleKind, value: str, given: dict[str, Any], saw: str | None
) -> None:
    made = rule(kind, read_value(kind, value))
    assert compile_rule(made)(sent(**given)) == saw
    # The book, which looks for the words of all rules at once, finds the same.
    findings = Rulebook([made]).findings(sent(**given))
    assert [finding.evidence for finding in findings] == ([] if saw is None else [saw])


def test_an_address_is_known_by_its_index_alone() -> None:
    made = rule(RuleKind.ADDRESS, "a•••@r•••", address_index=INDEX)
    assert Rulebook([made]).findings(sent(address_index=INDEX))[0].evidence == ""
    assert Rulebook([made]).findings(sent(address_index=b"j" * 20)) == []
    assert Rulebook([replace(made, address_index=None)]).findings(sent()) == []


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (RuleKind.WORDS, " one \r\n\r\ntwo\none", "one\ntwo"),
        (RuleKind.LINKS, " 007 ", "7"),
        (RuleKind.DOMAIN, "https://WWW.Shop.example/x\n*.bücher.example", None),
        (RuleKind.MAIL_DOMAIN, "@Mail.Example\nx@mail.example", "mail.example"),
        (RuleKind.ADDRESS, "Ann@Reader.EXAMPLE", "Ann@reader.example"),
        (RuleKind.NETWORK, "192.0.2.7/24\n::ffff:192.0.2.0/120\n2001:DB8::1", None),
        (RuleKind.PATTERN, "\r\n a b \r\n", " a b "),
    ],
)
def test_what_was_typed_is_kept_in_its_tidy_form(
    kind: RuleKind, typed: str, kept: str | None
) -> None:
    expected = {
        RuleKind.DOMAIN: "shop.example\nxn--bcher-kva.example",
        RuleKind.NETWORK: "192.0.2.0/24\n2001:db8::1/128",
    }
    assert read_value(kind, typed) == (kept or expected[kind])


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        (RuleKind.WORDS, " \n ", "words or phrases"),
        (RuleKind.PATTERN, "", "Type a pattern"),
        (RuleKind.PATTERN, "(a", "missing )"),
        (RuleKind.PATTERN, "(?=a)", "no look-around"),
        (RuleKind.PATTERN, r"(a)\1", "no back references"),
        (RuleKind.PATTERN, "(a?){900}", "cost too much"),
        (RuleKind.PATTERN, "x" * 2_001, "longer than"),
        (RuleKind.LINKS, "0", "a whole number"),
        (RuleKind.LINKS, "many", "a whole number"),
        (RuleKind.LINKS, "1\n2", "one line"),
        (RuleKind.DOMAIN, "not a domain", "domains such as"),
        (RuleKind.MAIL_DOMAIN, "-", "domains of mail"),
        (RuleKind.ADDRESS, "ann", "one whole email address"),
        (RuleKind.ADDRESS, "a@b.example\nc@d.example", "one line"),
        (RuleKind.NETWORK, "192.0.2.0/33", "192.0.2.0/24"),
        (RuleKind.NETWORK, "example.com", "192.0.2.0/24"),
        (RuleKind.NAME, "\u200b", "names"),
        (RuleKind.WORDS, "x" * 100_001, "at most 100,000"),
        (RuleKind.PIECES, "\n".join(map(str, range(201))), "at most 200"),
    ],
)
def test_what_no_rule_can_be_made_of_is_refused_with_what_was_expected(
    kind: RuleKind, typed: str, said: str
) -> None:
    with pytest.raises(Refusal) as caught:
        read_value(kind, typed)
    assert said in caught.value.sentence
    assert caught.value.field == "value"


def test_a_trace_names_the_rule_and_its_version() -> None:
    made = rule(RuleKind.WORDS, "remark", does=Does.REFUSE)
    judgement = judge(sent(), Rulebook([made]))
    assert judgement.outcome == Outcome.SPAM
    (finding,) = judgement.findings
    assert (finding.check, finding.rule_version) == ("rule_12", 3)
    assert finding.reason == "The rule “Mine” refuses it: “remark” stands in it."
    assert finding.otherwise == "without “remark”"


def test_every_rule_that_concerns_it_says_so() -> None:
    book = Rulebook(
        [
            rule(RuleKind.WORDS, "remark\nplain", id=1),
            rule(RuleKind.WORDS, "plain remark", id=2),
            rule(RuleKind.WORDS, "elsewhere", id=3),
            rule(RuleKind.NAME, "Ann", id=4),
        ]
    )
    assert [found.check for found in book.findings(sent())] == ["rule_1", "rule_2", "rule_4"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [(RuleKind.PATTERN, "(broken"), (RuleKind.NETWORK, "nowhere"), (RuleKind.LINKS, "some")],
)
def test_a_broken_rule_holds_the_comment_and_the_others_go_on(
    kind: RuleKind, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    book = Rulebook([rule(kind, value), rule(RuleKind.WORDS, "remark", id=13)])
    judgement = judge(sent(), book)
    assert judgement.outcome == Outcome.HOLD
    assert judgement.broken_checks() == ("rule_12",)
    assert [finding.check for finding in judgement.findings] == ["rule_12", "rule_13"]
    assert "Rule 12" in caplog.text


def test_a_pattern_made_to_explode_costs_time_linear_in_the_text() -> None:
    made = compile_rule(rule(RuleKind.PATTERN, "(a+)+$"))
    started = time.process_time()
    assert made(sent(text="a" * 65_000 + "b", author="b")) is None
    assert time.process_time() - started < 0.1


def test_a_hundred_rules_of_words_cost_a_comment_less_than_a_millisecond() -> None:
    book = Rulebook([rule(RuleKind.WORDS, f"phrase {n}\nword{n}", id=n + 1) for n in range(100)])
    draft = sent(text="An honest remark of ordinary length, in two sentences. " * 6)
    book.findings(draft)
    started = time.process_time()
    for _ in range(20):
        assert book.findings(draft) == []
    assert (time.process_time() - started) / 20 < 0.001
