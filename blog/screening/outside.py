"""Judges outside of this blog: who they are, and which of them are asked."""

from __future__ import annotations

from dataclasses import dataclass

from blog.config import Config
from blog.settings.catalogue import BlogSettings

AKISMET, WEBHOOK = "akismet", "webhook"
# Their names stand in the trace like those of checks.
NAMES = (AKISMET, WEBHOOK)


@dataclass(frozen=True, slots=True)
class OutsideJudge:
    """A judge that is asked: its name in the trace, and what people call it."""

    name: str
    title: str


def asked_judges(settings: BlogSettings, config: Config) -> tuple[OutsideJudge, ...]:
    """Those that are switched on and have what they need from the environment."""
    asked = []
    if settings.judges.akismet == "on" and config.akismet_key:
        asked.append(OutsideJudge(AKISMET, "Akismet"))
    if settings.judges.webhook == "on" and config.judge_url:
        asked.append(OutsideJudge(WEBHOOK, settings.judges.webhook_name or "another service"))
    return tuple(asked)
