"""The queue finds what was asked for, and nothing by pieces of an address."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from blog.clock import now
from blog.comments.models import Comment, CommentStatus, Verdict
from blog.db import begin_write, db
from blog.moderation.filters import QueueFilter, read_filter
from blog.moderation.operations import decide
from blog.moderation.queries import (
    comment_file,
    counts_by_status,
    oldest_waiting,
    people,
    person_record,
)
from blog.moderation.queue import ROWS_PER_PAGE, queue
from tests.factories import make_comment, make_post

pytestmark = pytest.mark.usefixtures("app")

P, A, S, T = (
    CommentStatus.PENDING,
    CommentStatus.APPROVED,
    CommentStatus.SPAM,
    CommentStatus.TRASH,
)


def found(**asked: str) -> list[int]:
    """The comments on the first page for a query string."""
    rows = queue(read_filter(asked), reveal=True).rows
    return [row.comment.id for row in rows]


def test_each_status_shows_its_own_and_all_shows_every_one() -> None:
    post = make_post()
    numbers = {status.value: make_comment(post, status=status).id for status in CommentStatus}
    for status, number in numbers.items():
        assert found(status=status) == [number]
    assert sorted(found(status="all")) == sorted(numbers.values())
    assert found() == [numbers["pending"]]


def test_pages_follow_one_another_without_gap_or_repeat() -> None:
    post = make_post()
    numbers = [
        # Some at one moment, so that the number has to decide.
        make_comment(post, status=[P, S][n % 2], at=now() + timedelta(seconds=n // 3)).id
        for n in range(ROWS_PER_PAGE * 2 + 5)
    ]
    wanted, seen = QueueFilter(status="all"), []
    while True:
        page = queue(wanted, reveal=False)
        seen += [row.comment.id for row in page.rows]
        if page.next_before is None:
            break
        wanted = read_filter(_arguments(wanted.address(before=page.next_before)))
    assert seen == sorted(numbers, reverse=True)


def _arguments(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_a_post_is_named_by_number_or_slug() -> None:
    one, other = make_post("one"), make_post("other")
    number = make_comment(one).id
    make_comment(other)
    assert found(post="one") == found(post=str(one.id)) == [number]
    assert found(post="nothing-like-it") == found(post="999999") == []


def test_a_person_is_named_by_number() -> None:
    post = make_post()
    mine = make_comment(post, address="one@reader.example")
    make_comment(post, address="two@reader.example")
    assert found(person=str(mine.person_id)) == [mine.id]


def test_a_reason_filters_by_the_last_verdict_alone() -> None:
    post = make_post()
    linked = make_comment(post, text="https://a.example/ and https://b.example/")
    plain = make_comment(post)
    assert found(reason="many_links") == [linked.id]
    assert sorted(found(reason="hold_all")) == sorted([linked.id, plain.id])
    begin_write()
    db.session.add(Verdict(comment_id=linked.id, made_at=now(), outcome="publish", findings=[]))
    db.session.commit()
    assert found(reason="many_links") == []


def test_what_a_reader_wrote_cannot_pass_for_a_reason() -> None:
    number = make_comment(make_post()).id
    begin_write()
    finding = {"check": "hold_all", "reason": "", "evidence": '"check": "many_links"'}
    db.session.add(Verdict(comment_id=number, made_at=now(), outcome="hold", findings=[finding]))
    db.session.commit()
    assert found(reason="many_links") == []
    assert found(reason="hold_all") == [number]


@pytest.mark.parametrize("q", ["owl", "OWL", "Strix", "owls.example", "  an   owl  "])
def test_search_looks_into_text_name_and_site(q: str) -> None:
    post = make_post()
    number = make_comment(
        post, text="I saw an Owl.", author="Strix", url="https://owls.example/"
    ).id
    make_comment(post)
    assert found(q=q) == [number]


@pytest.mark.parametrize("q", ["%", "_", "%remark%", "r_mark", "\\", "' OR 1=1 --", '"', "/"])
def test_wildcards_and_quotes_are_plain_characters_in_a_search(q: str) -> None:
    make_comment(make_post(), text="A remark.", url="")
    assert found(q=q) == []


def test_a_percent_sign_is_found_where_it_stands() -> None:
    post = make_post()
    number = make_comment(post, text="100% sure").id
    make_comment(post, text="1000 times")
    assert found(q="100%") == [number]


def test_an_address_is_found_whole_in_any_case_and_never_by_pieces() -> None:
    post = make_post()
    number = make_comment(post, address="mary.smith@reader.example").id
    make_comment(post, address="tom@reader.example")
    assert found(q="Mary.Smith@Reader.Example") == [number]
    for piece in (
        "mary.smith",
        "@reader.example",
        "reader.example",
        "%@%",
        "mary%@reader.example",
        "mary_smith@reader.example",
        "_@_",
    ):
        assert found(q=piece) == []


@pytest.mark.parametrize(
    ("ip", "typed"),
    [
        ("198.51.100.4", "198.51.100.4"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1"),
    ],
)
def test_an_ip_is_found_whole(ip: str, typed: str) -> None:
    post = make_post()
    number = make_comment(post, ip=ip).id
    make_comment(post)
    assert found(q=typed) == [number]
    assert found(q=typed[:-1]) == []


def test_deleted_comments_that_left_a_place_are_shown_nowhere() -> None:
    post = make_post()
    first = make_comment(post, text="gone words")
    make_comment(post, parent=first)
    number, person = first.id, first.person_id
    begin_write()
    decide("delete", [number], staff=None, now=now())
    db.session.commit()
    assert number not in found(status="all")
    assert found(status="trash") == found(q="gone words") == []
    assert comment_file(number, reveal=True) is None
    assert counts_by_status()["trash"] == 0
    record = person_record(person or 0)
    assert record is not None
    assert record.trash == 0


JUNK = ["", "0", "-1", "1e9", "9" * 40, "١", "1 OR 1=1", "\x00", "a" * 5000, "☃", "../..", "null"]


@pytest.mark.parametrize("name", ["status", "post", "person", "reason", "q", "before"])
def test_junk_in_any_field_is_answered(name: str) -> None:
    make_comment(make_post(), status=P)
    for value in JUNK:
        assert len(found(**{name: value})) <= 1, value


def test_a_field_given_twice_counts_once() -> None:
    asked = MultiDict([("status", "spam"), ("status", "approved")])
    assert read_filter(asked).status == "spam"


def test_counts_equal_a_count_of_everything() -> None:
    post = make_post()
    for status, times in ((P, 3), (A, 2), (S, 1), (T, 2)):
        for _ in range(times):
            make_comment(post, status=status)
    assert counts_by_status() == {"pending": 3, "approved": 2, "spam": 1, "trash": 2, "all": 8}


def test_the_oldest_waiting_comment_gives_the_wait() -> None:
    post = make_post()
    assert oldest_waiting() is None
    make_comment(post, status=P, at=now() - timedelta(hours=5))
    make_comment(post, status=P)
    make_comment(post, status=A, at=now() - timedelta(hours=9))
    assert oldest_waiting() == now() - timedelta(hours=5)


def test_the_record_of_a_person_counts_each_state_and_masks_the_address() -> None:
    post = make_post()
    for status in (A, A, P, S, T):
        number = make_comment(post, status=status, author="Ada").id
    person_id = db.session.get_one(Comment, number).person_id or 0
    record = person_record(person_id)
    assert record is not None
    assert (record.approved, record.pending, record.spam, record.trash) == (2, 1, 1, 1)
    assert (record.name, record.address) == ("Ada", "a•••@r•••")
    opened = person_record(person_id, reveal=True)
    assert opened is not None
    assert opened.address == "ada@reader.example"
    assert person_record(person_id + 1) is None


def test_a_person_is_found_by_the_whole_address_only() -> None:
    make_comment(make_post(), address="ada@reader.example")
    assert len(people(before=None, address="ADA@reader.example", reveal=False)[0]) == 1
    for piece in ("ada", "%", "_da@reader.example", "ada@reader.exampl"):
        assert people(before=None, address=piece, reveal=False)[0] == []


def test_an_address_sealed_with_another_key_does_not_take_the_queue_away(app: Flask) -> None:
    from blog.sealing import Sealer

    make_comment(make_post(), status=P)
    app.extensions["blog_sealer"] = Sealer("quite another secret of sufficient length")
    (row,) = queue(QueueFilter(), reveal=True).rows
    assert "another key" in row.address
    assert "another key" in row.ip
