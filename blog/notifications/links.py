"""The links in mails: what each one may do, for how long, and the proof of it.

A path never tells an address. Those for readers name a person (:mod:`blog.comments.people`).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import current_app

from blog import signing
from blog.config import Config

CONFIRM = "subscription.confirm"
MANAGE = "subscription.manage"
STAFF = "staff.link"
DAY_SECONDS = 24 * 3600
CONFIRM_SECONDS = 7 * DAY_SECONDS
# Mail is read again after years; stopping it must work then.
MANAGE_SECONDS = 10 * 365 * DAY_SECONDS
STAFF_SECONDS = 7 * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class StaffLink:
    """One action on one revision of one comment, for one person of the staff (0: by address).

    ``address_mark`` is a keyed digest of that address: who is taken from the list decides no more.
    """

    comment_id: int
    version: int
    action: str
    staff_id: int
    address_mark: str = ""


def base_url() -> str:
    """Where readers reach the blog."""
    config: Config = current_app.extensions["blog_config"]
    return config.base_url


def mail_host() -> str:
    """The host that stands in Message-IDs and in the sender's address."""
    host = urlsplit(base_url()).hostname or "localhost"
    return host if "." in host and not host.replace(".", "").isdigit() else "localhost.localdomain"


def address_mark(address: str) -> str:
    """A keyed digest of an address of the staff, to stand in a link instead of it; case is one."""
    key = signing.secret_for("staff.address").encode()
    return hmac.new(key, address.casefold().encode(), hashlib.sha256).hexdigest()[:32]


def staff_token(link: StaffLink, now: datetime) -> str:
    """The token of a link for the staff."""
    payload = [link.comment_id, link.version, link.action, link.staff_id, link.address_mark]
    return signing.sign(STAFF, payload, now=now)


def staff_link(token: str, *, now: datetime) -> tuple[StaffLink, bool] | None:
    """What a staff link is for, and whether its week has passed; None when it is forged."""
    found = signing.read(STAFF, token, now=now, max_age_seconds=MANAGE_SECONDS)
    # Those mailed before addresses were marked have four parts.
    if not isinstance(found, list) or len(found) not in {4, 5}:
        return None
    is_fresh = signing.read(STAFF, token, now=now, max_age_seconds=STAFF_SECONDS) is not None
    return StaffLink(*found), not is_fresh
