"""Adding people, changing passwords, shutting people out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_security.utils import verify_password
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from blog.accounts.models import Role, User
from blog.accounts.operations import add_user, change_password, forget_stale_sign_ins
from blog.accounts.passwords import hash_of, is_outdated, password_fits
from blog.accounts.queries import has_admin, is_staff_address, staff, user_by_email
from blog.accounts.staff import set_active
from blog.db import db
from blog.errors import Conflict, Refusal
from tests.accounts.people import PASSWORD

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)


def test_added_person_is_found_by_address_in_any_case(app: Flask) -> None:
    with app.app_context():
        added = add_user(" Ada@Example.ORG ", "  Ada   Byron ", "author", PASSWORD, NOW)
        db.session.commit()
        db.session.expire_all()
        assert user_by_email("ada@example.org") is added
        assert (added.name, added.role, added.active) == ("Ada Byron", Role.AUTHOR, True)
        assert added.created_at == NOW
        assert staff() == [added]
        assert not has_admin()


def test_adding_does_not_commit(app: Flask) -> None:
    with app.app_context():
        add_user("ada@example.org", "Ada", "admin", PASSWORD, NOW)
        db.session.rollback()
        assert staff() == []


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("email", {"email": ""}),
        ("email", {"email": "no address"}),
        ("email", {"email": "a@example.org, b@example.org"}),
        ("email", {"email": "a@example.org\r\nBcc: b@example.org"}),
        ("email", {"email": "\udc80@example.org"}),
        ("name", {"name": " \t "}),
        ("name", {"name": "\u200b"}),
        ("name", {"name": "Ada\u202e"}),
        ("name", {"name": "Ada\x00"}),
        ("name", {"name": "a" * 246}),
        ("name", {"name": "Ada\udc80"}),
        ("role", {"role": "owner"}),
        ("role", {"role": "Admin"}),
        ("password", {"password": ""}),
        ("password", {"password": "seven.7"}),
        ("password", {"password": "x7" * 129}),
        ("password", {"password": "password"}),
        ("password", {"password": "PassWord"}),
        ("password", {"password": "trustno1"}),
        ("password", {"password": "zzzzzzzzzzzz"}),
        ("password", {"password": "Ada@Example.org"}),
        ("password", {"password": "ada byron"}),
        ("password", {"password": "AdaByron"}),
        ("password", {"password": "eightch\udc80r"}),
    ],
)
def test_unfit_value_is_refused_with_its_field(
    app: Flask, field: str, change: dict[str, str]
) -> None:
    facts = {
        "email": "ada@example.org",
        "name": "Ada Byron",
        "role": "author",
        "password": PASSWORD,
    } | change
    with app.app_context():
        with pytest.raises(Refusal) as refusal:
            add_user(facts["email"], facts["name"], facts["role"], facts["password"], NOW)
        assert refusal.value.field == field
        assert staff() == []


@pytest.mark.parametrize(
    "password", ["x7" * 4, "x7" * 128, "ᚠᛇᚻ byþ frofur", " two ends ", "é" * 8 + "1"]
)
def test_password_at_the_limits_and_of_any_script_is_taken_as_typed(
    app: Flask, password: str
) -> None:
    with app.app_context():
        ada = add_user("ada@example.org", "Ada", "author", password, NOW)
        assert password_fits(ada.password, password)
        assert not password_fits(ada.password, password[:-1])
        assert not password_fits(ada.password, password.strip() + " ")


def test_password_typed_on_a_keyboard_that_sends_accents_apart_fits(app: Flask) -> None:
    with app.app_context():
        ada = add_user("ada@example.org", "Ada", "author", "cafe\u0301 at noon", NOW)
        assert password_fits(ada.password, "caf\u00e9 at noon")


def test_password_is_kept_as_argon2id_with_the_stated_costs(app: Flask) -> None:
    with app.app_context():
        ada = add_user("ada@example.org", "Ada", "author", PASSWORD, NOW)
        assert ada.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert not is_outdated(ada.password)
        assert is_outdated(ada.password.replace("t=2", "t=1"))
        assert hash_of(PASSWORD) != ada.password
        assert verify_password(PASSWORD, ada.password)


def test_three_thousand_commonest_passwords_are_refused(app: Flask) -> None:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    taken = []
    with app.app_context():
        for password in FREQUENCY_LISTS["passwords"][:3000]:
            try:
                add_user("ada@example.org", "Ada", "author", password, NOW)
                taken.append(password)
            except Refusal:
                continue
    assert taken == []


def test_second_person_with_an_address_is_refused(app: Flask) -> None:
    with app.app_context():
        add_user("ada@example.org", "Ada", "author", PASSWORD, NOW)
        with pytest.raises(Conflict) as refusal:
            add_user("ADA@example.org", "Other", "author", PASSWORD, NOW)
        assert refusal.value.field == "email"
        db.session.commit()
        assert len(staff()) == 1


@pytest.mark.parametrize("change", ["role = 'owner'", "name = '  '", "email = 'b@example.org'"])
def test_database_itself_refuses_what_must_never_be(app: Flask, change: str) -> None:
    with app.app_context():
        add_user("ada@example.org", "Ada", "author", PASSWORD, NOW)
        add_user("b@example.org", "Bea", "author", PASSWORD, NOW)
        db.session.commit()
        with pytest.raises(IntegrityError):
            db.session.execute(
                text(f"UPDATE staff_user SET {change} WHERE email = 'ada@example.org'")
            )


def test_new_password_is_judged_like_the_first(app: Flask) -> None:
    with app.app_context():
        ada = add_user("ada@example.org", "Ada", "author", PASSWORD, NOW)
        with pytest.raises(Refusal):
            change_password(ada, "password", NOW)
        assert password_fits(ada.password, PASSWORD)
        change_password(ada, "another plum lantern", NOW)
        assert password_fits(ada.password, "another plum lantern")
        assert not password_fits(ada.password, PASSWORD)


def test_no_password_fits_where_there_is_no_account(app: Flask) -> None:
    with app.app_context():
        assert not password_fits(None, PASSWORD)
        assert not password_fits(None, "")


def test_address_of_staff_is_known_in_any_case(app: Flask) -> None:
    with app.app_context():
        ada = add_user("ada@example.org", "Ada", "author", PASSWORD, NOW)
        set_active(ada, active=False, by=None, now=NOW)
        assert is_staff_address(" ADA@example.org")
        assert not is_staff_address("%@example.org")


def test_forgetting_on_an_empty_database_deletes_nothing(app: Flask) -> None:
    with app.app_context():
        assert forget_stale_sign_ins(NOW) == 0


def test_printed_person_shows_no_secret(app: Flask) -> None:
    with app.app_context():
        ada = add_user("ada@example.org", "Ada", "author", PASSWORD, NOW)
        shown = repr(ada)
        assert User.__name__ in shown
        assert ada.password not in shown
        assert "ada@example.org" not in shown
