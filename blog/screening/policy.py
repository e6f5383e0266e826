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
    findings = tuple(found for check in checks if (found := _run(check, facts)) is not None)
    worst = max((SEVERITY.index(finding.wants) for finding in findings), default=0)
    return Judgement(SEVERITY[worst], findings)


def _run(check: Check, facts: Facts) -> Finding | None:
    name = getattr(check, "__name__", "check")
    try:
        return check(facts)
    except Exception:
        log.exception("The check %s failed; the comment is held.", name)
        return Finding(name, 0, Outcome.HOLD, f"The check {name} failed, so a person must look.")
