"""What changes about the staff goes into the log, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from blog.accounts.models import User
from blog.accounts.signals import account_changed
from blog.moderation.log import write_log


@account_changed.connect
def log_account_change(
    about: User, *, action: str, by: User | None, now: datetime, before: str, after: str
) -> None:
    """Write the change to the end of the log."""
    write_log(action, f"staff:{about.id}", staff=by, now=now, before=before, after=after)
