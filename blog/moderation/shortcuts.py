"""The desk's shortcuts: WordPress's letters, which each person may change or switch off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from blog.accounts.models import User
from blog.db import db
from blog.errors import Refusal
from blog.moderation.models import DeskKeys


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a key does; ``bulk`` says what it does with Shift, when it does anything."""

    name: str
    key: str
    label: str
    bulk: str = ""


SHORTCUTS = (
    Shortcut("next", "j", "Next comment"),
    Shortcut("previous", "k", "Previous comment"),
    Shortcut("tick", "x", "Tick this comment", "Tick all on the page"),
    Shortcut("approve", "a", "Approve", "Approve all that are ticked"),
    Shortcut("unapprove", "u", "Unapprove", "Unapprove all that are ticked"),
    Shortcut("spam", "s", "Spam", "Mark all that are ticked as spam"),
    Shortcut("trash", "d", "Trash", "Move all that are ticked to the trash"),
    Shortcut("undo", "z", "Restore, or undo the last action", "Restore all that are ticked"),
    Shortcut("reply", "r", "Reply"),
    Shortcut("quick", "q", "Quick edit"),
    Shortcut("edit", "e", "Edit on a page of its own"),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The shortcuts of one person: whether they are on, and the key of each by its name."""

    is_on: bool
    keys: Mapping[str, str]


def keys_of(staff: User) -> Keys:
    """The shortcuts of a person, the factory's where nothing was changed."""
    kept = db.session.get(DeskKeys, staff.id)
    factory = {shortcut.name: shortcut.key for shortcut in SHORTCUTS}
    if kept is None:
        return Keys(True, factory)
    return Keys(kept.is_on, factory | {n: k for n, k in kept.keys.items() if n in factory})


def save_keys(staff: User, *, is_on: bool, typed: Mapping[str, str]) -> None:
    """Keep a person's shortcuts; a name that is missing in ``typed`` gets the factory's key.

    Raises Refusal for a key that is no single letter or digit, or is given twice. The caller
    begins the write and commits.
    """
    keys = {shortcut.name: shortcut.key for shortcut in SHORTCUTS}
    keys |= {name: typed[name].strip().lower() for name in keys if typed.get(name, "").strip()}
    for key in keys.values():
        if len(key) != 1 or not key.isalnum():
            sentence = f"A shortcut is one letter or digit, not “{key[:20]}”. Nothing was saved."
            raise Refusal("bad_key", sentence)
    twice = sorted(key for key in set(keys.values()) if list(keys.values()).count(key) > 1)
    if twice:
        sentence = f"The key “{twice[0]}” stands for two things. Nothing was saved."
        raise Refusal("key_twice", sentence)
    kept = db.session.get(DeskKeys, staff.id)
    if kept is None:
        kept = DeskKeys(staff_id=staff.id, is_on=is_on, keys=keys)
        db.session.add(kept)
    kept.is_on, kept.keys = is_on, keys
    db.session.flush()
