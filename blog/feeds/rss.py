"""Writes a channel as RSS 2.0, with the extensions WordPress uses (content, dc, slash)."""

from __future__ import annotations

from email.utils import format_datetime
from xml.etree import ElementTree

from blog.feeds.entries import Channel, Entry
from blog.feeds.xml import written, xml_text

CONTENT_TYPE = "application/rss+xml; charset=utf-8"
ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
SLASH = "http://purl.org/rss/1.0/modules/slash/"
WFW = "http://wellformedweb.org/CommentAPI/"
# Names are written with their prefixes, and these on the root say what they mean.
NAMESPACES = {
    "xmlns:atom": ATOM,
    "xmlns:content": CONTENT,
    "xmlns:dc": DC,
    "xmlns:slash": SLASH,
    "xmlns:wfw": WFW,
}


def write_rss(channel: Channel) -> bytes:
    """The channel as a document; well-formed whatever readers typed, since a tree is written."""
    root = ElementTree.Element("rss", {"version": "2.0", **NAMESPACES})
    head = ElementTree.SubElement(root, "channel")
    _add(head, "title", channel.title)
    _add(head, "link", channel.address)
    _add(head, "description", channel.description)
    _add(head, "language", channel.language)
    ElementTree.SubElement(
        head,
        "atom:link",
        {"href": channel.own_address, "rel": "self", "type": "application/rss+xml"},
    )
    if channel.entries:
        _add(head, "lastBuildDate", format_datetime(channel.updated_at))
    for entry in channel.entries:
        _add_item(head, entry)
    return written(root)


def _add_item(head: ElementTree.Element, entry: Entry) -> None:
    item = ElementTree.SubElement(head, "item")
    _add(item, "title", entry.title)
    _add(item, "link", entry.address)
    if entry.comments_address:
        _add(item, "comments", entry.comments_address)
    _add(item, "dc:creator", entry.author)
    _add(item, "pubDate", format_datetime(entry.published_at))
    for tag in entry.tags:
        _add(item, "category", tag)
    guid = _add(item, "guid", entry.guid)
    guid.set("isPermaLink", "true" if entry.guid_is_address else "false")
    _add(item, "description", entry.summary)
    _add(item, "content:encoded", entry.html)
    if entry.comments_feed:
        _add(item, "wfw:commentRss", entry.comments_feed)
    if entry.comment_count is not None:
        _add(item, "slash:comments", str(entry.comment_count))


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = xml_text(text)
    return element
