"""The checks, in order. Each is pure: facts in, a finding or nothing out.

Adding one is a function here and a line in CHECKS. The rules are WordPress's
(Settings > Discussion) where WordPress has one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from blog.networks import plain_address
from blog.screening.disguise import has_mixed_word, hidden_count
from blog.screening.facts import BROKEN, Facts, Finding, Outcome, ProofState
from blog.screening.language import are_far_apart, language_of
from blog.screening.words import find_phrase
from blog.settings.attack import is_under_attack

Check = Callable[[Facts], Finding | None]
# Two others may quote the same sentence; with three it is no chance any more.
FEWEST_LOOKALIKES = 2
MOST_LINK_TEXT = 0.6
LONGEST_EVIDENCE = 300
# What these saw is what the staff wrote about a person, which is not for every reader of a trace.
PRIVATE_EVIDENCE = frozenset({"blocked_person", "held_person"})
NO_PROOF = {
    ProofState.MISSING: "The browser did no work against spam: it runs no script, or a program "
    "sent this.",
    ProofState.WRONG: "The work against spam that came with it is wrong.",
    ProofState.EXPIRED: "The work against spam was done too long ago.",
    ProofState.USED: "The work against spam was done for another comment already.",
}


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
    word = unless_private(found)
    return Finding("refuse_words", 1, Outcome.SPAM, reason, word, otherwise=f"without “{word}”")


def hold_words(facts: Facts) -> Finding | None:
    """A word or phrase of the hold list stands somewhere in what was sent."""
    found = find_phrase(facts.settings.hold_words, _all_texts(facts))
    if found is None:
        return None
    reason = "It contains a word of the hold list."
    word = unless_private(found)
    return Finding("hold_words", 1, Outcome.HOLD, reason, word, otherwise=f"without “{word}”")


def many_links(facts: Facts) -> Finding | None:
    """As many links as the limit, or more; the website field does not count (WordPress)."""
    limit = facts.settings.max_links
    if limit == 0 or facts.link_count < limit:
        return None
    has = "1 link" if facts.link_count == 1 else f"{facts.link_count} links"
    reason = f"It has {has}; comments with {limit} or more are held."
    nth = {1: "its", 2: "the second", 3: "the third"}.get(limit)
    is_last = facts.link_count == limit and nth is not None
    fewer = "without links" if limit == 1 else f"with fewer than {limit} links"
    otherwise = f"without {nth} link" if is_last else fewer
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


def proof_of_work(facts: Facts) -> Finding | None:
    """The browser was asked for a proof of work, and there is no good one."""
    reason = NO_PROOF.get(facts.proof)
    if reason is None:
        return None
    otherwise = "had the browser done the work against spam"
    return Finding("proof_of_work", 1, Outcome.HOLD, reason, facts.proof.value, otherwise)


def hold_all(facts: Facts) -> Finding | None:
    """The admin wants to see every comment first."""
    if facts.settings.hold != "all":
        return None
    reason = "Every comment waits for a moderator."
    otherwise = "with comments.hold at “first” or “none”"
    return Finding("hold_all", 1, Outcome.HOLD, reason, otherwise=otherwise)


def attack_mode(facts: Facts) -> Finding | None:
    """Attack mode is on, and nothing by this name and address was approved before."""
    is_known = facts.was_approved_before or facts.standing == "trusted"
    if is_known or not is_under_attack(facts.settings, facts.now):
        return None
    reason = "Attack mode is on, in which comments of newcomers wait for a moderator."
    otherwise = "without attack mode"
    return Finding("attack_mode", 1, Outcome.HOLD, reason, otherwise=otherwise)


def first_comment(facts: Facts) -> Finding | None:
    """Nothing by this name and address was approved before (WordPress: previously approved)."""
    is_known = facts.was_approved_before or facts.standing == "trusted"
    if facts.settings.hold != "first" or is_known:
        return None
    reason = "Nothing by this name and address was approved before."
    otherwise = "had a comment by this name and address been approved before"
    return Finding("first_comment", 1, Outcome.HOLD, reason, otherwise=otherwise)


def unread_records(facts: Facts) -> Finding | None:
    """What the other checks need could not be read."""
    if not facts.around.is_unknown:
        return None
    reason = "What screening keeps could not be read, so a person must look."
    return Finding("unread_records", BROKEN, Outcome.HOLD, reason)


def lookalikes(facts: Facts) -> Finding | None:
    """Several people sent nearly the same text within a day: a campaign, or a bot with names."""
    people = facts.around.lookalike_people
    if people < FEWEST_LOOKALIKES:
        return None
    reason = f"{people} other people sent nearly the same text within a day."
    return Finding("lookalikes", 1, Outcome.HOLD, reason, f"cluster {facts.around.cluster}")


def own_repeat(facts: Facts) -> Finding | None:
    """The same person said the very same elsewhere within a day."""
    if not facts.around.is_own_repeat:
        return None
    reason = "The same person sent the same text elsewhere within a day."
    return Finding("own_repeat", 1, Outcome.HOLD, reason)


def spam_domain(facts: Facts) -> Finding | None:
    """It links to a domain that was in spam before, and never in an approved comment."""
    domains = facts.around.spam_domains
    if not domains:
        return None
    reason = "It links to a domain that was only in spam before."
    return Finding("spam_domain", 1, Outcome.HOLD, reason, ", ".join(domains)[:LONGEST_EVIDENCE])


def disposable_address(facts: Facts) -> Finding | None:
    """The address is of a service that gives anyone an address for minutes. A hint only."""
    if not facts.around.has_disposable_address:
        return None
    reason = "The address is of a service for disposable addresses."
    return Finding("disposable_address", 1, Outcome.PUBLISH, reason, weight=0.6)


def mostly_links(facts: Facts) -> Finding | None:
    """Most of what readers would see is text of links. A hint only."""
    if facts.link_text_share < MOST_LINK_TEXT:
        return None
    share = f"{facts.link_text_share:.0%}"
    reason = f"{share} of its letters are text of links."
    return Finding("mostly_links", 1, Outcome.PUBLISH, reason, share, weight=0.6)


def mixed_scripts(facts: Facts) -> Finding | None:
    """A word of the name mixes Latin with letters drawn alike, as in a borrowed name."""
    if not has_mixed_word(facts.author):
        return None
    reason = "The name mixes letters of several scripts in one word."
    return Finding("mixed_scripts", 1, Outcome.HOLD, reason, facts.author[:LONGEST_EVIDENCE])


def invisible_characters(facts: Facts) -> Finding | None:
    """Signs that nobody sees stand inside words, where they only deceive filters. A hint."""
    in_name, in_text = hidden_count(facts.author), hidden_count(facts.text)
    if in_name:
        reason = "The name holds characters that cannot be seen."
        return Finding("invisible_characters", 1, Outcome.HOLD, reason, str(in_name))
    if not in_text:
        return None
    reason = f"{in_text} characters that cannot be seen stand inside words."
    return Finding(
        "invisible_characters", 1, Outcome.PUBLISH, reason, str(in_text), weight=min(1, in_text / 3)
    )


def other_language(facts: Facts) -> Finding | None:
    """It is written in a language or script far from the post's own. A hint only."""
    spoken = language_of(facts.text)
    # The post is only read where there is something to compare.
    expected = _language_of_post(facts.post_text) if spoken else None
    if not are_far_apart(spoken, expected):
        return None
    reason = f"It seems to be in {spoken}, while the post is in {expected}."
    return Finding("other_language", 1, Outcome.PUBLISH, reason, str(spoken), weight=0.5)


