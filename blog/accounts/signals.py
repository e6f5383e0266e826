"""What this room tells the rooms above, in the transaction of the change itself.

``account_changed``: something about a person of the staff changed. The sender is the User. With
``action`` (a word for the log), ``by`` (who did it; None: a command), ``now``, ``before`` and
``after``.
"""

from __future__ import annotations

from datetime import datetime

from blinker import Signal

from blog.accounts.models import User

account_changed = Signal()


def tell_change(
    action: str, about: User, *, by: User | None, now: datetime, before: str = "", after: str = ""
) -> None:
    """Send ``account_changed``, as the last thing of an operation: the log is locked from then."""
    account_changed.send(about, action=action, by=by, now=now, before=before, after=after)
