"""Writes a channel as Atom (RFC 4287)."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree

from blog.feeds.entries import Channel, Entry
from blog.feeds.xml import written, xml_text

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
ATOM = "http://www.w3.org/2005/Atom"


def write_atom(channel: Channel) -> bytes:
    """The channel as a document; well-formed whatever readers typed, since a tree is written."""
    # Without a prefix, as most feed readers have seen it.
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": channel.language})
    _add(root, "id", channel.own_address)
    _add(root, "title", channel.title)
    _add(root, "subtitle", channel.description)
    _add(root, "updated", rfc3339(channel.updated_at))
    _link(root, "self", channel.own_address, "application/atom+xml")
    _link(root, "alternate", channel.address, "text/html")
    for entry in channel.entries:
        _add_entry(root, entry)
    return written(root)


def rfc3339(time: datetime) -> str:
    """2026-11-15T09:30:00Z, of a time in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _add_entry(root: ElementTree.Element, entry: Entry) -> None:
    element = ElementTree.SubElement(root, "entry")
    _add(element, "id", entry.guid)
    _add(element, "title", entry.title)
    _add(element, "published", rfc3339(entry.published_at))
    _add(element, "updated", rfc3339(entry.updated_at))
    _link(element, "alternate", entry.address, "text/html")
    if entry.comments_feed:
        _link(element, "replies", f"{entry.comments_feed}/atom", "application/atom+xml")
    author = ElementTree.SubElement(element, "author")
    _add(author, "name", entry.author)
    for tag in entry.tags:
        ElementTree.SubElement(element, "category", {"term": xml_text(tag)})
    if entry.summary:
        _add(element, "summary", entry.summary)
    content = _add(element, "content", entry.html)
    content.set("type", "html")


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = xml_text(text)
    return element


def _link(parent: ElementTree.Element, relation: str, address: str, kind: str) -> None:
    attributes = {"rel": relation, "type": kind, "href": address}
    ElementTree.SubElement(parent, "link", attributes)
