"""A verdict is told in one sentence, with what would have changed it."""

from __future__ import annotations

import pytest

from blog.moderation.trace import explain
from tests.factories import make_comment, make_post
from tests.moderation.desk import MODERATOR, P, Visit


def finding(wants: str, reason: str, otherwise: str = "") -> dict[str, str]:
    return {"wants": wants, "reason": reason, "otherwise": otherwise}


@pytest.mark.parametrize(
    ("outcome", "findings", "sentence"),
    [
        ("publish", [], "Published: no check had anything to say against it."),
        (
            "hold",
            [finding("hold", "It has 2 links.", "without the second link")],
            "Held for a moderator: It has 2 links. It would have been published without the second "
            "link.",
        ),
        (
            "hold",
            [finding("hold", "A.", "without a"), finding("hold", "B.", "without b")],
            "Held for a moderator: A. B. It would have been published without a and without b.",
        ),
        (
            "spam",
            [finding("hold", "A.", "without a"), finding("spam", "B.", "without b")],
            "Taken for spam: B. It would have been held for a moderator without b.",
        ),
        ("hold", [{"wants": "hold", "reason": "Old."}], "Held for a moderator: Old."),
    ],
)
def test_the_sentence(outcome: str, findings: list[dict[str, str]], sentence: str) -> None:
    assert explain(outcome, findings) == sentence


def test_the_page_shows_the_sentence_and_every_check_that_looked(visit: Visit) -> None:
    text = "https://a.example and https://b.example"
    number = make_comment(make_post(), status=P, text=text).id
    page = visit(MODERATOR).get(f"/admin/comments/{number}").text
    assert "without the second link and with comments.hold at “first” or “none”." in page
    assert "<td>trap field</td><td></td><td>nothing</td>" in page
    assert "<td>many links</td><td>1</td><td>hold</td><td>2</td>" in page
