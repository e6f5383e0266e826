"""Proof of work: a riddle that costs a browser a second and a program the same, for each comment.

A riddle is signed with our key and kept nowhere; its answer brings it back. The browser looks for
the one number among MOST from which a slow function (PBKDF2) makes the key that the riddle begins
to tell. The format is ALTCHA's (https://altcha.org), its library makes and checks them. The end of
a riddle is kept in the part of it that is ours, since the library knows no clock but the system's.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from blog.screening.facts import ProofState
from blog.settings.attack import is_under_attack
from blog.settings.catalogue import CommentSettings
from blog.signing import secret_for

log = logging.getLogger(__name__)
ALGORITHM = "PBKDF2/SHA-256"
# A quarter of a millisecond for each try; about a thousand tries, some seconds on an old phone.
ROUNDS = 1_000
FEWEST, MOST = 500, 1_500
GOOD_FOR = timedelta(hours=1)
# Ours have some 750 characters.
LONGEST_PROOF = 2_000
END = "until"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came for a proof. A good one has the key by which it is used once, and its end."""

    state: ProofState
    key: bytes = b""
    until: datetime | None = None


NOT_ASKED = Proof(ProofState.NOT_ASKED)


def is_asked(settings: CommentSettings, now: datetime) -> bool:
    """Whether a comment that comes now must bring a proof to be published by itself."""
    if settings.proof_of_work == "attack":
        return is_under_attack(settings, now)
    return settings.proof_of_work == "always"


def new_challenge(now: datetime) -> dict[str, Any]:
    """A riddle as plain JSON values. It costs a quarter of a millisecond, and nothing is kept."""
    from altcha import create_challenge  # noqa: PLC0415 - few blogs ask for proofs

    challenge = create_challenge(
        algorithm=ALGORITHM,
        cost=ROUNDS,
        counter=FEWEST + secrets.randbelow(MOST - FEWEST),
        data={END: int((now + GOOD_FOR).timestamp())},
        hmac_secret=secret_for("proof.challenge"),
        hmac_key_secret=secret_for("proof.key"),
    )
    made: dict[str, Any] = challenge.to_dict()
    return made


def read_proof(text: str, settings: CommentSettings, now: datetime) -> Proof:
    """What the form brought; whether it was used before is for the database to say."""
    if not is_asked(settings, now):
        return NOT_ASKED
    if not text:
        return Proof(ProofState.MISSING)
    solved = _solved(text)
    if solved is None:
        return Proof(ProofState.WRONG)
    key, until = solved
    return Proof(ProofState.GOOD if now < until else ProofState.EXPIRED, key, until)


def _solved(text: str) -> tuple[bytes, datetime] | None:
    """The signature and the end of a riddle of ours that was solved; None for anything else."""
    if len(text) > LONGEST_PROOF:
        return None
    try:
        return _checked(text)
    except Exception as error:
        # Whatever a stranger writes here and however it breaks the reading, the comment is kept.
        log.info("A proof of work could not be read (%s).", type(error).__name__)
        return None


def _checked(text: str) -> tuple[bytes, datetime] | None:
    from altcha import Payload, verify_solution  # noqa: PLC0415

    payload = Payload.from_base64(text)
    checked = verify_solution(
        payload, secret_for("proof.challenge"), hmac_key_secret=secret_for("proof.key")
    )
    signature, ours = payload.challenge.signature, payload.challenge.parameters.data
    if not checked.verified or not signature or not ours:
        return None
    # From here on everything in it was signed by us.
    return bytes.fromhex(signature), datetime.fromtimestamp(ours[END], UTC)
