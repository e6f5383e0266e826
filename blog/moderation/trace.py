"""A verdict in one plain sentence: what decided, and what would have changed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blog.comments.models import Verdict
from blog.screening.checks import PRIVATE_EVIDENCE

SEVERITY = ("publish", "hold", "spam")
SAID = {"publish": "Published", "hold": "Held for a moderator", "spam": "Taken for spam"}
INSTEAD = {"publish": "published", "hold": "held for a moderator", "spam": "taken for spam"}


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict as somebody may read it."""

    id: int
    made_at: datetime
    outcome: str
    findings: Sequence[dict[str, Any]]
    passed: Sequence[str]


def shown_verdict(verdict: Verdict, *, is_limited: bool) -> ShownVerdict:
    """A stored verdict; ``is_limited`` leaves out what the staff wrote about the person."""
    findings = verdict.findings
    if is_limited:
        findings = [
            finding | {"evidence": ""} if finding.get("check") in PRIVATE_EVIDENCE else finding
            for finding in findings
        ]
    return ShownVerdict(verdict.id, verdict.made_at, verdict.outcome, findings, verdict.passed)


def explain(outcome: str, findings: Sequence[dict[str, Any]]) -> str:
    """Why a comment got this outcome, and what it would have got otherwise.

    Findings are as :meth:`blog.screening.facts.Judgement.trace` gives them; one made before checks
    told what would have changed their mind gives no counterfactual.
    """
    said = SAID.get(outcome, outcome.capitalize())
    deciding = [finding for finding in findings if finding["wants"] == outcome]
    if not deciding:
        return f"{said}: no check had anything to say against it."
    rest = [SEVERITY.index(finding["wants"]) for finding in findings if finding not in deciding]
    instead = INSTEAD[SEVERITY[max(rest, default=0)]]
    sentence = f"{said}: {' '.join(str(finding['reason']) for finding in deciding)}"
    otherwise = [str(finding.get("otherwise", "")) for finding in deciding]
    if not all(otherwise):
        return sentence
    return f"{sentence} It would have been {instead} {' and '.join(otherwise)}."
