"""An import teaches the learner: `blog import wordpress`, then `blog screening explain`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exchange.made_exports import comment, export, item

# Words that no bundled model knows, so that only the import can have taught them.
SPAM_WORDS, HAM_WORDS = (
    ("zorblax", "quintofel", "marvolene"),
    ("thistledown", "cobblewick", "ferny"),
)
OF_EACH = 60
NEW_SPAM = "Order quintofel and zorblax, with marvolene for free"
NEW_HAM = "What you say of thistledown and the ferny cobblewick rings true"


class Blog:
    """Runs `blog …` on a database of its own, as an operator does."""

    def __init__(self, folder: Path, database_url: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
        plain = database_url.replace("postgresql+psycopg:", "postgresql:")
        self.environment = {
            **kept,
            "BLOG_INSTANCE_DIR": str(folder / "instance"),
            "BLOG_DATABASE_URL": plain,
        }

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "blog", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def explain(self, text: str) -> tuple[float, str]:
        """The probability in percent, and the words that counted."""
        said = self("screening", "explain", text)
        found = re.match(r"([\d.]+)% likely spam\.", said)
        assert found is not None, said
        return float(found[1]), said


@pytest.fixture
def blog(tmp_path: Path, database_url: str) -> Blog:
    return Blog(tmp_path, database_url)


def comments(first: int, words: tuple[str, ...], approved: str) -> list[str]:
    """So many comments that each hold two of the words."""
    return [
        comment(
            number,
            comment_content=f"Number {number}: {words[number % 3]} is near {words[number % 2]}.",
            comment_author_email=f"reader{number}@mail.example",
            comment_approved=approved,
        )
        for number in range(first, first + OF_EACH)
    ]


def test_approved_and_spam_comments_of_an_import_teach_the_learner(
    blog: Blog, tmp_path: Path
) -> None:
    before_spam, before = blog.explain(NEW_SPAM)
    assert "zorblax" not in re.sub(r"[+-]0\.00.*", "", before)
    path = export(
        tmp_path,
        item(
            1,
            *comments(100, SPAM_WORDS, "spam"),
            *comments(300, HAM_WORDS, "1"),
            # What waited or lay in the trash was decided by nobody, and teaches nothing.
            comment(500, comment_content="marvolene waits", comment_approved="0"),
            comment(501, comment_content="marvolene was thrown away", comment_approved="trash"),
        ),
    )
    tried = blog("import", "wordpress", str(path), "--dry-run")
    assert "learner" not in tried
    assert blog.explain(NEW_SPAM)[0] == before_spam
    done = blog("import", "wordpress", str(path))
    assert f"The spam learner learnt {2 * OF_EACH} of its decisions." in done
    after_spam, words = blog.explain(NEW_SPAM)
    after_ham, _ = blog.explain(NEW_HAM)
    assert after_spam > 90 > before_spam
    assert after_ham < 10
    assert any(word in words for word in SPAM_WORDS)
    # A second run brings nothing new, and teaches nothing twice.
    again = blog("import", "wordpress", str(path))
    assert "The spam learner learnt 0 of its decisions." in again
    assert "Learnt 0 decisions." in blog("screening", "train")
    assert blog.explain(NEW_SPAM)[0] == after_spam
