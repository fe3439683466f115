"""One letter handed to the mail server, and what its answer means."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from nmo_notifications.delivery.rules import is_permanent
from nmo_notifications.settings import Settings

Result = Literal["sent", "retry", "wait", "refused", "bounced", "no_address"]
"""`wait`: a part of the portal is away, which is no attempt. `bounced`: the address takes no letters; `refused`: this message
is not taken, whatever the address."""
SMTP_TIMEOUT_S = 10.0


async def send(settings: Settings, letter: EmailMessage) -> tuple[Result, str]:
    """Send it; the result and a word for the log that names no address."""
    try:
        await aiosmtplib.send(
            letter,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            start_tls=settings.smtp_start_tls,
            timeout=SMTP_TIMEOUT_S,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        code = max((refused.code for refused in error.recipients), default=0)
        return ("bounced" if is_permanent(code) else "retry"), f"recipient refused, {code}"
    except aiosmtplib.SMTPResponseException as error:
        return ("refused" if is_permanent(error.code) else "retry"), f"server answered {error.code}"
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return "retry", type(error).__name__
    return "sent", ""
