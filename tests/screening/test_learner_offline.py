"""The learner on labelled files: measured, explained, the same everywhere, and quick."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from blog.cli.screening import screening
from blog.errors import Refusal
from blog.screening.disguise import hidden_count
from blog.screening.features import features_from, features_of
from blog.screening.labelled import read_labelled
from blog.screening.language import language_of
from blog.screening.measures import lowest_precise, measure
from blog.screening.model import Model, model_from
from blog.screening.prior import bundled_prior
from blog.screening.simhash import print_of
from blog.screening.trial import explain, train, try_out

FILES = ("Youtube01-Psy.csv", "Youtube02-KatyPerry.csv", "Youtube03-LMFAO.csv")
# MCC of an RBF SVM, the best of those published with the data, on 70/30 splits of one file.
PUBLISHED_MCC = 0.904
# A plain Bernoulli naive Bayes taught two files and tried on the third.
PLAIN_BAYES_MCC = 0.872


@pytest.fixture(scope="module")
def labelled(shared_data: Path) -> list[list[tuple[str, bool]]]:
    return [read_labelled(shared_data / "spam" / name) for name in FILES]


def test_each_file_split_70_to_30_beats_what_was_published(
    labelled: list[list[tuple[str, bool]]],
) -> None:
    reached = []
    for pairs in labelled:
        shuffled = random.Random(1).sample(pairs, len(pairs))
        cut = round(0.7 * len(shuffled))
        reached.append(try_out(train(shuffled[:cut]), shuffled[cut:]).mcc)
    assert sum(reached) / len(reached) > PUBLISHED_MCC, reached


def test_two_files_teach_to_judge_the_third(labelled: list[list[tuple[str, bool]]]) -> None:
    found = [
        try_out(train([pair for other in labelled if other is not pairs for pair in other]), pairs)
        for pairs in labelled
    ]
    assert sum(measures.mcc for measures in found) / 3 > PLAIN_BAYES_MCC
    assert sum(measures.ham_blocked_at_90 for measures in found) / 3 < 0.01


def test_a_verdict_and_a_lesson_cost_little(labelled: list[list[tuple[str, bool]]]) -> None:
    pairs = [pair for file in labelled for pair in file]
    model = train(pairs[:300])
    start = time.process_time()
    for text, _ in pairs[300:600]:
        model.probability(features_of(text))
    verdict = (time.process_time() - start) / 300
    start = time.process_time()
    for text, is_spam in pairs[300:600]:
        model.learn(features_of(text), is_spam=is_spam)
    lesson = (time.process_time() - start) / 300
    assert verdict < 0.002
    assert lesson < 0.005


@pytest.mark.parametrize(
    "part",
    ["Honest words, and https://spam.example/ links. ", "a", "a.", "a-", "www.", "<a ", "&amp;",
     "check my ", "\u200b", "x\u200b", "@", "://", "\n", "1 ", "é"],
)  # fmt: skip
def test_no_text_is_long_enough_to_cost_much(part: str) -> None:
    longest = (part * 65_525)[:65_525]
    start = time.process_time()
    Model().probability(features_of(longest))
    print_of(longest)
    hidden_count(longest)
    language_of(longest)
    assert time.process_time() - start < 0.2


def test_the_same_lessons_give_the_same_bytes() -> None:
    lessons = [("Buy cheap pills at pills.example", True), ("I had the same trouble.", False)] * 5
    packed = train(lessons).to_bytes()
    assert packed == train(lessons).to_bytes()
    kept = model_from(packed)
    assert kept is not None
    assert kept.to_bytes() == packed
    assert model_from(b"BLRN\x00" + packed[5:]) is None


def test_features_are_kept_in_few_bytes() -> None:
    features = features_of("Hey guys, see https://spam.example/page?x=1 for FREE $$$ 12345!!!")
    stored = features.to_bytes()
    assert features_from(stored) == features
    assert len(stored) < 400
    assert features_of("") == features_from(features_of("").to_bytes())


def test_what_was_learnt_can_be_taken_back() -> None:
    model, text = Model(), features_of("win a prize at prize.example")
    for number in range(20):
        model.learn(features_of(f"an honest remark, number {number}"), is_spam=False)
    before = model.probability(text)
    model.learn(text, is_spam=True)
    assert model.probability(text) > before
    model.forget(text, is_spam=True)
    assert model.spam_count == 0
    assert model.probability(text) < 0.5


def test_markup_and_byte_order_marks_say_nothing() -> None:
    plain = features_of("it's 2 < 3\nfine")
    assert features_of("it&#39;s 2 &lt; 3<br />fine\ufeff") == plain


def test_the_words_that_counted_are_shown() -> None:
    lessons = [
        (f"cheap pills number {number}", True) for number in range(20)
    ] + [(f"a thoughtful remark number {number}", False) for number in range(20)]  # fmt: skip
    answer = explain(train(lessons), "Cheap pills and a thoughtful word")
    weights = dict(answer.words)
    assert weights["pills"] > 0 > weights["thoughtful"]
    assert 0 < answer.probability < 1


def test_the_bundled_prior_lets_plain_remarks_pass_and_knows_promotion() -> None:
    prior = bundled_prior()
    for honest in (
        "Nice post, thank you! I had the same trouble with SQLite.",
        "See https://docs.example.org/page for more.",
        "Hello, I am new here. Do you plan a part four? Please tell me.",
        "A remark of ordinary length, with a *stressed* word and `some code` in it.",
    ):
        assert prior.probability(features_of(honest)) < 0.99, honest
    assert prior.probability(features_of("Check out my channel and subscribe please")) > 0.99


def test_precision_must_be_proved_by_many() -> None:
    assert lowest_precise([(0.9, True)] * 97, 0.99, at_least=50) is None
    assert lowest_precise([(0.9, True)] * 98, 0.99, at_least=50) == 0.9
    mixed = [(0.95, True)] * 200 + [(0.6, False)] * 5 + [(0.6, True)] * 5
    assert lowest_precise(mixed, 0.99, at_least=50) == 0.95
    assert lowest_precise([], 0.99, at_least=50) is None


def test_measures_are_what_they_say() -> None:
    found = measure([(0.9, True), (0.8, True), (0.7, False), (0.2, False), (0.1, True)])
    assert (found.n, found.accuracy) == (5, 0.6)
    assert found.spam_caught == pytest.approx(2 / 3)
    assert found.ham_blocked == 0.5
    assert found.mcc == pytest.approx(1 / 6)
    assert sum(part.n for part in found.calibration) == 5


def test_the_command_measures_without_a_database(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOG_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    small = tmp_path / "small.csv"
    lines = (shared_data / "spam" / FILES[0]).read_text(encoding="utf-8").splitlines(keepends=True)
    small.write_text("".join(lines[:120]), encoding="utf-8")
    words = ["evaluate", str(shared_data / "spam" / FILES[1]), "--train", str(small)]
    told = CliRunner().invoke(screening, words)
    assert told.exit_code == 0, told.output
    assert "beginning with nothing" in told.output
    assert "truly spam" in told.output
    answer = CliRunner().invoke(screening, [*words, "--json"])
    found = json.loads(answer.output)
    assert {"accuracy", "spam_caught", "ham_blocked", "mcc", "calibration", "n"} <= set(found)
    assert found["n"] == 350
    both = CliRunner().invoke(screening, [*words, str(small), "--json"])
    assert "taught 238 comments of 2 files" in json.loads(both.output)["how"], both.output
    assert CliRunner().invoke(screening, ["evaluate", str(small), str(small)]).exit_code == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"TEXT,LABEL\nx,1\n", "CONTENT and CLASS"),
        (b"CONTENT,CLASS\nx,maybe\n", "line 2"),
        (b"CONTENT,CLASS\n\xff,1\n", "UTF-8"),
        (b"CONTENT,CLASS\nx\n", "line 2"),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=told):
        read_labelled(path)
