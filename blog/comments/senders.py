"""Who sends comments: people by their addresses, and names that are somebody's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from operator import attrgetter

from sqlalchemy import Select, bindparam, select, text

from blog.accounts.queries import staff_names
from blog.comments.models import PERSON_ADDRESS, VERIFIED_CONDITION, Comment, Person
from blog.comments.queries import is_public
from blog.db import db, run
from blog.prepared import PreparedStatement
from blog.sealing import sealer
from blog.text.skeleton import skeleton
from blog.web.sitememo import once_for_site


def person_by_address(address: str) -> Person | None:
    """The person who uses this address, found by its blind index; one query, known or not."""
    return person_by_index(index_of_address(address))


def person_by_index(address_index: bytes) -> Person | None:
    """The same by the index itself, where it is at hand."""
    return db.session.scalar(_of_index(), {"address_index": address_index})


def sender_of(address_index: bytes) -> Person | None:
    """The person of the address of this index, who sends a comment: mostly a stranger, who is told
    at a third of the cost.

    A known one costs a query more, so it is not for pages that must not tell who is known.
    """
    number = _NUMBER.scalar({"address_index": address_index})
    return None if number is None else db.session.get(Person, number)


@cache
def _of_index() -> Select[Person]:
    return select(Person).where(Person.address_index == bindparam("address_index"))


_NUMBER = PreparedStatement(lambda: _of_index().with_only_columns(Person.id))


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
    of_staff = once_for_site("looks of staff names", _staff_looks).get(looks)
    if of_staff is not None:
        return of_staff
    owners = verified_owners().get(looks, ())
    return next((verified for owner, verified in owners if owner != person_id), "")


def _staff_looks() -> Mapping[str, str]:
    """The names of the staff by their skeletons, of two that look alike the first."""
    return {skeleton(taken): taken for taken in reversed(staff_names())}


def verified_owners() -> Mapping[str, Sequence[tuple[int, str]]]:
    """Whose the verified names are, by their skeletons: the person's number and the name.

    Read once while nothing of the site changes; verifying a name is such a change.
    """
    return once_for_site("verified names", _read_verified)


def _read_verified() -> Mapping[str, Sequence[tuple[int, str]]]:
    columns = (Person.verified_skeleton, Person.id, Person.verified_name)
    # Not sorted by the database: SQLite would then walk all people in that order.
    rows = sorted(run(select(*columns).where(text(VERIFIED_CONDITION))), key=attrgetter("id"))
    owners: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        owners[row.verified_skeleton].append((row.id, row.verified_name))
    return dict(owners)
