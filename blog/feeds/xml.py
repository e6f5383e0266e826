"""Writing XML as a tree, so that it is well-formed whatever readers typed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

# Char of XML 1.0, section 2.2; one letter of another kind and a reader refuses the whole feed.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 cannot carry in any form."""
    return _NOT_XML.sub("", text)


def written(root: ElementTree.Element) -> bytes:
    """The document, with its declaration.

    By the standard library: a server that only writes XML does without lxml's four megabytes.
    """
    document: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document
