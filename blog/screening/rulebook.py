"""All rules that are on, compiled once for each version of the site, and what they find."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from flask import current_app
from sqlalchemy import select

from blog.db import db, is_sqlite
from blog.errors import Refusal
from blog.screening.facts import BROKEN, Finding, Outcome
from blog.screening.models import Does, RuleKind, RuleVersion, StoredRule
from blog.screening.rules import Rule, Sent, Test, compile_rule, texts_of, words_of
from blog.screening.words import PhraseBook
from blog.settings.queries import site_version
from blog.web.sitememo import once_for_site

log = logging.getLogger(__name__)
WANTS = {Does.HOLD: Outcome.HOLD, Does.REFUSE: Outcome.SPAM}
DONE = {Does.HOLD: "holds", Does.REFUSE: "refuses"}
LONGEST_EVIDENCE = 300
# What a rule says it found, and what would have made it say nothing.
SAID: Mapping[RuleKind, tuple[str, str]] = {
    RuleKind.WORDS: ("“{}” stands in it", "without “{}”"),
    RuleKind.PIECES: ("“{}” stands in it", "without “{}”"),
    RuleKind.PATTERN: ("its pattern fits “{}”", "without “{}”"),
    RuleKind.LINKS: ("it has {}", "with fewer links"),
    RuleKind.DOMAIN: ("it links to {}", "without that link"),
    RuleKind.MAIL_DOMAIN: ("the domain of the mail address", "with another address"),
    RuleKind.ADDRESS: ("the mail address", "with another address"),
    RuleKind.NETWORK: ("the network it came from", "from another network"),
    RuleKind.NAME: ("the name is or looks like one of the rule's", "under another name"),
}


class Rulebook:
    """The rules in order of their numbers. A rule that breaks holds the comment, and says so."""

    def __init__(self, rules: Sequence[Rule], *, is_unread: bool = False) -> None:
        self._is_unread = is_unread
        self._phrases = PhraseBook(
            {rule.id: words_of(rule) for rule in rules if rule.kind is RuleKind.WORDS}
        )
        self._tests = [(rule, _test_of(rule)) for rule in rules]

    def findings(self, sent: Sent) -> list[Finding]:
        """What the rules have against it; nothing of a rule that does not concern it."""
        if self._is_unread:
            return [_broken("rules", "The rules of the staff could not be read")]
        # Not asked where there are none, which is most blogs.
        found = self._phrases.find(texts_of(sent)) if self._tests else {}
        said = (self._ask(rule, test, sent, found) for rule, test in self._tests)
        return [finding for finding in said if finding is not None]

    def _ask(
        self, rule: Rule, test: Test | None, sent: Sent, found: Mapping[int, str]
    ) -> Finding | None:
        try:
            if test is None:
                raise ValueError("the rule cannot be read")
            saw = found.get(rule.id) if rule.kind is RuleKind.WORDS else test(sent)
        except Exception:
            log.exception("Rule %d failed; the comment is held.", rule.id)
            return _broken(rule.check_name, f"The rule “{rule.name}” failed")
        return finding_of(rule, saw) if saw is not None else None


def finding_of(rule: Rule, saw: str) -> Finding:
    """What a rule says that found something; its name and version are kept with the comment."""
    shown = saw[:LONGEST_EVIDENCE]
    why, otherwise = (form.format(shown) for form in SAID[rule.kind])
    return Finding(
        rule.check_name,
        rule.version,
        WANTS[rule.does],
        f"The rule “{rule.name}” {DONE[rule.does]} it: {why}.",
        shown,
        otherwise,
    )


def current_rulebook() -> Rulebook:
    """The rules that are on, as this process last read them, until something of the site changes.

    Rules that cannot be read hold every comment: none is lost, none let through.
    """
    try:
        return once_for_site("rulebook", _kept_rulebook)
    except Exception:
        log.exception("The rules could not be read; the comment is held.")
        # Not kept: the next comment tries again.
        return Rulebook((), is_unread=True)


def standing_rules(*, only_on: bool = False) -> list[Rule]:
    """The rules as they stand, in order of their numbers."""
    query = (
        select(RuleVersion)
        .join(
            StoredRule,
            (StoredRule.id == RuleVersion.rule_id) & (StoredRule.version == RuleVersion.version),
        )
        .where(StoredRule.deleted_at.is_(None))
        .order_by(RuleVersion.rule_id)
    )
    if only_on:
        query = query.where(RuleVersion.is_on)
    return [as_rule(row) for row in db.session.scalars(query)]


def as_rule(row: RuleVersion) -> Rule:
    """A stored version as a plain value."""
    return Rule(
        id=row.rule_id,
        version=row.version,
        name=row.name,
        kind=row.kind,
        value=row.value,
        does=row.does,
        address_index=row.address_index,
        note=row.note,
        is_on=row.is_on,
    )


def _kept_rulebook() -> Rulebook:
    version = site_version()
    kept: tuple[int, Rulebook] | None = current_app.extensions.get("blog_kept_rulebook")
    if kept is None or kept[0] != version:
        # On a server a failed query ends the transaction, which must not take the comment with it.
        with nullcontext() if is_sqlite() else db.session.connection().begin_nested():
            book = Rulebook(standing_rules(only_on=True))
        kept = current_app.extensions["blog_kept_rulebook"] = version, book
    return kept[1]


def _test_of(rule: Rule) -> Test | None:
    try:
        return compile_rule(rule)
    except (Refusal, ValueError):
        log.exception("Rule %d cannot be compiled; what comes is held until it is mended.", rule.id)
        return None


def _broken(check: str, sentence: str) -> Finding:
    return Finding(check, BROKEN, Outcome.HOLD, f"{sentence}, so a person must look.")
