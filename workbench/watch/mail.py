"""Sends an alarm by e-mail, through the mail server that the user named.
Knows nothing about when an alarm is due."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import SplitResult, unquote, urlsplit

from workbench.space.address import is_loopback
from workbench.watch.webhook import NotDelivered

TIMEOUT_SECONDS = 20.0


def name_of(address: str) -> str:
    """What a delivery calls an e-mail address."""
    return f"e-mail {address}"


def send_mail(
    smtp_url: str, *, sender: str, to: str, subject: str, text: str, message_id: str, now: float
) -> None:
    """Send one message. Raises NotDelivered.

    message_id: the same for each attempt, so that a mail program shows the message once.
    """
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())[:200]
    message["From"], message["To"] = sender, to
    message["Date"], message["Message-ID"] = formatdate(now), f"<{message_id}@rag-workbench.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    server = urlsplit(smtp_url)
    try:
        with _connect(server) as connection:
            _log_in(connection, server)
            connection.send_message(message)
    except smtplib.SMTPResponseException as error:
        reason = f"the mail server answered {error.smtp_code}"
        raise NotDelivered(reason, retryable=error.smtp_code < 500) from None
    except smtplib.SMTPRecipientsRefused:
        raise NotDelivered("the mail server refused the recipient", retryable=False) from None
    except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
        raise NotDelivered(f"no mail server ({type(error).__name__})", retryable=True) from None


def _connect(server: SplitResult) -> smtplib.SMTP:
    host = server.hostname or ""
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, server.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, server.port or 587, timeout=TIMEOUT_SECONDS)


def _log_in(connection: smtplib.SMTP, server: SplitResult) -> None:
    """Encrypt where the server can, and log in where a password is given, never without encryption."""
    is_encrypted = server.scheme == "smtps"
    connection.ehlo_or_helo_if_needed()
    if not is_encrypted and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
        is_encrypted = True
    if server.username is None:
        return
    if not is_encrypted and not is_loopback(server.hostname or ""):
        raise NotDelivered("the mail server offers no encryption, so it gets no password", retryable=False)
    connection.login(unquote(server.username), unquote(server.password or ""))
