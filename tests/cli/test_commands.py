"""The `blog` command as an operator types it: exit codes, sentences, and what it changed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

POST = """---
title: A first post
date: 2026-11-01
tags: [one, two]
---
Some *words*.
"""


class Shell:
    """Runs `blog …` on an instance of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BLOG_")},
            "BLOG_INSTANCE_DIR": str(folder / "instance"),
        }

    def __call__(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", "-m", "blog", *words],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def blog(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_settings_are_listed_read_and_changed(blog: Shell) -> None:
    listed = blog("settings", "list").stdout
    for key in ("comments.hold", "comments.max_links", "comments.flood_seconds",
                "comments.threads_per_page", "comments.max_depth", "comments.order",
                "comments.edit_minutes", "comments.close_after_days", "comments.hold_words",
                "comments.refuse_words", "comments.learner", "site.title"):  # fmt: skip
        assert f"{key} = " in listed
    assert blog("settings", "set", "comments.max_links", "5").returncode == 0
    assert blog("settings", "get", "comments.max_links").stdout == "5\n"
    wrong = blog("settings", "set", "comments.max_links", "many")
    assert wrong.returncode == 1
    assert "a whole number from 0 to 1000" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1
    unknown = blog("settings", "get", "comments.nonsense")
    assert unknown.returncode == 1
    assert "no setting" in unknown.stderr
    assert blog("log", "verify").returncode == 0


def test_people_are_added_with_a_password_from_standard_input(blog: Shell) -> None:
    words = ("user", "add", "mo@staff.example", "--name", "Mo", "--role", "admin")
    assert blog(*words, "--password-stdin", stdin="a quiet harbour at noon\n").returncode == 0
    assert "The log is whole: 1 entries" in blog("log", "verify").stdout
    german = ("user", "add", "g@staff.example", "--name", "G", "--role", "author")
    told = blog(*german, "--language", "de", "--password-stdin", stdin="a quiet harbour\n")
    assert told.returncode == 0
    assert blog(*german, "--language", "tlh").returncode == 2
    again = blog(*words, "--password-stdin", stdin="a quiet harbour at noon\n")
    assert again.returncode == 1
    assert "mo@staff.example" in again.stderr or "already" in again.stderr
    weak = blog(
        "user", "add", "b@staff.example", "--name", "B", "--role", "author", "--password-stdin",
        stdin="password\n",
    )  # fmt: skip
    assert weak.returncode == 1
    assert blog("user", "add", "x@y.example", "--name", "X", "--role", "king").returncode == 2


def test_publishing_is_told_and_a_bad_file_publishes_nothing(blog: Shell) -> None:
    good, bad = blog.folder / "good.md", blog.folder / "bad.md"
    good.write_text(POST)
    bad.write_text("---\ntitel: Wrong key\n---\nText.")
    assert "new: /posts/a-first-post" in blog("publish", str(good)).stdout
    assert "same: /posts/a-first-post" in blog("publish", str(good)).stdout
    good.write_text(POST.replace("Some", "Other"))
    refused = blog("publish", str(good), str(bad))
    assert refused.returncode == 1
    assert "bad.md" in refused.stderr
    assert "changed: /posts/a-first-post" in blog("publish", str(good)).stdout
    assert blog("publish", str(blog.folder / "nowhere.md")).returncode == 2


def test_the_schema_is_upgraded_and_checked(blog: Shell) -> None:
    assert blog("db", "check").returncode == 1
    assert blog("db", "upgrade").returncode == 0
    assert blog("db", "check").returncode == 0
    assert blog("comments", "recount").stdout == "All counts were right.\n"
    assert blog("comments", "render").returncode == 0


def test_a_wrong_variable_stops_every_command_with_its_name(blog: Shell) -> None:
    blog.environment["BLOG_TRUSTED_PROXIES"] = "several"
    for words in (("settings", "list"), ("serve", "--port", "8999")):
        stopped = blog(*words)
        assert stopped.returncode == 1
        assert "BLOG_TRUSTED_PROXIES" in stopped.stderr
        assert "Traceback" not in stopped.stderr


def test_every_command_has_a_line_of_help_and_stands_in_the_docs() -> None:
    from blog.cli import blog as group

    docs = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    for name, command in group.commands.items():
        assert command.get_short_help_str(), name
        assert f"`blog {name}" in docs, name


def test_a_command_that_does_without_the_database_does_not_load_its_library() -> None:
    code = "import sys; from blog.cli import main; sys.argv[1:] = ['--help']; main()"
    code += "; assert 'click' in sys.modules and 'sqlalchemy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_a_taken_port_and_a_wrong_word_are_one_sentence(blog: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = blog("serve", "--port", str(other.getsockname()[1]))
    assert taken.returncode == 1
    assert "free port" in taken.stderr
    negative = blog("settings", "set", "comments.max_links", "-1")
    assert negative.returncode == 1
    assert "a whole number" in negative.stderr
    for words in (("user", "add"), ("settings", "set", "x"), ("nonsense",)):
        wrong = blog(*words)
        assert wrong.returncode == 2
        assert len(wrong.stderr.strip().splitlines()) == 1


def test_attack_mode_is_begun_ended_and_reported_from_the_terminal(blog: Shell) -> None:
    assert "was not on" in blog("attack", "report").stdout
    assert blog("attack", "begin", "--hours", "2").returncode == 0
    assert blog("settings", "get", "comments.attack_until").stdout.strip()
    told = blog("attack", "report").stdout
    assert "It is on from" in told
    assert "0 comments came: 0 published, 0 held, 0 to spam." in told
    assert "has ended" in blog("attack", "end").stdout
    assert "was off already" in blog("attack", "end").stdout
    wrong = blog("attack", "begin", "--hours", "0")
    assert (wrong.returncode, "from 1 to 168 hours" in wrong.stderr) == (1, True)


def test_a_database_that_does_not_answer_is_told_by_the_name_of_its_variable(blog: Shell) -> None:
    blog.environment["BLOG_DATABASE_URL"] = "sqlite:////no/such/folder/blog.sqlite3"
    told = blog("db", "check")
    assert told.returncode == 1
    assert "BLOG_DATABASE_URL" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
