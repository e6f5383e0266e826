"""The checks, in order. Each is pure: facts in, a finding or nothing out.

Adding one is a function here and a line in CHECKS. The rules are WordPress's
(Settings > Discussion) where WordPress has one.
"""

from __future__ import annotations

from collections.abc import Callable

from blog.networks import plain_address
from blog.screening.facts import Facts, Finding, Outcome
from blog.screening.words import find_phrase

Check = Callable[[Facts], Finding | None]


def trap_field(facts: Facts) -> Finding | None:
    """A field that no person sees was filled in: a program did it."""
    if not facts.trap_was_filled:
        return None
    reason = "The field that people cannot see was filled in."
    otherwise = "had that field been left empty"
    return Finding("trap_field", 1, Outcome.SPAM, reason, otherwise=otherwise)


def refuse_words(facts: Facts) -> Finding | None:
    """A word or phrase of the refuse list stands somewhere in what was sent."""
    found = find_phrase(facts.settings.refuse_words, _all_texts(facts))
    if found is None:
        return None
    reason = "It contains a word of the refuse list."
    word = _unless_private(found)
    return Finding("refuse_words", 1, Outcome.SPAM, reason, word, otherwise=f"without “{word}”")


def hold_words(facts: Facts) -> Finding | None:
    """A word or phrase of the hold list stands somewhere in what was sent."""
    found = find_phrase(facts.settings.hold_words, _all_texts(facts))
    if found is None:
        return None
    reason = "It contains a word of the hold list."
    word = _unless_private(found)
    return Finding("hold_words", 1, Outcome.HOLD, reason, word, otherwise=f"without “{word}”")


def many_links(facts: Facts) -> Finding | None:
    """As many links as the limit, or more; the website field does not count (WordPress)."""
    limit = facts.settings.max_links
    if limit == 0 or facts.link_count < limit:
        return None
    reason = f"It has {facts.link_count} links; comments with {limit} or more are held."
    nth = {1: "its", 2: "the second", 3: "the third"}.get(limit)
    is_last = facts.link_count == limit and nth is not None
    otherwise = f"without {nth} link" if is_last else f"with fewer than {limit} links"
    saw = str(facts.link_count)
    return Finding("many_links", 1, Outcome.HOLD, reason, saw, otherwise=otherwise)


def staff_address(facts: Facts) -> Finding | None:
    """A guest uses the address of someone who signs in here."""
    if not facts.claims_staff_address:
        return None
    reason = "The address belongs to a person of the staff who was not signed in."
    otherwise = "had that person signed in"
    return Finding("staff_address", 1, Outcome.HOLD, reason, otherwise=otherwise)


def blocked_person(facts: Facts) -> Finding | None:
    """The staff has blocked this person."""
    if facts.standing != "blocked":
        return None
    reason = "This person is blocked."
    why, otherwise = facts.standing_reason, "were this person not blocked"
    return Finding("blocked_person", 1, Outcome.SPAM, reason, why, otherwise)


def held_person(facts: Facts) -> Finding | None:
    """The staff wants to see every comment of this person first."""
    if facts.standing != "held":
        return None
    reason = "Every comment by this person waits for a moderator."
    why, otherwise = facts.standing_reason, "were this person's comments not held"
    return Finding("held_person", 1, Outcome.HOLD, reason, why, otherwise)


def impostor(facts: Facts) -> Finding | None:
    """The name is, or looks like, one of the staff or one verified as another person's."""
    if not facts.impersonates:
        return None
    reason = f"The name looks like “{facts.impersonates}”, which belongs to somebody else."
    otherwise = "under a name of the writer's own"
    return Finding("impostor", 1, Outcome.HOLD, reason, facts.author, otherwise)


def hold_all(facts: Facts) -> Finding | None:
    """The admin wants to see every comment first."""
    if facts.settings.hold != "all":
        return None
    reason = "Every comment waits for a moderator."
    otherwise = "with comments.hold at “first” or “none”"
    return Finding("hold_all", 1, Outcome.HOLD, reason, otherwise=otherwise)


def first_comment(facts: Facts) -> Finding | None:
    """Nothing by this name and address was approved before (WordPress: previously approved)."""
    is_known = facts.was_approved_before or facts.standing == "trusted"
    if facts.settings.hold != "first" or is_known:
        return None
    reason = "Nothing by this name and address was approved before."
    otherwise = "had a comment by this name and address been approved before"
    return Finding("first_comment", 1, Outcome.HOLD, reason, otherwise=otherwise)


CHECKS: tuple[Check, ...] = (
    trap_field,
    refuse_words,
    hold_words,
    many_links,
    staff_address,
    blocked_person,
    held_person,
    impostor,
    hold_all,
    first_comment,
)


def _all_texts(facts: Facts) -> tuple[str, ...]:
    return (facts.text, facts.author, facts.url, facts.address, facts.ip, facts.agent)


def _unless_private(found: str) -> str:
    """The entry that was found; of addresses only that it was one, since findings are kept."""
    return "an address on the list" if "@" in found or plain_address(found) else found
