"""What the checks are told of a draft: what was sent, who sends it, and what is around it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from blog.accounts.queries import is_staff_address
from blog.comments.models import Person, Standing
from blog.comments.senders import approved_names, owner_of_name
from blog.comments.surroundings import look_around
from blog.posts.queries import beginning_of_post
from blog.screening.domains import link_text_share, linked_domains
from blog.screening.facts import Around, Facts, ProofState
from blog.settings.attack import tightened
from blog.settings.catalogue import CommentSettings

if TYPE_CHECKING:
    from blog.comments.operations import Prepared

POST_BEGINNING = 600  # letters that tell its language


def facts_about(
    prepared: Prepared,
    person_id: int,
    person: Person | None,
    settings: CommentSettings,
    now: datetime,
    *,
    address_index: bytes,
    proof: ProofState = ProofState.NOT_ASKED,
) -> Facts:
    """What the checks are told; ``person`` is None for somebody who was never here before."""
    draft = prepared.draft
    known_names = approved_names(person_id) if person else ()
    standing = person.standing_at(now) if person else Standing.NORMAL
    domains = linked_domains(prepared.html, draft.url)
    return Facts(
        author=draft.author,
        address=draft.address,
        url=draft.url,
        text=draft.text,
        ip=draft.ip,
        agent=draft.agent,
        link_count=prepared.link_count,
        trap_was_filled=draft.trap_was_filled,
        was_approved_before=draft.author.casefold() in known_names,
        claims_staff_address=is_staff_address(draft.address),
        settings=tightened(settings, now),
        now=now,
        standing=standing.value,
        standing_reason=person.standing_reason if person else "",
        impersonates=owner_of_name(draft.author, person_id),
        around=_around(prepared, person_id, domains, settings, now),
        link_text_share=link_text_share(prepared.html),
        post_text=beginning_of_post(draft.post_id, POST_BEGINNING),
        address_index=address_index,
        linked_domains=domains,
        proof=proof,
    )


def _around(
    prepared: Prepared,
    person_id: int,
    domains: tuple[str, ...],
    settings: CommentSettings,
    now: datetime,
) -> Around:
    return look_around(
        text=prepared.draft.text,
        domains=domains,
        address=prepared.draft.address,
        text_print=prepared.text_print,
        person_id=person_id,
        settings=settings,
        now=now,
    )
