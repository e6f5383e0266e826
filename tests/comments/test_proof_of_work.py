"""Proof of work over HTTP: asked for by setting, checked, used once; no words are lost by it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blog.comments.models import Comment, CommentStatus, Verdict
from blog.comments.proofs import SpentProof, forget_spent
from blog.db import begin_write, db
from blog.screening.facts import ProofState
from blog.screening.proofs import new_challenge, read_proof
from blog.settings.catalogue import CommentSettings
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, set_setting

Json = dict[str, Any]
ODD_VALUES = (
    "1e999", "-1e999", "NaN", "Infinity", "1" * 400, "[[[[1]]]]", '{"__proto__": 1}',
    '"\\ud800"', "null", "true", '""', "0.1e-400",
)  # fmt: skip
KNOWN = {"author": "Grace Reader", "email": "grace@reader.example"}


@pytest.fixture(autouse=True)
def content(app: Flask) -> None:
    """A post, somebody who was approved before, and no limit on how fast she writes."""
    post = make_post("answers")
    make_comment(post, author=KNOWN["author"], address=KNOWN["email"])
    set_setting("comments.flood_seconds", "0")
    set_setting("comments.proof_of_work", "always")


def challenge(client: FlaskClient) -> Json:
    answer = client.get("/comments/challenge")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
    given: Json = answer.get_json()
    return given["challenge"]  # type: ignore[no-any-return]


def solved(given: Json) -> str:
    made = Challenge.from_dict(given)
    solution = solve_challenge(made)
    assert solution is not None
    return Payload(made, solution).to_base64()


def send(client: FlaskClient, text: str, proof: str | None) -> Comment:
    data = {**KNOWN, "comment": text} | ({} if proof is None else {"proof": proof})
    assert client.post("/posts/answers/comments", data=data).status_code == 303
    return db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()


def saw(comment: Comment) -> list[str]:
    """What the check of proofs saw, by the trace of the comment."""
    verdict = db.session.scalars(select(Verdict).where(Verdict.comment_id == comment.id)).one()
    findings = verdict.findings
    return [found["evidence"] for found in findings if found["check"] == "proof_of_work"]


def tampered(proof: str, part: str, **changes: Any) -> str:
    payload = json.loads(base64.b64decode(proof))
    (payload["solution"] if part == "solution" else payload["challenge"]["parameters"]).update(
        changes
    )
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_with_a_proof_the_comment_is_published(client: FlaskClient) -> None:
    comment = send(client, "With a proof.", solved(challenge(client)))
    assert comment.status == CommentStatus.APPROVED
    assert saw(comment) == []


def test_without_a_proof_the_comment_is_held_and_says_why(client: FlaskClient) -> None:
    comment = send(client, "Without a proof.", None)
    assert comment.status == CommentStatus.PENDING
    assert saw(comment) == ["missing"]


@pytest.mark.parametrize("proof", ["x", "%%%", "bnVsbA==", "W10=", "A" * 3_000, "\x00"])
def test_rubbish_instead_of_a_proof_holds_the_comment(client: FlaskClient, proof: str) -> None:
    comment = send(client, "With rubbish.", proof)
    assert comment.status == CommentStatus.PENDING
    assert saw(comment) == ["wrong"]


def test_no_odd_value_of_a_proof_loses_a_comment(app: Flask) -> None:
    rules = CommentSettings(proof_of_work="always")
    for name in ("cost", "data", "expiresAt", "keyPrefix", "keySignature", "nonce", "salt"):
        for value in ODD_VALUES:
            made = new_challenge(START)
            made["parameters"][name] = "ODD"
            plain = json.dumps({"challenge": made, "solution": {"counter": 1, "derivedKey": "00"}})
            proof = base64.b64encode(plain.replace('"ODD"', value).encode()).decode()
            assert read_proof(proof, rules, START).state is ProofState.WRONG, (name, value)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("solution", {"derivedKey": "00" * 32}),
        ("solution", {"derivedKey": None}),
        ("parameters", {"cost": 1}),
        ("parameters", {"keyPrefix": "00"}),
        ("parameters", {"keySignature": None}),
        ("parameters", {"data": {"until": 9_999_999_999}}),
        ("parameters", {"data": None}),
    ],
)
def test_a_forged_proof_holds_the_comment(
    client: FlaskClient, part: str, changes: dict[str, Any]
) -> None:
    comment = send(client, "Forged.", tampered(solved(challenge(client)), part, **changes))
    assert saw(comment) == ["wrong"]


def test_a_proof_counts_once(client: FlaskClient) -> None:
    proof = solved(challenge(client))
    assert send(client, "The first with it.", proof).status == CommentStatus.APPROVED
    second = send(client, "Another with the same.", proof)
    assert second.status == CommentStatus.PENDING
    assert saw(second) == ["used"]


def test_a_refused_comment_uses_no_proof_up(client: FlaskClient) -> None:
    proof = solved(challenge(client))
    data = {**KNOWN, "comment": "An answer to nothing.", "proof": proof, "parent": "99999"}
    assert client.post("/posts/answers/comments", data=data).status_code == 422
    assert send(client, "Mended.", proof).status == CommentStatus.APPROVED


def test_the_same_text_twice_is_one_comment_with_one_proof(client: FlaskClient) -> None:
    proof = solved(challenge(client))
    first = send(client, "Two clicks.", proof)
    assert send(client, "Two clicks.", proof).id == first.id
    assert first.status == CommentStatus.APPROVED


def test_a_proof_ends_after_an_hour_and_is_forgotten(
    client: FlaskClient, clock: SettableClock
) -> None:
    used, late = solved(challenge(client)), solved(challenge(client))
    send(client, "In time.", used)
    clock.move(hours=1)
    assert saw(send(client, "Too late.", late)) == ["expired"]
    begin_write()
    assert forget_spent(clock()) == 1
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(SpentProof)) == 0


def test_in_attack_mode_alone_it_asks_during_the_attack(
    client: FlaskClient, clock: SettableClock
) -> None:
    set_setting("comments.proof_of_work", "attack")
    assert client.get("/comments/challenge").status_code == 204
    assert send(client, "Before.", None).status == CommentStatus.APPROVED
    set_setting("comments.attack_until", (START + timedelta(hours=2)).isoformat())
    assert saw(send(client, "During.", None)) == ["missing"]
    assert client.get("/comments/challenge").status_code == 200
    clock.move(hours=2)
    assert client.get("/comments/challenge").status_code == 204
    assert saw(send(client, "After.", None)) == []


def test_switched_off_neither_page_nor_form_knows_of_it(client: FlaskClient) -> None:
    assert "proof.js" in client.get("/posts/answers").text
    set_setting("comments.proof_of_work", "off")
    assert "proof" not in client.get("/posts/answers").text
    assert client.get("/comments/challenge").status_code == 204
    assert send(client, "Nobody asked.", "rubbish").status == CommentStatus.APPROVED


def test_the_page_is_the_same_for_everybody(client: FlaskClient) -> None:
    first, second = client.get("/posts/answers"), client.get("/posts/answers")
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]


def test_the_challenge_is_read_only(client: FlaskClient) -> None:
    assert client.post("/comments/challenge").status_code == 405
    first, second = challenge(client), challenge(client)
    assert first["parameters"]["nonce"] != second["parameters"]["nonce"]
    assert db.session.scalar(select(func.count()).select_from(SpentProof)) == 0
