"""Every language says everything, with the same values, and writes dates and numbers its way."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup, escape

from blog import PACKAGE, shipped
from blog.accounts import models, operations, passwords
from blog.errors import Refusal
from blog.wording.languages import OWN_NAMES, Language, language_for
from blog.wording.texts import CATALOGUES, wording
from tests.wording.foreign import foreign_texts, forms

ENGLISH = CATALOGUES[Language.ENGLISH]
OTHERS = [language for language in Language if language is not Language.ENGLISH]
# Keys that are put together from these and a word, such as an action or the code of a refusal.
PUT_TOGETHER = ("staff.", "decide.", "decide.done_", "join.", "manage.", "refusal.")


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_with_the_same_values(language: Language) -> None:
    texts = CATALOGUES[language]
    assert set(texts) == set(ENGLISH)
    for key, text in texts.items():
        assert isinstance(text, str) == isinstance(ENGLISH[key], str), key
        for form, english in zip(forms(text), forms(ENGLISH[key]), strict=True):
            assert values_of(form) == values_of(english), key
            assert form.strip() == form != "", key


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_english(language: Language) -> None:
    # Marks around a value, and the word for a name, are the same in some languages.
    alike = {"decide.question", "join.name"}
    same = {key for key, text in CATALOGUES[language].items() if text == ENGLISH[key]}
    assert same <= alike


def test_every_text_is_used() -> None:
    files = [*shipped("templates").rglob("*.*"), *PACKAGE.rglob("*.py")]
    told = "".join(file.read_text() for file in files if file.parent != PACKAGE / "wording")
    unused = [
        key
        for key in ENGLISH
        if f'"{key}"' not in told
        and not any(key.startswith(start) and (f'"{start}' in told) for start in PUT_TOGETHER)
    ]
    assert unused == []


def test_each_language_is_called_by_its_own_name() -> None:
    assert set(OWN_NAMES) == set(Language) == set(CATALOGUES)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de-AT", "de"), ("DE", "de"), ("fr_CA", "fr"), ("es-419", "es"), ("en", "en"),
     ("pt-BR", "en"), ("", "en"), ("deu", "en"), (" fr ", "fr"), ("-de", "en")],
)  # fmt: skip
def test_a_tag_leads_to_its_language_or_to_english(tag: str, language: str) -> None:
    assert language_for(tag) == language


def test_values_are_escaped_where_one_of_them_is_html_already() -> None:
    t = wording(Language.FRENCH)
    title = Markup("<a href='/x'>{}</a>").format("a & b")
    made = t("comment.on", author="<script>", title=title)
    assert made == f"&lt;script&gt; sur «\u00a0{title}\u00a0»"
    assert escape(made) == made
    # What looks like a place for a value stays as it was typed.
    assert t("comment.subject", author="{title}", title="{0.x}") == "{title} sur {0.x}"


@pytest.mark.parametrize(
    ("language", "none", "one", "many"),
    [
        ("en", "0 new comments", "1 new comment", "1,234 new comments"),
        ("de", "0 neue Kommentare", "1 neuer Kommentar", "1.234 neue Kommentare"),
        ("fr", "0 nouveau commentaire", "1 nouveau commentaire",
         "1\u202f234 nouveaux commentaires"),
        ("es", "0 comentarios nuevos", "1 comentario nuevo", "1234 comentarios nuevos"),
    ],
)  # fmt: skip
def test_numbers_take_the_right_form(language: str, none: str, one: str, many: str) -> None:
    t = wording(Language(language))
    for number, words in ((0, none), (1, one), (1234, many)):
        assert t("staff.subject_many", site="B", n=number) == f"[B] {words}"


@pytest.mark.parametrize(
    ("language", "first", "later"),
    [
        ("en", "March 1, 2026, 9:05 am", "December 24, 2026, 5:30 pm"),
        ("de", "1. März 2026, 09:05", "24. Dezember 2026, 17:30"),
        ("fr", "1er mars 2026, 09:05", "24 décembre 2026, 17:30"),
        ("es", "1 de marzo de 2026, 9:05", "24 de diciembre de 2026, 17:30"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, first: str, later: str) -> None:
    t = wording(Language(language))
    times = (datetime(2026, 3, 1, 9, 5, tzinfo=UTC), datetime(2026, 12, 24, 17, 30, tzinfo=UTC))
    assert [f"{t.date(time)}, {t.time(time)}" for time in times] == [first, later]


@pytest.mark.parametrize("number", range(1, 13))
def test_every_month_has_a_name(number: int) -> None:
    day = datetime(2026, number, 2, tzinfo=UTC)
    names = {wording(language).date(day) for language in Language}
    assert len(names) == len(Language)


def test_thousands_in_spanish_are_parted_from_five_digits_on() -> None:
    t = wording(Language.SPANISH)
    assert "12.345" in t("staff.subject_many", site="B", n=12345)


@pytest.mark.parametrize(
    ("code", "refuse"),
    [
        ("email_bad", lambda: operations.tidy_email("nobody")),
        ("name_missing", lambda: operations._tidy_name(" ")),
        ("name_long", lambda: operations._tidy_name("n" * 300)),
        ("name_characters", lambda: operations._tidy_name("a\u202eb")),
        ("password_short", lambda: check("short")),
        ("password_long", lambda: check("long" * 100)),
        ("password_characters", lambda: check("\ud800" * 9)),
        ("password_own", lambda: check("Ann Author")),
        ("password_common", lambda: check("password1")),
    ],
)
def test_english_refuses_in_the_words_of_the_operation(code: str, refuse: object) -> None:
    assert callable(refuse)
    with pytest.raises(Refusal) as refused:
        refuse()
    assert refused.value.code == code
    values = {
        "shortest": passwords.SHORTEST_PASSWORD,
        "recommended": passwords.RECOMMENDED_PASSWORD,
        "longest": passwords.LONGEST_PASSWORD,
        "longest_name": models.LONGEST_NAME,
    }
    assert wording(Language.ENGLISH)(f"refusal.{code}", **values) == refused.value.sentence


def check(password: str) -> None:
    passwords.check_password(password, email="ann@staff.example", name="Ann Author")


def test_a_sentence_of_another_language_is_noticed() -> None:
    shown = "<p>Freigeben: Wartet auf Ihre Freigabe. Each link opens a page with one button, works"
    assert foreign_texts(shown, Language.GERMAN) == []
    shown += " once, and ends after a week.</p>"
    assert foreign_texts(shown, Language.GERMAN) == ["en: staff.links"]
    assert "de: staff.held" in foreign_texts(shown, Language.ENGLISH)


SPOKEN_IN_MANY = [
    *shipped("templates/email").rglob("*.*"),
    *shipped("templates/notifications").glob("*.html"),
    shipped("templates/letter_base.html"),
    shipped("templates/accounts/join.html"),
]


@pytest.mark.parametrize("path", SPOKEN_IN_MANY, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_has_words_of_its_own(path: Path) -> None:
    left = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>", " ", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"\w+", left) == []
    # Nor in what is read out or shown on touch.
    assert not re.search(r'(alt|title|aria-label|placeholder)="[^"{]', path.read_text())
