"""A letter as bytes: text and HTML, with an id that stays the same at every attempt."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import Policy
from email.utils import format_datetime
from uuid import UUID

from nmo_notifications.templates.catalogue import Mail

SENDER_NAME = "Портал НМФО"


class _Subject(str):
    """A subject that keeps its spaces: the library's own header drops the one at which it breaks a line of Russian words."""

    __slots__ = ()
    name = "Subject"
    """By this a message knows that the value is a header already."""

    def fold(self, *, policy: Policy) -> str:
        """The header's lines, in ASCII and none too long."""
        words = Header(str(self), "utf-8", header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {words}{policy.linesep}"


def build_letter(
    mail: Mail, *, message_id: UUID, sender: str, recipient: str, written_at: datetime
) -> EmailMessage:
    """The letter. Its `Message-ID` is made from the message's id, so a repeated sending can be told as the same."""
    domain = sender.rpartition("@")[2]
    letter = EmailMessage()
    letter["Message-ID"] = f"<{message_id}@{domain}>"
    letter["Date"] = format_datetime(written_at)
    letter["From"] = Address(display_name=SENDER_NAME, addr_spec=sender)
    letter["To"] = Address(addr_spec=recipient)
    letter["Subject"] = _Subject(" ".join(mail.subject.split()))
    letter["Auto-Submitted"] = "auto-generated"
    letter["Content-Language"] = "ru"
    letter.set_content(mail.text)
    letter.add_alternative(mail.html, subtype="html")
    return letter
