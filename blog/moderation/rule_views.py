"""The rules of screening in the browser: tried on what is here before they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import Role
from blog.accounts.permission import MODERATORS, current_staff, requires
from blog.clock import now as clock_now
from blog.comments.tryout import TryOut, try_rule
from blog.db import db
from blog.errors import Refusal
from blog.moderation.decision_views import written
from blog.moderation.desk import back, desk_page, number_or_404, views
from blog.moderation.figures import caught_by_rules, decided_by_check, decisions
from blog.moderation.notices import tell
from blog.moderation.rule_forms import (
    DOES_NAMES,
    KIND_NAMES,
    RuleFields,
    fields_of,
    proof_of_look,
    read_fields,
    typed_fields,
    was_looked_at,
)
from blog.moderation.rules import delete_rule, rule_numbered, save_rule, switch_rule
from blog.numbers import row_number
from blog.screening.checks import unless_private
from blog.screening.models import RuleKind
from blog.screening.rulebook import standing_rules
from blog.screening.rules import EXPECTED, Rule, can_be_compiled

RULES = "/admin/rules"
# Of these a moderator, who sees addresses masked and no IP, sees only how many there are.
NOT_FOR_MODERATORS = frozenset({RuleKind.NETWORK, RuleKind.MAIL_DOMAIN})
LINES_SHOWN = 5
LOOK_FIRST = "Look at what the rule would have caught, then save it. Nothing was saved yet."


@views.get(RULES)
@requires(*MODERATORS)
def rules() -> Response:
    """All rules, with what they caught; only admins may change them."""
    standing = standing_rules()
    decided, overturned = decided_by_check(decisions(clock_now()))
    return desk_page(
        "rules",
        section="rules",
        rules=standing,
        kinds=KIND_NAMES,
        does=DOES_NAMES,
        shown={rule.id: _shown(rule) for rule in standing},
        broken={rule.id for rule in standing if rule.is_on and not can_be_compiled(rule)},
        caught=caught_by_rules(),
        decided=decided,
        overturned=overturned,
    )


@views.get(f"{RULES}/new")
@requires(Role.ADMIN)
def new_rule() -> Response:
    """An empty form."""
    return _form(RuleFields())


@views.get(f"{RULES}/<number>")
@requires(Role.ADMIN)
def edit_rule(number: str) -> Response:
    """A rule in the form."""
    return _form(fields_of(rule_numbered(number_or_404(number)) or abort(404)))


@views.post(f"{RULES}/new")
@requires(Role.ADMIN)
def try_out_rule() -> BaseResponse:
    """Show what the rule would have caught; nothing is changed."""
    stored, typed = _typed()
    rule, errors = read_fields(typed, stored)
    if rule is None:
        return _form(typed, errors=errors, status=422)
    return _form(typed, tried=rule)


@views.post(RULES)
@requires(Role.ADMIN)
def keep_rule() -> BaseResponse:
    """Keep the rule whose catch was looked at."""
    stored, typed = _typed()
    rule, errors = read_fields(typed, stored)
    if rule is None:
        return _form(typed, errors=errors, status=422)
    if not was_looked_at(rule, request.form.get("tried", ""), clock_now()):
        return _form(typed, tried=rule, errors={"": LOOK_FIRST}, status=422)
    try:
        entry = written(partial(save_rule, rule, staff=current_staff(), now=clock_now()))
    except Refusal as refusal:
        db.session.rollback()
        return _form(typed, errors={"": refusal.sentence}, status=refusal.status)
    sentence = f"Saved: the rule “{rule.name}”." if entry else "It says that already."
    tell(sentence, [entry.id] if entry else ())
    return back(None, RULES)


@views.post(f"{RULES}/<number>")
@requires(Role.ADMIN)
def switch_or_delete_rule(number: str) -> BaseResponse:
    """Switch a rule on or off, or delete it."""
    rule_id, what = number_or_404(number), request.form.get("do", "")
    rule = rule_numbered(rule_id) or abort(404)
    staff, now = current_staff(), clock_now()
    if what == "delete":
        entry = written(partial(delete_rule, rule_id, staff=staff, now=now))
        tell(f"Deleted: the rule “{rule.name}”.", [entry.id])
    elif what in {"on", "off"}:
        work = partial(switch_rule, rule_id, is_on=what == "on", staff=staff, now=now)
        done = written(work)
        tell(f"The rule “{rule.name}” is {what} now.", [done.id] if done else ())
    else:
        sentence = "A rule is switched on or off, or deleted. Nothing was changed."
        raise Refusal("bad_change", sentence, field="do")
    return back(None, RULES)


def _typed() -> tuple[Rule | None, RuleFields]:
    """The rule that is changed, if one is, and what was typed. Aborts with 404."""
    number = request.form.get("rule", "")
    stored = None
    if number not in {"", "0"}:
        stored = rule_numbered(number_or_404(number)) or abort(404)
    version = row_number(request.form.get("seen")) or 0
    return stored, typed_fields(request.form, stored, version)


def _form(
    typed: RuleFields,
    *,
    tried: Rule | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    found: TryOut | None = None
    proof = ""
    said = dict(errors or {})
    if tried is not None:
        try:
            found, proof = try_rule(tried), proof_of_look(tried, clock_now())
        except Refusal as refusal:
            said["value"], status = refusal.sentence, refusal.status
    return desk_page(
        "rule",
        status=status,
        section="rules",
        typed=typed,
        errors=said,
        found=found,
        proof=proof,
        kinds=KIND_NAMES,
        does=DOES_NAMES,
        expected=EXPECTED,
    )


def _shown(rule: Rule) -> str:
    """What a rule looks for, as the person signed in may see it."""
    lines = rule.value.splitlines()
    if current_staff().role is not Role.ADMIN:
        if rule.kind in NOT_FOR_MODERATORS:
            return "1 entry" if len(lines) == 1 else f"{len(lines)} entries"
        # An admin may have typed one among words.
        lines = [unless_private(line) for line in lines]
    more = len(lines) - LINES_SHOWN
    first = ", ".join(lines[:LINES_SHOWN])
    return f"{first} and {more} more" if more > 0 else first
