"""The settings in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import Role
from blog.accounts.permission import current_staff, requires
from blog.clock import now as clock_now
from blog.comments.tryout import TryOut, try_words
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.desk import back, desk_page, views
from blog.moderation.notices import tell, tell_settings
from blog.moderation.setting_operations import change_settings, setting_texts, undo_settings
from blog.moderation.word_lists import new_words, proof_of_words, were_looked_at
from blog.numbers import row_number
from blog.settings.catalogue import as_text, catalogue, help_for, parse
from blog.settings.queries import load_settings

GROUP_NAMES = {
    "site": "The blog",
    "comments": "Comments",
    "mail": "Mail",
    "privacy": "What is kept, and how long",
    "judges": "Judges outside of this blog",
}


@dataclass(frozen=True, slots=True)
class SettingField:
    """A setting as the form draws it. ``was`` tells which value the admin had before them."""

    key: str
    kind: str
    help: str
    factory: str
    choices: tuple[str, ...]
    low: int | None
    high: int | None
    value: str
    was: str
    error: str

    @property
    def element_id(self) -> str:
        return self.key.replace(".", "-")

    @property
    def label(self) -> str:
        words = self.key.partition(".")[2].replace("_", " ")
        return words[:1].upper() + words[1:]


@views.get("/admin/settings")
@requires(Role.ADMIN)
def settings() -> Response:
    """Every setting with its help and factory value."""
    return _settings_page({}, {})


@views.post("/admin/settings")
@requires(Role.ADMIN)
def save_settings() -> BaseResponse:
    """Keep what the admin changed: all of it, or nothing when a value does not fit.

    New words of the hold and refuse lists are first shown with what they would have caught.
    """
    typed = {key: request.form[key].replace("\0", "") for key in catalogue() if key in request.form}
    seen = {key: request.form.get(f"was.{key}", "") for key in typed}
    begin_write()
    wanted, errors = _sorted_out(typed, seen)
    if errors:
        db.session.rollback()
        return _settings_page(typed, errors, status=422)
    words = new_words(wanted)
    if words and not were_looked_at(wanted, request.form.get("tried", ""), clock_now()):
        # Ends the write first: a look at ten thousand comments must keep nobody waiting.
        db.session.rollback()
        tried = {key: (len(phrases), try_words(phrases)) for key, phrases in words.items()}
        return _settings_page(typed, {}, tried=tried, proof=proof_of_words(wanted, clock_now()))
    changed = change_settings(wanted, staff=current_staff(), now=clock_now())
    db.session.commit()
    if changed:
        keys = ", ".join(entry.subject.partition(":")[2] for entry in changed)
        tell_settings(f"Saved: {keys}.", changed)
    else:
        tell("Nothing was changed.")
    return back(None, "/admin/settings")


@views.post("/admin/settings/undo")
@requires(Role.ADMIN)
def take_settings_back() -> BaseResponse:
    """Bring settings back to what they were before the named entries of the log."""
    numbers = [row_number(text) for text in request.form.getlist("ids")]
    entry_ids = [number for number in numbers if number is not None]
    if not entry_ids or len(entry_ids) != len(numbers) or len(numbers) > len(catalogue()):
        raise Refusal("bad_ids", "An entry of the log is named by its number. Nothing was changed.")
    begin_write()
    changed = undo_settings(entry_ids, staff=current_staff(), now=clock_now())
    db.session.commit()
    if changed:
        keys = ", ".join(entry.subject.partition(":")[2] for entry in changed)
        tell_settings(f"As before: {keys}.", changed)
    else:
        tell("Nothing was changed: it stands like that already.")
    return back(request.form.get("next"), "/admin/settings")


def _sorted_out(
    typed: Mapping[str, str], seen: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What to keep, and what is wrong. A field the admin left alone is not written back.

    Otherwise a page that was open for an hour would undo what another admin did in that hour.
    """
    standing = setting_texts(load_settings())
    wanted: dict[str, str] = {}
    errors: dict[str, str] = {}
    for key, text in typed.items():
        try:
            tidy = as_text(parse(key, text))
        except Refusal as refusal:
            errors[key] = refusal.sentence
            continue
        if seen[key] and _mark(tidy) == seen[key]:
            continue
        if seen[key] and tidy != standing[key] and _mark(standing[key]) != seen[key]:
            errors[key] = (
                "Somebody else changed this setting while the page was open. Nothing was saved. "
                "Open the page again to see the new value, then decide."
            )
            continue
        wanted[key] = text
    return wanted, errors


def _settings_page(
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
    tried: Mapping[str, tuple[int, TryOut]] | None = None,
    proof: str = "",
) -> Response:
    standing = setting_texts(load_settings())
    groups: dict[str, list[SettingField]] = {name: [] for name in GROUP_NAMES.values()}
    for key, item in catalogue().items():
        facts = item.metadata
        groups[GROUP_NAMES[key.partition(".")[0]]].append(
            SettingField(
                key=key,
                kind=facts["kind"],
                help=help_for(item),
                factory=as_text(item.default),
                choices=facts.get("choices", ()),
                low=facts.get("low"),
                high=facts.get("high"),
                value=typed.get(key, standing[key]),
                was=request.form.get(f"was.{key}", "") if typed else _mark(standing[key]),
                error=errors.get(key, ""),
            )
        )
    return desk_page(
        "settings",
        status=status,
        section="settings",
        groups=groups,
        errors=errors,
        tried=tried or {},
        proof=proof,
    )


def _mark(text: str) -> str:
    """A short stand-in for a value; lists of words may be long."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
