"""WordPress exports made for one test each, and imports of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from blog.db import db
from blog.exchange.report import Report
from blog.exchange.wordpress import import_wordpress

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Old</title><link>https://old.example</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_blog_url>https://old.example</wp:base_blog_url>
"""
ELEMENTS = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "creator": "dc:creator",
    "excerpt": "excerpt:encoded",
}
TAIL = "</channel></rss>\n"


def comment(number: int | None, parent: int = 0, **given: Any) -> str:
    """A comment of an export; any field of WordPress may be given by its name."""
    fields = {
        "comment_id": "" if number is None else number,
        "comment_author": "Reader",
        "comment_author_email": "reader@mail.example",
        "comment_author_IP": "198.18.0.9",
        "comment_date_gmt": "2012-03-02 08:00:00",
        "comment_content": f"Said {number}.",
        "comment_approved": "1",
        "comment_type": "",
        "comment_parent": parent,
        **given,
    }
    inside = "".join(
        f"<wp:{name}>{escape(str(value))}</wp:{name}>" for name, value in fields.items()
    )
    return f"<wp:comment>{inside}</wp:comment>"


def item(number: int | None, *parts: str, body: str = "A text.", **given: Any) -> str:
    """An item of an export with its comments, or other elements, in ``parts``."""
    fields = {
        "wp:post_id": "" if number is None else number,
        "wp:post_date_gmt": "2012-03-01 08:00:00",
        "wp:comment_status": "open",
        "wp:post_name": f"post-{number}",
        "wp:status": "publish",
        "wp:post_type": "post",
        "title": f"Post {number}",
        "link": f"https://old.example/2012/03/post-{number}/",
        "dc:creator": "ines",
        "content:encoded": body,
        **{ELEMENTS.get(name, f"wp:{name}"): value for name, value in given.items()},
    }
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    return f"<item>{inside}{''.join(parts)}</item>\n"


def export(folder: Path, *items: str, name: str = "export.xml", head: str = "") -> Path:
    """Write an export of these items."""
    path = folder / name
    path.write_text(HEAD + head + "".join(items) + TAIL, "utf-8")
    return path


def imported(path: Path, **given: Any) -> Report:
    """Import and commit, as the command does."""
    report = import_wordpress(path, **given)
    db.session.commit()
    return report
