"""The form of a rule: from what was typed to a rule or to what is wrong, and the proof of a look.

A rule can be saved only by who has seen what it would have caught: the page that shows it carries a
signed digest of the rule that was tried.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from blog.comments.senders import index_of_address
from blog.errors import Refusal
from blog.moderation.addresses import masked
from blog.screening.models import Does, RuleKind
from blog.screening.rules import Rule, read_value
from blog.signing import read, sign

TRIED = "rule-tried"
LOOK_SECONDS = 3_600
LONGEST_NAME = 80
LONGEST_NOTE = 500
KIND_NAMES: Mapping[RuleKind, str] = {
    RuleKind.WORDS: "Words or phrases, whole words",
    RuleKind.PIECES: "Pieces of text, also inside words",
    RuleKind.PATTERN: "Pattern (regular expression of RE2)",
    RuleKind.LINKS: "Number of links, this many or more",
    RuleKind.DOMAIN: "Links to a domain",
    RuleKind.MAIL_DOMAIN: "Domain of the mail address",
    RuleKind.ADDRESS: "One mail address",
    RuleKind.NETWORK: "IP address or network",
    RuleKind.NAME: "Name, and names that look like it",
}
DOES_NAMES: Mapping[Does, str] = {
    Does.HOLD: "Hold it for a moderator",
    Does.REFUSE: "Take it for spam",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFields:
    """A rule as it stands in the form. ``kept`` is the masked address that stays when none is
    typed."""

    id: int = 0
    version: int = 0
    name: str = ""
    kind: str = RuleKind.WORDS.value
    value: str = ""
    does: str = Does.HOLD.value
    note: str = ""
    is_on: bool = True
    kept: str = ""


def fields_of(rule: Rule) -> RuleFields:
    """A rule that stands, to be changed in the form."""
    is_address = rule.kind is RuleKind.ADDRESS
    return RuleFields(
        id=rule.id,
        version=rule.version,
        name=rule.name,
        kind=rule.kind.value,
        value="" if is_address else rule.value,
        does=rule.does.value,
        note=rule.note,
        is_on=rule.is_on,
        kept=rule.value if is_address else "",
    )


def typed_fields(form: Mapping[str, str], stored: Rule | None, version: int) -> RuleFields:
    """What was typed, as it was; ``version`` is the one that the form was made from."""
    texts = {
        name: form.get(name, "").replace("\0", "")
        for name in ("name", "kind", "value", "does", "note")
    }
    return RuleFields(
        id=stored.id if stored else 0,
        version=version,
        is_on=stored.is_on if stored else True,
        kept=stored.value if stored and stored.kind is RuleKind.ADDRESS else "",
        **texts,
    )


def read_fields(typed: RuleFields, stored: Rule | None) -> tuple[Rule | None, dict[str, str]]:
    """The rule, or None and what is wrong by field."""
    errors: dict[str, str] = {}
    name, note = " ".join(typed.name.split()), typed.note.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        errors["name"] = f"A name has 1 to {LONGEST_NAME} characters; the trace calls it so."
    if len(note) > LONGEST_NOTE:
        errors["note"] = f"A note has at most {LONGEST_NOTE} characters; yours has {len(note)}."
    kind = RuleKind(typed.kind) if typed.kind in set(RuleKind) else None
    if kind is None:
        errors["kind"] = "Choose what the rule looks at."
    if typed.does not in set(Does):
        errors["does"] = "Choose what the rule does."
    value, index = "", None
    if kind is not None:
        try:
            value, index = _read_value(kind, typed.value, stored)
        except Refusal as refusal:
            errors["value"] = refusal.sentence
    if errors or kind is None:
        return None, errors
    rule = Rule(
        id=typed.id,
        version=typed.version,
        name=name,
        kind=kind,
        value=value,
        does=Does(typed.does),
        address_index=index,
        note=note,
        is_on=typed.is_on,
    )
    return rule, {}


def _read_value(kind: RuleKind, text: str, stored: Rule | None) -> tuple[str, bytes | None]:
    """The value; of an address its index and how it looks masked. None typed keeps what stands."""
    if kind is not RuleKind.ADDRESS:
        return read_value(kind, text), None
    if not text.strip() and stored is not None and stored.kind is kind:
        return stored.value, stored.address_index
    address = read_value(kind, text)
    return masked(address), index_of_address(address)


def proof_of_look(rule: Rule, now: datetime) -> str:
    """A token for the page that shows what this rule would have caught."""
    return sign(TRIED, _digest(rule), now=now)


def was_looked_at(rule: Rule, token: str, now: datetime) -> bool:
    """Whether what this rule catches was shown within the last hour; its name may be another."""
    return bool(read(TRIED, token, now=now, max_age_seconds=LOOK_SECONDS) == _digest(rule))


def _digest(rule: Rule) -> str:
    index = rule.address_index.hex() if rule.address_index else ""
    parts = [rule.id, rule.version, rule.kind.value, rule.value, rule.does.value, index]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
