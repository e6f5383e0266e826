"""Statements prepared once give what SQLAlchemy gives, and fail as it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from blog.comments.models import Person, Standing
from blog.db import begin_write, db, run
from blog.prepared import PreparedStatement
from blog.screening.models import DomainRecord
from blog.versions import PageVersion
from tests.databases import written

NOW = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
KEEP = PreparedStatement(lambda: insert(Person).returning(Person.id, Person.standing))
VALUES = {"address_index": b"i" * 20, "address_sealed": b"sealed", "first_seen_at": NOW}


@pytest.fixture(autouse=True)
def _in_a_write(app: object) -> Iterator[None]:
    begin_write()
    yield
    db.session.rollback()


def test_values_and_defaults_are_written_as_the_types_say() -> None:
    made = KEEP.first(VALUES)
    assert made is not None
    person = db.session.get_one(Person, made.id)
    assert (person.first_seen_at, person.address_index) == (NOW, VALUES["address_index"])
    assert (person.standing, made.standing) == (Standing.NORMAL, Standing.NORMAL)


def test_rows_are_those_that_sqlalchemy_gives() -> None:
    KEEP.rows(VALUES)
    query = select(Person.first_seen_at, Person.standing, Person.address_index).where(
        Person.address_index == bindparam("wanted")
    )
    prepared = PreparedStatement(lambda: query)
    for wanted in (VALUES["address_index"], b"nobody"):
        rows = [tuple(row) for row in prepared.rows({"wanted": wanted})]
        assert rows == [tuple(row) for row in run(query, {"wanted": wanted})]
    assert prepared.first({"wanted": b"nobody"}) is None
    assert prepared.scalar({"wanted": b"nobody"}) is None
    assert prepared.scalar({"wanted": VALUES["address_index"]}) == NOW


def test_an_insert_that_asks_for_nothing_gives_nothing() -> None:
    keep = PreparedStatement(lambda: insert(PageVersion))
    assert not keep.rows({"scope": "here", "version": 1 << 62})
    assert db.session.get_one(PageVersion, "here").version == 1 << 62


def test_it_belongs_to_the_transaction_of_the_session() -> None:
    KEEP.rows(VALUES)
    db.session.rollback()
    assert db.session.scalar(select(Person.id)) is None


def test_a_refused_row_is_an_error_that_quotes_no_value() -> None:
    KEEP.rows(VALUES)
    with pytest.raises(IntegrityError) as refused:
        KEEP.rows(VALUES)
    assert "sealed'" not in str(refused.value)
    assert isinstance(refused.value.orig, Exception)


def test_who_listens_hears_of_it() -> None:
    with written() as said:
        KEEP.rows(VALUES)
    assert [statement.partition(" (")[0] for statement in said] == ["INSERT INTO person"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestOnSqlite:
    """What only a statement that goes to the driver itself can do wrong."""

    def test_a_value_that_is_missing_is_an_error(self) -> None:
        query = select(DomainRecord.spam).where(DomainRecord.domain == bindparam("name"))
        prepared = PreparedStatement(lambda: query)
        with pytest.raises(KeyError, match="name"):
            prepared.rows({})
        assert not prepared.rows({"name": "a.example"})
        with pytest.raises(KeyError, match="other"):
            prepared.rows({"name": "a.example", "other": 1})

    def test_a_statement_that_changes_with_its_values_is_refused(self) -> None:
        query = select(DomainRecord.spam).where(DomainRecord.domain.in_(["a.example"]))
        with pytest.raises(TypeError, match="changes with its values"):
            PreparedStatement(lambda: query).rows({})
