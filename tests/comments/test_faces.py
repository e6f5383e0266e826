"""The pictures beside names."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from blog.comments.faces import face_of
from tests.factories import make_comment, make_post


def faces(page: str) -> list[str]:
    return re.findall(r'<svg class="face"[^>]*><path d="([^"]*)"', page)


def test_a_person_keeps_the_picture_and_nobody_can_borrow_it(
    app: Flask, client: FlaskClient
) -> None:
    post = make_post("faces")
    for author, address in (
        ("Ada", "ada@reader.example"),
        ("Ada", "ada@reader.example"),
        ("Ada", "someone.else@reader.example"),
        ("Countess", "ada@reader.example"),
    ):
        make_comment(post, author=author, address=address)
    first, again, borrowed, other_name = faces(client.get("/posts/faces").text)
    assert first == again
    assert len({first, borrowed, other_name}) == 3
    assert faces(client.get("/posts/faces").text)[0] == first


def test_every_picture_is_drawn_within_its_box(app: Flask) -> None:
    for number in range(300):
        path = face_of(number, f"Reader {number}")
        assert re.fullmatch(r"(M[0-4] [0-4]h[1-5]v1H[0-4]z)+", path)
