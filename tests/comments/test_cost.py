"""What a reply costs the database: so many questions, and one commit."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.databases import written
from tests.factories import make_post, make_staff, set_setting

# How a transaction is marked, on a server also with a place to go back to while screening asks.
MARKS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")


def costs(said: list[str]) -> tuple[int, int]:
    """How many statements there were besides marks, and how many commits."""
    return sum(not statement.startswith(MARKS) for statement in said), said.count("COMMIT")


@pytest.mark.usefixtures("app")
def test_a_held_reply_costs_fourteen_statements_and_one_commit(client: FlaskClient) -> None:
    make_post("costs")
    make_staff()

    def reply(number: int) -> None:
        text = " ".join(f"word{number * 100 + n}" for n in range(30))
        who = {"author": f"Reader {number}", "email": f"reader{number}@reader.example"}
        answer = client.post("/posts/costs/comments", data={"comment": text, **who})
        assert answer.status_code == 303

    set_setting("comments.flood_seconds", "0")
    reply(1)  # what the process reads once
    with written() as said:
        reply(2)
    assert costs(said) == (12, 1)
    set_setting("comments.flood_seconds", "15")
    client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    reply(3)
    client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    with written() as said:
        reply(4)
    # One more says when they posted last, and one forgets who did not for a day.
    assert costs(said) == (14, 1)


@pytest.mark.usefixtures("app")
def test_a_reply_by_wordpresss_address_costs_no_more(client: FlaskClient) -> None:
    post_id = make_post("alias").id
    set_setting("comments.flood_seconds", "0")

    def reply(number: int) -> None:
        text = " ".join(f"word{number * 100 + n}" for n in range(30))
        who = {"author": f"Reader {number}", "email": f"reader{number}@reader.example"}
        data = {"comment": text, "comment_post_ID": str(post_id), **who}
        assert client.post("/wp-comments-post.php", data=data).status_code == 303

    reply(1)  # what the process reads once
    with written() as said:
        reply(2)
    # One more finds the post by its number; there is no moderator, so that no mail is written.
    assert costs(said) == (12, 1)
