"""The stored settings: only those that differ from their factory value have a row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Model


class StoredSetting(Model):
    """One setting as text, as it was typed."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str]
    changed_at: Mapped[datetime]
