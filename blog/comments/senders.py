"""Who sends comments: people by their addresses, and names that are somebody's."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from blog.accounts.queries import staff_names
from blog.comments.models import PERSON_ADDRESS, Comment, Person
from blog.comments.queries import is_public
from blog.db import db, run
from blog.sealing import sealer
from blog.text.skeleton import skeleton


def person_by_address(address: str) -> Person | None:
    """The person who uses this address, found by its blind index."""
    # Most are strangers: asked for the number alone, the answer is had for a third of the cost.
    number = run(_of_index(), {"address_index": index_of_address(address)}).scalar()
    return None if number is None else db.session.get(Person, number)


@cache
def _of_index() -> Select[int]:
    return select(Person.id).where(Person.address_index == bindparam("address_index"))


def index_of_address(address: str) -> bytes:
    """The keyed index of a reader's address, by which it is found and not read; case is one."""
    return sealer().index(address.casefold(), PERSON_ADDRESS)


def approved_names(person_id: int) -> set[str]:
    """The names under which comments of this person were approved, casefolded."""
    names = db.session.scalars(
        select(Comment.author).where(Comment.person_id == person_id, is_public()).distinct()
    )
    return {name.casefold() for name in names}


def owner_of_name(name: str, person_id: int) -> str:
    """The name of the staff, or one verified as another person's, that this name looks like."""
    looks = skeleton(name)
    if not looks:
        return ""
    for taken in staff_names():
        if skeleton(taken) == looks:
            return taken
    return run(_verified(), {"looks": looks, "person_id": person_id}).scalar() or ""


@cache
def _verified() -> Select[str]:
    """A name that looks like ``:looks`` and is verified as that of another than ``:person_id``."""
    return (
        select(Person.verified_name)
        .where(Person.verified_skeleton == bindparam("looks"), Person.id != bindparam("person_id"))
        .limit(1)
    )
