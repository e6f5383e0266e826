"""Writes a channel as RSS 2.0, with the extensions WordPress uses (content, dc, slash)."""

from __future__ import annotations

from email.utils import format_datetime

from lxml import etree

from blog.feeds.entries import Channel, Entry, xml_text

CONTENT_TYPE = "application/rss+xml; charset=utf-8"
ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
SLASH = "http://purl.org/rss/1.0/modules/slash/"
WFW = "http://wellformedweb.org/CommentAPI/"
NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DC, "slash": SLASH, "wfw": WFW}


def write_rss(channel: Channel) -> bytes:
    """The channel as a document; well-formed whatever readers typed, since a tree is written."""
    root = etree.Element("rss", {"version": "2.0"}, nsmap=NAMESPACES)
    head = etree.SubElement(root, "channel")
    _add(head, "title", channel.title)
    _add(head, "link", channel.address)
    _add(head, "description", channel.description)
    _add(head, "language", channel.language)
    etree.SubElement(
        head,
        f"{{{ATOM}}}link",
        {"href": channel.own_address, "rel": "self", "type": "application/rss+xml"},
    )
    if channel.entries:
        _add(head, "lastBuildDate", format_datetime(channel.updated_at))
    for entry in channel.entries:
        _add_item(head, entry)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add_item(head: etree._Element, entry: Entry) -> None:
    item = etree.SubElement(head, "item")
    _add(item, "title", entry.title)
    _add(item, "link", entry.address)
    if entry.comments_address:
        _add(item, "comments", entry.comments_address)
    _add(item, f"{{{DC}}}creator", entry.author)
    _add(item, "pubDate", format_datetime(entry.published_at))
    for tag in entry.tags:
        _add(item, "category", tag)
    guid = _add(item, "guid", entry.guid)
    guid.set("isPermaLink", "true" if entry.guid_is_address else "false")
    _add(item, "description", entry.summary)
    _add(item, f"{{{CONTENT}}}encoded", entry.html)
    if entry.comments_feed:
        _add(item, f"{{{WFW}}}commentRss", entry.comments_feed)
    if entry.comment_count is not None:
        _add(item, f"{{{SLASH}}}comments", str(entry.comment_count))


def _add(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = xml_text(text)
    return element
