"""Each of the staff chooses a language: on the own account, with an invitation, by command."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import Role, User
from blog.db import db
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from blog.wording.languages import OWN_NAMES, Language
from blog.wording.texts import CATALOGUES, wording
from tests.factories import csrf_token
from tests.moderation.desk import ADMIN, AUTHOR, MODERATOR, Visit, send
from tests.wording.foreign import foreign_texts

ACCOUNT = "/admin/account/language"
NEW = {
    "name": "Ann New",
    "email": "ann@staff.example",
    "password": "another quiet harbour 77",
}


def language_of(role: Role) -> str:
    db.session.rollback()
    return db.session.scalars(select(User.language).where(User.role == role)).one()


def chosen(page: str) -> str:
    [found] = re.findall(r'<option[^>]* value="(\w+)"[^>]* selected', page) or re.findall(
        r'<option selected value="(\w+)"', page
    )
    return str(found)


@pytest.mark.parametrize("role", [ADMIN, MODERATOR, AUTHOR])
def test_everybody_chooses_their_own(visit: Visit, role: Role) -> None:
    browser = visit(role)
    page = browser.get("/admin/account").text
    assert all(name in page for name in OWN_NAMES.values())
    assert chosen(page) == "en"
    assert send(browser, ACCOUNT, {"language": "de"}).status_code == 303
    assert "was changed" in browser.get("/admin/account").text
    assert chosen(browser.get("/admin/account").text) == "de"
    assert language_of(role) == "de"
    entry = db.session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.before, entry.after) == ("change_language", "en", "de")
    assert send(browser, ACCOUNT, {"language": "de"}).status_code == 303
    assert "already" in browser.get("/admin/account").text
    assert verify_log().length == 1


@pytest.mark.parametrize("typed", ["", "tlh", "de-AT", "DE", "en\0", "e" * 99])
def test_what_is_not_offered_is_refused_beside_the_field(visit: Visit, typed: str) -> None:
    browser = visit(MODERATOR)
    answer = send(browser, ACCOUNT, {"language": typed})
    assert answer.status_code == 422
    assert 'id="language-error"' in answer.text
    assert "en, de, fr, es" in answer.text
    assert language_of(MODERATOR) == "en"


def invitation(admin: FlaskClient, **typed: str) -> str:
    page = send(admin, "/admin/staff", {"role": "author", "note": "Ann", **typed}).text
    link = re.search(r'value="https?://[^/]+(/join/[\w-]+)"', page)
    assert link is not None, page
    return link[1]


def join(browser: FlaskClient, path: str, **typed: str) -> tuple[int, str]:
    answer = browser.post(path, data={**NEW, **typed, "csrf_token": csrf_token(browser, path)})
    return answer.status_code, answer.text


@pytest.mark.parametrize("language", list(Language))
def test_an_invitation_speaks_the_language_chosen_for_it(
    visit: Visit, app: Flask, language: Language
) -> None:
    path, browser, t = (
        invitation(visit(ADMIN), language=language),
        app.test_client(),
        wording(language),
    )
    page = browser.get(path).text
    assert f'<html lang="{language}">' in page
    assert t("join.author") in page
    assert chosen(page) == language
    refusals = {
        "email": ("nobody", "email_bad"),
        "name": ("a\u202eb", "name_characters"),
        "password": ("short", "password_short"),
        "language": ("tlh", "language_unknown"),
    }
    for field, (typed, code) in refusals.items():
        status, page = join(browser, path, **{field: typed})
        assert status == 422
        sentence = str(CATALOGUES[language][f"refusal.{code}"]).partition("{")[0]
        assert sentence in page, code
        assert foreign_texts(page, language) == []
    status, page = join(browser, path, name="", email="", password="")
    assert (status, foreign_texts(page, language)) == (422, [])
    assert page.count('class="field-error"') == 3
    assert join(browser, path, email="admin@")[0] == 422
    assert join(browser, path)[0] == 303
    assert language_of(AUTHOR) == language


def test_who_joins_may_choose_another_language(visit: Visit, app: Flask) -> None:
    path = invitation(visit(ADMIN), language="fr")
    assert join(app.test_client(), path, language="es")[0] == 303
    assert language_of(AUTHOR) == "es"


def test_an_invitation_begins_with_the_language_of_who_invites(visit: Visit, app: Flask) -> None:
    admin = visit(ADMIN)
    send(admin, ACCOUNT, {"language": "es"})
    assert '<option value="es" lang="es" selected>' in admin.get("/admin/staff").text
    assert '<html lang="es">' in app.test_client().get(invitation(admin)).text
    assert send(admin, "/admin/staff", {"role": "author", "language": "x"}).status_code == 422
