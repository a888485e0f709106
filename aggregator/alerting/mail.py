"""Messages as mail; the one door to aiosmtplib."""

from __future__ import annotations

import os
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

import aiosmtplib

from aggregator.alerting.problem import NotTold, PartlyTold

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.alerting.message import Message
    from aggregator.model import Email

SECONDS = 20
"""For each step: a server that greets late to keep spam away takes ten."""


async def send(way: Email, message: Message, now: datetime) -> str:
    """What the server answered. Raises NotTold, PartlyTold where it takes it for some of them only."""
    mail = as_mail(way, message, now)
    try:
        refused, answer = await aiosmtplib.send(
            mail,
            hostname=way.host,
            port=way.port,
            use_tls=way.security == "tls",
            start_tls=way.security == "starttls",
            tls_context=ssl.create_default_context(cafile=way.ca) if way.security != "none" else None,
            username=way.user,
            password=way.password,
            timeout=SECONDS,
        )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise NotTold(f"{way.host}:{way.port}: {_words(error)}") from error
    if refused:
        raise PartlyTold(f"{way.host}:{way.port} refused {', '.join(sorted(refused))}; the others have it")
    return answer


def as_mail(way: Email, message: Message, now: datetime) -> EmailMessage:
    """The mail. Its id is that of the message, so that mail programs show one that is sent twice as one."""
    mail = EmailMessage()
    mail["Subject"] = "".join(each if each.isprintable() else " " for each in message.subject)
    mail["From"] = way.sender
    mail["To"] = ", ".join(way.to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.id}@{way.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content(message.text)
    return mail


def _words(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(cause, OSError) and cause.errno is not None:
        return f"no connection ({os.strerror(cause.errno)})"
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(_words(each) for each in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {' '.join(error.message.split())}"
    return " ".join(str(error).split()) or type(error).__name__
