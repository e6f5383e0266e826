"""One mail as bytes, with headers that nothing typed by anybody can break out of.

Python's own classes decode encoded words that stand in a header's text, with the line ends in
them (CVE-2024-6923, CVE-2026-1299); so controls go and "=?" is taken apart first, and what counts
is checked on the serialised mail.
"""

from __future__ import annotations

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime

import regex
from email_validator import validate_email

from blog.naming import cut_graphemes
from blog.notifications.words import Envelope, Words

LONGEST_SUBJECT = 150
# C0 and C1 controls, line and paragraph separators, half characters; and what turns text around.
_UNFIT = regex.compile(r"[\p{Cc}\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")
FIXED = frozenset(
    {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"}
    | {"auto-submitted", "x-auto-response-suppress"}
)


class UnsafeMailError(Exception):
    """The serialised mail has headers that nobody put there; it must not be sent."""


def header_text(text: str) -> str:
    """A text that may stand in a header: one line, and nothing that is decoded again."""
    line = _UNFIT.sub(" ", text).replace("=?", "= ?")
    return " ".join(line.split())


def serialise(envelope: Envelope, words: Words) -> bytes:
    """The mail as it goes over the wire, with CRLF. Raises UnsafeMailError, EmailNotValidError."""
    recipient = deliverable(envelope.recipient)
    message = EmailMessage(policy=policy.SMTPUTF8 if not recipient.isascii() else policy.SMTP)
    message["From"] = Address(
        header_text(envelope.sender_name), addr_spec=deliverable(envelope.sender)
    )
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = cut_graphemes(header_text(words.subject), LONGEST_SUBJECT)
    message["Date"] = format_datetime(envelope.made_at)
    message["Message-ID"] = envelope.message_id
    # RFC 3834: nobody's holiday notice shall answer a program.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_body(words.text), cte="quoted-printable")
    message.add_alternative(_body(words.html), subtype="html", cte="quoted-printable")
    # Behind the parts, since making them takes Content-Language away from the whole.
    for name, value in words.headers.items():
        message[name] = header_text(value)
    raw = message.as_bytes()
    _check(raw, FIXED | {name.lower() for name in words.headers}, recipient)
    return raw


def deliverable(address: str) -> str:
    """The address as servers know it: the host in ASCII. Raises EmailNotValidError."""
    found = validate_email(address, check_deliverability=False)
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def _body(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _check(raw: bytes, expected: frozenset[str] | set[str], recipient: str) -> None:
    found = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    names = [name.lower() for name in found]
    if len(names) != len(set(names)) or set(names) != set(expected):
        raise UnsafeMailError("The mail has headers that do not belong to it.")
    to = str(found["To"])
    if recipient.isascii() and to.strip("<> ") != recipient:
        raise UnsafeMailError("The mail has another recipient than it should have.")
    # A lone CR or LF is what smuggles a second mail past some servers (CVE-2023-51764).
    if raw.replace(b"\r\n", b"").strip(b"\r\n") != raw.replace(b"\r\n", b"") or (
        b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b"")
    ):
        raise UnsafeMailError("The mail has a broken line end.")
