"""The way to the mail server named by BLOG_MAIL_URL.

``smtps://`` speaks TLS from the first byte; ``smtp://`` changes to TLS when the server offers it.
Certificates are verified. A password goes over TLS only, except to this machine itself.
"""

from __future__ import annotations

import smtplib
import ssl
from types import TracebackType

from blog.notifications.server import MailServer

TIMEOUT_SECONDS = 20
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class RefusedForGoodError(Exception):
    """The server will never take this mail; the sentence names no address."""


class NotNowError(Exception):
    """It did not work this time. ``is_server`` tells that no other mail would work either."""

    def __init__(self, sentence: str, *, is_server: bool) -> None:
        super().__init__(sentence)
        self.is_server = is_server


class Connection:
    """A connection that is opened with the first mail and used for those that follow."""

    def __init__(self, server: MailServer, *, timeout: float) -> None:
        self._server = server
        self._timeout = timeout
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()
            self._smtp = None

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        """Hand over one mail; returning means that the server has accepted it.

        Raises RefusedForGoodError and NotNowError.
        """
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        try:
            smtp = self._smtp or self._open()
            smtp.sendmail(sender, [recipient], raw, mail_options=options)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise self._answered(code, "the recipient") from None
        except smtplib.SMTPSenderRefused as error:
            raise self._answered(error.smtp_code, "the sender") from None
        except smtplib.SMTPNotSupportedError:
            raise RefusedForGoodError(
                "The mail server cannot write to such an address (SMTPUTF8 is missing)."
            ) from None
        except smtplib.SMTPAuthenticationError:
            self._drop()
            sentence = "The mail server does not take the user and password of BLOG_MAIL_URL."
            raise NotNowError(sentence, is_server=True) from None
        except smtplib.SMTPDataError as error:
            raise self._answered(error.smtp_code, "the text") from None
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise NotNowError(
                f"The mail server cannot be reached ({type(error).__name__}).", is_server=True
            ) from None

    def _open(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        smtp: smtplib.SMTP
        if server.is_tls_from_start:
            smtp = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        is_safe = server.is_tls_from_start
        if not is_safe and smtp.has_extn("starttls"):
            smtp.starttls(context=context)
            smtp.ehlo()
            is_safe = True
        if server.user:
            if not is_safe and server.host not in LOOPBACK:
                self._drop()
                sentence = "The mail server offers no TLS, so the password was not sent to it."
                raise NotNowError(sentence, is_server=True)
            smtp.login(server.user, server.password)
        return smtp

    def _answered(self, code: int, what: str) -> RefusedForGoodError | NotNowError:
        """Sorts an answer by its first digit (RFC 5321, 4.2.1): 5 is for good, 4 for now."""
        self._drop()
        sentence = f"The mail server refused {what} ({code})."
        if 500 <= code < 600:
            return RefusedForGoodError(sentence)
        return NotNowError(sentence, is_server=code == 421)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None
