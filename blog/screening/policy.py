"""From findings to an outcome."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from blog.screening.checks import CHECKS, Check
from blog.screening.facts import BROKEN, Facts, Finding, Judgement, Outcome
from blog.screening.rulebook import Rulebook

log = logging.getLogger(__name__)
ENOUGH_HINTS = 1.0
NO_RULES = Rulebook(())
SEVERITY = (Outcome.PUBLISH, Outcome.HOLD, Outcome.SPAM)


def judge(
    facts: Facts, rules: Rulebook = NO_RULES, *, checks: Sequence[Check] = CHECKS
) -> Judgement:
    """Run every check and rule; the most severe finding decides, and hints together may hold.

    A check that breaks is logged and holds the comment, so that nothing is lost or let through.
    """
    said = [_run(check, facts) for check in checks]
    findings = tuple(found for found in said if found is not None)
    findings += tuple(rules.findings(facts))
    passed = tuple(_name(one) for one, found in zip(checks, said, strict=True) if found is None)
    worst = max((SEVERITY.index(finding.wants) for finding in findings), default=0)
    hints = sum(found.weight for found in findings if found.wants is Outcome.PUBLISH)
    if hints >= ENOUGH_HINTS:
        worst = max(worst, SEVERITY.index(Outcome.HOLD))
    return Judgement(SEVERITY[worst], findings, passed)


def with_finding(judgement: Judgement, finding: Finding) -> Judgement:
    """The judgement with one more finding, which makes it no milder."""
    worst = max(SEVERITY.index(judgement.outcome), SEVERITY.index(finding.wants))
    passed = tuple(name for name in judgement.passed if name != finding.check)
    return Judgement(SEVERITY[worst], (*judgement.findings, finding), passed)


def _name(check: Check) -> str:
    return getattr(check, "__name__", "check")


def _run(check: Check, facts: Facts) -> Finding | None:
    try:
        return check(facts)
    except Exception:
        name = _name(check)
        log.exception("The check %s failed; the comment is held.", name)
        return Finding(
            name, BROKEN, Outcome.HOLD, f"The check {name} failed, so a person must look."
        )
