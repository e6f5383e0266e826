"""From findings to an outcome."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from blog.screening.checks import CHECKS, Check
from blog.screening.facts import Facts, Finding, Judgement, Outcome

log = logging.getLogger(__name__)
SEVERITY = (Outcome.PUBLISH, Outcome.HOLD, Outcome.SPAM)


def judge(facts: Facts, checks: Sequence[Check] = CHECKS) -> Judgement:
    """Run every check; the most severe finding decides.

    A check that breaks is logged and holds the comment, so that nothing is lost or let through.
    """
    said = [(_name(check), _run(check, facts)) for check in checks]
    findings = tuple(found for _, found in said if found is not None)
    passed = tuple(name for name, found in said if found is None)
    worst = max((SEVERITY.index(finding.wants) for finding in findings), default=0)
    return Judgement(SEVERITY[worst], findings, passed)


def _name(check: Check) -> str:
    return getattr(check, "__name__", "check")


def _run(check: Check, facts: Facts) -> Finding | None:
    name = _name(check)
    try:
        return check(facts)
    except Exception:
        log.exception("The check %s failed; the comment is held.", name)
        return Finding(name, 0, Outcome.HOLD, f"The check {name} failed, so a person must look.")
