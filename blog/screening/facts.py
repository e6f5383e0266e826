"""What the checks are told and what they answer: plain values, nothing of the database."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from blog.settings.catalogue import CommentSettings

RISK = {"publish": 0, "hold": 10, "spam": 50}
HIGHEST_RISK = 100
BROKEN = 0


class Outcome(StrEnum):
    """What shall become of a draft. The order is that of severity."""

    PUBLISH = "publish"
    HOLD = "hold"
    SPAM = "spam"


class ProofState(StrEnum):
    """What became of the work that a browser was asked to do."""

    NOT_ASKED = "not_asked"
    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the learner makes of the text, and from where on it was right often enough."""

    probability: float
    # Those that spoke for spam, the strongest first.
    words: tuple[str, ...]
    holds_at: float
    # None: it has not yet proved itself on so many decisions of this blog.
    acts_at: float | None
    measured_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the records say about what else was sent. ``is_unknown``: they could not be read."""

    is_unknown: bool = False
    opinion: Opinion | None = None
    # How many other people sent nearly the same within the window, and in which cluster.
    lookalike_people: int = 0
    cluster: int | None = None
    is_own_repeat: bool = False
    spam_domains: tuple[str, ...] = ()
    has_disposable_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a check may look at."""

    author: str
    address: str
    url: str
    text: str
    ip: str
    agent: str
    link_count: int
    trap_was_filled: bool
    # Whether a comment by the same name and address was approved before.
    was_approved_before: bool
    # Whether the address belongs to someone who signs in here, which a guest must not borrow.
    claims_staff_address: bool
    settings: CommentSettings
    now: datetime
    # What the staff has said about this person: normal, trusted, held or blocked, and why.
    standing: str = "normal"
    standing_reason: str = ""
    # The name of the staff, or one verified as another person's, that this one looks like.
    impersonates: str = ""
    around: Around = Around()
    # Which part of the letters that readers see are text of links, from 0 to 1.
    link_text_share: float = 0.0
    # The beginning of the post, for its language.
    post_text: str = ""
    # The keyed index of the address, by which a rule knows one that is not kept.
    address_index: bytes = b""
    # The domains that its links and the website lead to.
    linked_domains: tuple[str, ...] = ()
    proof: ProofState = ProofState.NOT_ASKED


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's reason: what it wants, in one sentence for staff, with what it saw.

    A finding that wants to publish is a hint: only hints of a weight of 1 together hold.
    ``rule_version`` is BROKEN for a check that failed.
    """

    check: str
    rule_version: int
    wants: Outcome
    reason: str
    evidence: str = ""
    # What would have made this check say nothing, to follow "It would have been published".
    otherwise: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome with every finding that led to it."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    # The names of the checks that had nothing to say.
    passed: tuple[str, ...] = ()

    @property
    def risk(self) -> int:
        """How much there is against it, from 0 to 100: each finding adds what it weighs."""
        return min(HIGHEST_RISK, sum(RISK[finding.wants] for finding in self.findings))

    def broken_checks(self) -> tuple[str, ...]:
        """The checks that failed, which is why a person must look."""
        return tuple(found.check for found in self.findings if found.rule_version == BROKEN)

    def trace(self) -> list[dict[str, Any]]:
        """The findings as plain JSON values."""
        return [{name: getattr(found, name) for name in _SAID} for found in self.findings]


_SAID = tuple(field.name for field in fields(Finding))
