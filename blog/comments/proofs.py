"""Proofs of work that came with a comment: each counts once, on whatever host it comes."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Executable, LargeBinary, delete
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Model, db, rows_changed, upsert
from blog.screening.checks import NO_PROOF
from blog.screening.facts import Finding, Judgement, Outcome, ProofState
from blog.screening.policy import with_finding
from blog.screening.proofs import Proof


class SpentProof(Model):
    """A riddle whose answer has come with a comment. It says nothing of who solved it."""

    __tablename__ = "spent_proof"

    # The riddle's signature, which no other one has.
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    # The end of the riddle: from then on its answer is worth nothing anyway.
    until: Mapped[datetime] = mapped_column(index=True)


def spend(proof: Proof, judgement: Judgement) -> Judgement:
    """Use up a good proof in the transaction of its comment. The caller commits.

    When another comment brought the same one first, the unique key tells, and this one is held.
    """
    if proof.state is not ProofState.GOOD:
        return judgement
    values = {"key": proof.key, "until": proof.until}
    if db.session.scalar(_unless_spent(db.engine.dialect.name), values) is not None:
        return judgement
    saw = ProofState.USED
    return with_finding(
        judgement, Finding("proof_of_work", 1, Outcome.HOLD, NO_PROOF[saw], saw.value)
    )


@cache
def _unless_spent(_dialect: str) -> Executable:
    """An INSERT of a used proof that gives its key, unless it was used before. Made once."""
    insert_one = upsert(SpentProof).on_conflict_do_nothing(index_elements=[SpentProof.key])
    statement: Executable = insert_one.returning(SpentProof.key)
    return statement


def forget_spent(now: datetime) -> int:
    """Delete those whose riddle has ended; returns how many. The caller commits."""
    return rows_changed(delete(SpentProof).where(SpentProof.until <= now))
