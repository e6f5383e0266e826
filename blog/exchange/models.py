"""What was imported from where, so that a second run adds nothing."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Model


class ImportedItem(Model):
    """One thing of another blog and the number it has here."""

    __tablename__ = "imported_item"
    __table_args__ = (Index("ix_imported_item_new", "kind", "new_id"),)

    source: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    old_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    new_id: Mapped[int]
