"""Mail and the pages behind its links are in the language of whom they are for."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.accounts.models import Role, User
from blog.accounts.staff import set_language
from blog.comments.models import Comment, CommentStatus
from blog.comments.receipts import appeal
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.notifications.outbox import put
from blog.posts.models import Post as BlogPost
from blog.settings.catalogue import CommentSettings
from blog.wording.languages import Language
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, make_staff, set_setting
from tests.notifications.conftest import Post, links_in, text_of
from tests.wording.foreign import foreign_texts

WORDS = {"comment": "1234", "author": "Ann", "email": "ann@reader.example"}
languages = pytest.mark.parametrize("language", list(Language))


@pytest.fixture
def post(app: Flask) -> BlogPost:
    set_setting("comments.flood_seconds", "0")
    set_setting("site.title", "Q & A")
    return make_post("news", title="N <7>")


def staff_in(language: Language, role: Role = Role.MODERATOR) -> User:
    person = make_staff(role)
    begin_write()
    set_language(db.session.get_one(User, person.id), language.value, now=START)
    db.session.commit()
    return person


def is_in(language: Language, shown: str) -> bool:
    """Whether a page or the HTML part of a mail is in this language and in no other."""
    assert foreign_texts(shown, language) == []
    assert f'<html lang="{language}">' in shown
    return True


def all_in(language: Language, mails: list[EmailMessage]) -> bool:
    """Whether all of the mails are in this language, each header and part."""
    for mail in mails:
        assert mail["Content-Language"] == language
        assert foreign_texts(f"{mail['Subject']}\n{text_of(mail)}", language) == []
        assert is_in(language, text_of(mail, "html"))
        # What stands between values is escaped once, in the right part.
        assert "&amp;amp;" not in text_of(mail, "html")
        assert "&amp;" not in text_of(mail)
    return True


@languages
def test_the_staff_gets_every_mail_in_its_own_language(
    client: FlaskClient, post: BlogPost, post_office: Post, clock: SettableClock, language: Language
) -> None:
    # The site's language is that of nobody here.
    other = Language.FRENCH if language is not Language.FRENCH else Language.GERMAN
    set_setting("site.language", other.value)
    person = staff_in(language)
    client.post("/posts/news/comments", data=WORDS)
    set_setting("comments.hold", "none")
    client.post("/posts/news/comments", data={**WORDS, "comment": "5678"})
    assert post_office.deliver().sent == 2
    set_setting("mail.staff_pace", "hourly")
    for number in ("91", "92", "93"):
        client.post("/posts/news/comments", data={**WORDS, "comment": number})
    clock.move(hours=2)
    begin_write()
    change_status(1, CommentStatus.TRASH, by="staff:99", now=START)
    appeal(1, "?!", settings=CommentSettings(), now=START)
    change_status(2, CommentStatus.TRASH, by="staff:99", now=START)
    appeal(2, "", settings=CommentSettings(), now=START)
    put("test", staff_id=person.id, address=person.email, now=clock())
    db.session.commit()
    assert post_office.deliver().sent == 4
    assert len(post_office.mails) == 6
    assert all_in(language, post_office.mails)
    digest = next(mail for mail in post_office.mails if "3" in str(mail["Subject"]))
    assert all(number in text_of(digest) for number in ("91", "92", "93"))


@languages
def test_the_pages_of_links_in_staff_mail_are_in_its_language(
    client: FlaskClient, post: BlogPost, post_office: Post, language: Language
) -> None:
    staff_in(language)
    client.post("/posts/news/comments", data=WORDS)
    post_office.deliver()
    approve, spam, trash = (
        path for path in links_in(post_office.mails[0]) if path.startswith("/decide/")
    )
    for path in (approve, spam, trash):
        page = client.get(path).text
        assert is_in(language, page)
        assert page.count("<button") == 1
        assert "N &lt;7&gt;" in page
    assert is_in(language, client.post(trash).text)
    over = client.get(approve)
    assert (over.status_code, is_in(language, over.text)) == (410, True)


def test_each_of_several_gets_their_own_and_an_address_without_account_the_sites(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    german, spanish = staff_in(Language.GERMAN), staff_in(Language.SPANISH, Role.ADMIN)
    set_setting("site.language", "fr-CA")
    client.post("/posts/news/comments", data=WORDS)
    post_office.deliver()
    told = {str(mail["To"]): str(mail["Content-Language"]) for mail in post_office.mails}
    assert told == {german.email: "de", spanish.email: "es"}
    set_setting("mail.staff_to", f"{german.email}\ndesk@staff.example")
    client.post("/posts/news/comments", data={**WORDS, "comment": "5678"})
    post_office.deliver()
    told = {str(mail["To"]): str(mail["Content-Language"]) for mail in post_office.mails[2:]}
    assert told == {german.email: "de", "desk@staff.example": "fr"}
    [mail] = [mail for mail in post_office.mails[2:] if mail["Content-Language"] == "fr"]
    assert is_in(Language.FRENCH, client.get(links_in(mail)[0]).text)


def ask(client: FlaskClient, kind: str, **typed: str) -> str:
    """Leave a reply and ask for mail; returns the page that answers."""
    answer = client.post("/posts/news/comments", data={**WORDS, **typed})
    found = re.search(r'href="(/receipts/[^"]+)"', client.get(answer.headers["Location"]).text)
    assert found is not None
    return client.post(found[1] + "/subscribe", data={"kind": kind}).text


def left(post: BlogPost, text: str, number: int = 1) -> Comment:
    return make_comment(post, text=text, author="Bo", address=f"bo{number}@reader.example")


@languages
def test_readers_get_mail_and_its_pages_in_the_language_of_the_site(
    client: FlaskClient, post: BlogPost, post_office: Post, clock: SettableClock, language: Language
) -> None:
    set_setting("site.language", f"{language}-AT")
    set_setting("mail.staff", "none")
    set_setting("comments.hold", "all")
    assert is_in(language, ask(client, "thread"))
    post_office.deliver()
    [path] = [path for path in links_in(post_office.mails[0]) if "/confirm/" in path]
    assert is_in(language, client.get(path).text)
    manage = client.post(path).headers["Location"]
    assert is_in(language, ask(client, "replies", comment="22"))
    ask(client, "replies", comment="33")
    # Who asks without a proof confirms these two as well.
    post_office.deliver()
    [path] = [path for path in links_in(post_office.mails[1]) if "/confirm/" in path]
    client.post(path)
    assert is_in(language, client.get(manage).text)
    begin_write()
    change_status(2, CommentStatus.APPROVED, by="staff:1", now=clock())
    change_status(3, CommentStatus.TRASH, by="staff:1", now=clock())
    db.session.commit()
    left(post, "44")
    post_office.deliver()
    for number in (55, 66, 77):
        left(post, str(number), number)
    clock.move(hours=2)
    client.post("/privacy/data", data={"email": WORDS["email"]})
    post_office.deliver()
    # Confirm twice, two decisions, one answer, three answers, own data.
    assert len(post_office.mails) == 7
    assert all_in(language, post_office.mails)
    client.post(manage + "/stop")
    assert is_in(language, client.get(manage).text)


def test_a_language_that_is_not_known_any_more_is_english(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    person = staff_in(Language.GERMAN)
    begin_write()
    db.session.get_one(User, person.id).language = "tlh"
    db.session.commit()
    client.post("/posts/news/comments", data=WORDS)
    assert post_office.deliver().sent == 1
    assert all_in(Language.ENGLISH, post_office.mails)
