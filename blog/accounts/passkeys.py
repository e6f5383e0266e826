"""Passkeys (WebAuthn) as a second factor. Nothing commits.

The library is loaded when a passkey is used: a worker that serves readers need not hold it. A key
belongs to the host of ``BLOG_BASE_URL``; browsers know none for a bare IP address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from blog.accounts.models import LONGEST_NAME, Passkey, User
from blog.accounts.second_factor import forget_idle_codes
from blog.accounts.signals import tell_change
from blog.db import db
from blog.errors import NotThere, Refusal
from blog.naming import clean_line, cut_graphemes

LARGEST_ANSWER = 20_000
MOST_PASSKEYS = 20
USUAL_NAME = "Passkey"


@dataclass(frozen=True, slots=True)
class Site:
    """For whom a passkey is: the origin of this blog, and the name an authenticator shows."""

    origin: str
    name: str

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def can_have_passkeys(self) -> bool:
        """Whether browsers make passkeys for this host."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return bool(self.host)
        return False


def passkeys_of(user: User) -> Sequence[Passkey]:
    """The person's passkeys, the first made first."""
    return db.session.scalars(
        select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)
    ).all()


def options_to_make(user: User, site: Site) -> tuple[str, bytes]:
    """What the browser needs to make a passkey, as JSON, and the challenge in it."""
    import webauthn  # noqa: PLC0415

    kept = passkeys_of(user)
    if len(kept) >= MOST_PASSKEYS:
        raise Refusal("many_passkeys", f"At most {MOST_PASSKEYS} passkeys fit. Remove one first.")
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_name=user.email,
        user_id=f"staff:{user.id}".encode(),
        user_display_name=user.name,
        exclude_credentials=_known(kept),
    )
    return webauthn.options_to_json(options), options.challenge


def keep_passkey(
    user: User, answer: str, name: str, *, challenge: bytes, site: Site, now: datetime
) -> None:
    """Keep the passkey that a browser made. Raises Refusal when it is not what was asked for."""
    import webauthn  # noqa: PLC0415

    try:
        made = webauthn.verify_registration_response(
            credential=answer[:LARGEST_ANSWER],
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (ValueError, _exceptions()):
        raise Refusal(
            "passkey_bad", "The passkey could not be checked, so nothing was kept. Try once more."
        ) from None
    db.session.add(
        Passkey(
            user_id=user.id,
            name=cut_graphemes(clean_line(name), 60)[:LONGEST_NAME] or USUAL_NAME,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            created_at=now,
        )
    )
    db.session.flush()
    tell_change("add_passkey", user, by=user, now=now)


def options_to_use(user: User, site: Site) -> tuple[str, bytes]:
    """What the browser needs to use one of the person's passkeys, and the challenge in it."""
    import webauthn  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=site.host, allow_credentials=_known(passkeys_of(user))
    )
    return webauthn.options_to_json(options), options.challenge


def passkey_fits(user: User, answer: str, *, challenge: bytes, site: Site, now: datetime) -> bool:
    """Whether the answer was signed by one of the person's passkeys for this challenge."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415

    try:
        credential = parse_authentication_credential_json(answer[:LARGEST_ANSWER])
        kept = db.session.scalar(
            select(Passkey)
            .where(Passkey.user_id == user.id, Passkey.credential_id == credential.raw_id)
            .with_for_update()
        )
        if kept is None:
            return False
        used = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.sign_count,
        )
    except (ValueError, _exceptions()):
        return False
    kept.sign_count, kept.last_used_at = used.new_sign_count, now
    return True


def drop_passkey(user: User, passkey_id: int, now: datetime) -> None:
    """Forget a passkey; without another second factor recovery codes go too. Raises NotThere."""
    kept = db.session.scalar(
        select(Passkey).where(Passkey.user_id == user.id, Passkey.id == passkey_id)
    )
    if kept is None:
        raise NotThere("no_passkey", "There is no such passkey (any more). Nothing was changed.")
    db.session.delete(kept)
    db.session.flush()
    forget_idle_codes(user)
    tell_change("remove_passkey", user, by=user, now=now)


def _known(kept: Sequence[Passkey]) -> list[Any]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415

    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in kept]


def _exceptions() -> type[Exception]:
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    return WebAuthnException
