"""What moderators type about a comment, checked as what readers type."""

from __future__ import annotations

from blog.comments.forms import ReplyForm


class WordsForm(ReplyForm):
    """Name, website and text of a comment that is edited."""

    # WTForms leaves out a field that a subclass sets to None.
    email = remember = parent = answers = subject = None


class AnswerForm(WordsForm):
    """The text of a reply; who says it is known from signing in."""

    author = url = None