# A post's is asked for with every comment under it.
_language_of_post = lru_cache(maxsize=64)(language_of)


def learner(facts: Facts) -> Finding | None:
    """The learner takes it for spam; alone only where it has proved itself on this blog."""
    opinion = facts.around.opinion
    if facts.settings.learner == "off" or opinion is None:
        return None
    evidence = ", ".join(opinion.words)[:LONGEST_EVIDENCE]
    said = f"{opinion.probability:.1%}"
    if opinion.acts_at is not None and opinion.probability >= opinion.acts_at:
        reason = (
            f"The learner says {said} spam, and such verdicts proved right on this blog's last "
            f"{opinion.measured_on} decisions."
        )
        return Finding("learner", 1, Outcome.SPAM, reason, evidence, weight=opinion.probability)
    if opinion.probability < opinion.holds_at:
        return None
    reason = f"The learner says {said} spam, but is not proved sure enough to act alone."
    return Finding("learner", 1, Outcome.HOLD, reason, evidence, weight=opinion.probability)


CHECKS: tuple[Check, ...] = (
    trap_field,
    refuse_words,
    hold_words,
    many_links,
    staff_address,
    blocked_person,
    held_person,
    impostor,
    mixed_scripts,
    invisible_characters,
    lookalikes,
    own_repeat,
    spam_domain,
    disposable_address,
    mostly_links,
    other_language,
    learner,
    unread_records,
    proof_of_work,
    hold_all,
    attack_mode,
    first_comment,
)


def _all_texts(facts: Facts) -> tuple[str, ...]:
    return (facts.text, facts.author, facts.url, facts.address, facts.ip, facts.agent)


def unless_private(found: str) -> str:
    """The entry that was found; of addresses only that it was one, since findings are kept."""
    return "an address on the list" if "@" in found or plain_address(found) else found
