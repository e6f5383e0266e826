"""The settings of judges outside of this blog; their keys stand in the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from blog.settings.fields import a_choice, a_line


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """Who outside is asked about comments, what they are told, and what their votes do."""

    akismet: Literal["on", "off"] = a_choice(
        "off",
        "Whether new comments are sent to Akismet, which says whether they are spam: text, name, "
        "website, IP and browser. Needs BLOG_AKISMET_KEY; /privacy tells readers.",
        "on",
        "off",
    )
    webhook: Literal["on", "off"] = a_choice(
        "off",
        "Whether new comments are sent to the service at BLOG_JUDGE_URL, which may vote: text, "
        "name, website, IP and browser. Needs BLOG_JUDGE_SECRET too; /privacy tells readers.",
        "on",
        "off",
    )
    webhook_name: str = a_line(
        "another service", "What readers are told the service at BLOG_JUDGE_URL is called."
    )
    send_address: Literal["on", "off"] = a_choice(
        "off", "Whether these judges are told the email address of the author too.", "on", "off"
    )
    spam_vote: Literal["hold", "spam"] = a_choice(
        "hold",
        "What a vote for spam does to a comment that no person has decided about: hold it for a "
        "moderator, also when it was published, or take it for spam.",
        "hold",
        "spam",
    )
    ham_vote: Literal["note", "publish"] = a_choice(
        "note",
        "What votes against spam do: they are noted, or publish what was held as a first comment, "
        "for its links, by the learner, for hints, or for a missing proof of work.",
        "note",
        "publish",
    )
