"""A day of traffic: honest newcomers and regulars, three campaigns, somebody posting fast."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from blog.clock import now
from blog.comments.lookalikes import cluster_of, members
from blog.comments.models import Comment, CommentStatus, Verdict
from blog.comments.operations import Draft, prepare, submit, weigh
from blog.comments.teaching import teach_all
from blog.comments.tryout import try_words
from blog.db import begin_write, db
from blog.errors import TooSoon
from blog.moderation.operations import decide
from blog.posts.models import Post
from blog.screening.models import LearnerHead, Lesson
from blog.settings.catalogue import CommentSettings
from tests.factories import make_comment, make_post, make_staff

RULES = CommentSettings(hold="none")
OPENINGS = (
    "The part about indexes helped me a lot.", "I do not agree with the second paragraph.",
    "Thank you for writing this down!", "We run the same thing at work on three machines.",
    "There is a small typing error near the end.", "This took me an evening last year.",
    "My first reading left me puzzled.", "Good timing, since our old setup broke on Monday.",
)  # fmt: skip
MIDDLES = (
    "Having tried it the other way round, my tests became slow and nobody knew why",
    "Beginners get lost there because forms come before any template is shown",
    "Could you say more about caching behind a proxy in the next part",
    "What you found matches the numbers we saw, apart from the queue",
    "Should it not be the other file, given how migrations are ordered",
    "Sessions were the reason in our case, and removing them solved everything",
    "Only after drawing the locks on paper did the picture become clear",
    "Does the search still work when two languages stand in one post",
)
CLOSINGS = (
    "; anyway, well explained.", ", as far as I remember.", ", or did I miss something?",
    ". Greetings from a rainy harbour.", " (on version four).", ", which surprises me.",
    ". My colleague thinks otherwise.", ". Looking forward to more.",
)  # fmt: skip
CAMPAIGNS = (
    "Dear friends this wonderful doctor cured my long illness with herbs, write to him today "
    "and he will surely help your family too https://cure-{}.example",
    "I earned nine thousand in my first month from home with this simple system, everybody can "
    "begin without any skills, visit https://earn-{}.example now",
    "Best watches and bags for half of the price, we ship to every country within three days "
    "and give your money back, see https://bags-{}.example",
)


def send(post: Post, who: str, text: str, at: datetime, number: int) -> Comment:
    draft = Draft(
        post_id=post.id,
        author=who.title(),
        address=f"{who}@reader.example",
        url="",
        text=text,
        ip=f"198.51.{number // 250}.{number % 250}",
    )
    weighed = weigh(prepare(draft), settings=RULES, now=at)
    begin_write()
    made = submit(weighed, settings=RULES, now=at).comment
    db.session.commit()
    return db.session.get_one(Comment, made.id)


def test_a_day_ends_with_honest_words_public_and_campaigns_in_clusters(app: Flask) -> None:
    posts = [make_post(f"day-{number}") for number in range(3)]
    rng, start = random.Random(5), now() - timedelta(days=1)
    honest: list[int] = []
    spam: dict[int, list[int]] = {number: [] for number in range(len(CAMPAIGNS))}
    plan = [("honest", number) for number in range(60)] + [("spam", number) for number in range(42)]
    rng.shuffle(plan)
    for minute, (kind, number) in enumerate(plan):
        at, post = start + timedelta(minutes=minute), posts[number % 3]
        if kind == "honest":
            # Each two share one of three parts at most, as people's sentences do.
            row, column = divmod(number, 8)
            text = f"{OPENINGS[column]} {MIDDLES[row]}{CLOSINGS[(row + column) % 8]}"
            honest.append(send(post, f"reader{number}", text, at, minute).id)
        else:
            text = CAMPAIGNS[number % 3].format(number)
            spam[number % 3].append(send(post, f"bot{number}", text, at, minute).id)
    rows = db.session.execute(select(Comment.id, Comment.status))
    statuses = {row.id: row.status for row in rows}
    assert {statuses[number] for number in honest} == {CommentStatus.APPROVED}
    for sent in spam.values():
        cluster = cluster_of(sent[0])
        assert cluster is not None
        assert members(cluster) == sent
        # The first may pass as anybody's; from the third on, each waits.
        assert {statuses[number] for number in sent[2:]} == {CommentStatus.PENDING}
    verdicts = {row.comment_id: row for row in db.session.scalars(select(Verdict))}
    for number, status in statuses.items():
        is_held = status != CommentStatus.APPROVED
        assert is_held == (verdicts[number].outcome != "publish")
        assert not is_held or all(found["reason"] for found in verdicts[number].findings)


def test_one_person_posting_fast_is_told_to_wait(app: Flask) -> None:
    post, at = make_post(), now()
    send(post, "hasty", "The first of several remarks on this.", at, 1)
    with pytest.raises(TooSoon) as told:
        send(post, "hasty", "The second of several remarks on this.", at, 1)
    assert told.value.retry_after == 15


def test_decisions_of_staff_teach_the_learner_and_their_undoing_too(app: Flask) -> None:
    post, staff = make_post(), make_staff()
    comment = make_comment(post, status=CommentStatus.PENDING, text="See https://pills.example now")

    def act(action: str) -> None:
        begin_write()
        decide(action, [comment.id], staff=staff, now=now())
        db.session.commit()

    act("spam")
    assert db.session.get_one(LearnerHead, 1).length == 1
    twin = send(post, "other", "Look at https://pills.example too, friends of mine.", now(), 9)
    verdict = db.session.scalars(select(Verdict).where(Verdict.comment_id == twin.id)).one()
    assert "spam_domain" in [finding["check"] for finding in verdict.findings]
    act("ham")
    act("approve")
    act("trash")
    db.session.expire_all()
    assert db.session.get_one(LearnerHead, 1).length == 3


def test_records_that_cannot_be_read_hold_the_comment(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_given: object) -> None:
        raise OSError("its records are gone")

    monkeypatch.setattr("blog.comments.surroundings.opinion_on", away)
    kept = send(make_post(), "ann", "An honest remark on the subject.", now(), 3)
    assert kept.status == CommentStatus.PENDING
    assert "held" in caplog.text


def test_words_are_tried_on_what_is_here_before_they_are_a_rule(app: Flask) -> None:
    post = make_post()
    honest = make_comment(post, text="My grandmother ran a casino, which is a long story.")
    make_comment(post, status=CommentStatus.SPAM, text="The best casino of all, come and play")
    make_comment(post, text="Nothing of the kind.")
    found = try_words(("casino", "pills"))
    assert (found.looked_at, found.caught, found.false_alarms) == (3, 2, 1)
    assert found.worst == [("casino", 1)]
    assert [caught.comment_id for caught in found.alarms] == [honest.id]


def test_what_was_decided_on_the_old_blog_teaches_once(app: Flask) -> None:
    post = make_post()
    for status in (CommentStatus.APPROVED, CommentStatus.SPAM, CommentStatus.TRASH):
        brought = make_comment(post, status=status, text=f"A text that was {status} over there.")
        brought.status_by = "import"
        db.session.commit()
    make_comment(post, text="This one passed by a rule, which is nobody's decision.")
    for lessons in (2, 0):
        begin_write()
        assert sum(teach_all(now=now())) == lessons
        db.session.commit()


def test_the_newest_decisions_teach_and_of_each_kind_some(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blog.comments.teaching.NEWEST", 3)
    monkeypatch.setattr("blog.comments.teaching.LEAST_OF_EACH", 2)
    post, ham, spam = make_post(), CommentStatus.APPROVED, CommentStatus.SPAM
    came = now() - timedelta(days=9)
    order = (spam, spam, spam, ham, ham, ham, ham)
    # Numbers say nothing of age: what was written last has the lowest.
    brought = [make_comment(post, status=status) for status in reversed(order)][::-1]
    late = make_comment(post, status=spam)
    for days, comment in enumerate(brought):
        comment.created_at = came - timedelta(days=100 - days)
        comment.status_by, comment.status_at = "import", came
    # The oldest of all, but decided about since.
    late.created_at = came - timedelta(days=1_000)
    late.status_by, late.status_at = "staff:1", now()
    db.session.commit()
    for expected in (4, 0):
        begin_write()
        assert sum(teach_all(now=now())) == expected
        db.session.commit()
    taught = db.session.scalars(select(Lesson.subject).order_by(Lesson.id)).all()
    assert taught == [brought[2].id, brought[5].id, brought[6].id, late.id]


def test_a_decision_taken_back_between_two_packs_is_not_taught(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blog.comments.teaching.TAUGHT_AT_ONCE", 1)
    post = make_post()
    first, second = make_comment(post), make_comment(post)
    first.status_by = second.status_by = "import"
    db.session.commit()
    begin_write()
    packs = teach_all(now=now())
    assert next(packs) == 1
    second.status = CommentStatus.PENDING
    db.session.commit()
    begin_write()
    assert next(packs) == 0
    db.session.rollback()
