"""Screening a comment once more, after its author changed it. Nothing here commits."""

from __future__ import annotations

from datetime import datetime

from blog.comments.facts import facts_about
from blog.comments.lookalikes import forget_print, keep_print
from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment
from blog.comments.operations import Draft, Prepared, keep_verdict
from blog.comments.senders import index_of_address
from blog.markup import count_links
from blog.screening.facts import Judgement
from blog.screening.policy import judge
from blog.screening.rulebook import current_rulebook
from blog.screening.simhash import print_of
from blog.sealing import sealer
from blog.settings.catalogue import CommentSettings


def judge_again(comment: Comment, *, settings: CommentSettings, now: datetime) -> Judgement:
    """Screen a comment whose text was changed; keep the verdict, its risk and its print."""
    seal, person = sealer(), comment.person
    draft = Draft(
        post_id=comment.post_id,
        author=comment.author,
        address=seal.open(person.address_sealed, PERSON_ADDRESS) if person else "",
        url=comment.url,
        text=comment.text,
        ip=seal.open(comment.ip_sealed, COMMENT_IP) if comment.ip_sealed else "",
        agent=comment.agent,
    )
    text_print = print_of(comment.text)
    # Before anybody looks around: it must not be taken for a copy of itself.
    forget_print(comment.id)
    prepared = Prepared(draft, comment.html, count_links(comment.html), text_print)
    # Nobody has the number 0: an imported comment may be nobody's.
    facts = facts_about(
        prepared,
        comment.person_id or 0,
        person,
        settings,
        now,
        address_index=index_of_address(draft.address),
    )
    judgement = judge(facts, current_rulebook())
    keep_verdict(comment.id, judgement, now)
    if text_print is not None:
        keep_print(comment.id, text_print, facts.around.cluster)
    comment.risk = judgement.risk
    return judgement
