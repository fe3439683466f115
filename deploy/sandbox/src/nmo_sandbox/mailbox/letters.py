"""Letters as the mailbox keeps them and as Mailpit's API shows them."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape
from typing import Any
from uuid import uuid4

MOST_LETTERS = 2000
_SNIPPET = 250

Address = dict[str, str]


@dataclass(slots=True)
class Letter:
    """One received letter.

    Attributes:
        sender, recipients: of the envelope; a letter may be delivered to people its head does not name.
        raw: the letter as it came.
    """

    number: str
    received: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    parsed: EmailMessage
    read: bool = False

    @classmethod
    def take(cls, sender: str, recipients: list[str], raw: bytes, received: datetime) -> "Letter":
        """Make a letter of what SMTP delivered."""
        parsed = message_from_bytes(raw, policy=policy.default)
        return cls(uuid4().hex[:22], received, sender, tuple(recipients), raw, parsed)

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.parsed.get("Subject", ""))

    @property
    def text(self) -> str:
        """The plain text part."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML part."""
        return self._body("html")

    @property
    def snippet(self) -> str:
        """The beginning of what the letter says, on one line."""
        words = self.text or unescape(
            re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(style|head).*?</\1>", " ", self.html))
        )
        return " ".join(words.split())[:_SNIPPET]

    def addresses(self, header: str) -> list[Address]:
        """Return the addresses of a header."""
        values = [str(value) for value in self.parsed.get_all(header, [])]
        return [{"Name": name, "Address": address} for name, address in getaddresses(values) if address]

    def brief(self) -> dict[str, Any]:
        """Return the letter as a line of the list."""
        sender = self.addresses("From") or [{"Name": "", "Address": self.sender}]
        return {
            "ID": self.number,
            "MessageID": str(self.parsed.get("Message-ID", "")).strip("<>"),
            "Read": self.read,
            "From": sender[0],
            "To": self.addresses("To"),
            "Cc": self.addresses("Cc"),
            "Bcc": self._hidden(),
            "ReplyTo": self.addresses("Reply-To"),
            "Subject": self.subject,
            "Created": _moment(self.received),
            "Tags": [],
            "Size": len(self.raw),
            "Attachments": len(self._attachments()),
            "Snippet": self.snippet,
        }

    def full(self) -> dict[str, Any]:
        """Return the letter with its bodies."""
        brief = self.brief()
        for name in ("Created", "Read"):
            del brief[name]
        return brief | {
            "ReturnPath": self.sender,
            "Date": _moment(self._dated()),
            "Text": self.text,
            "HTML": self.html,
            "Inline": [],
            "Attachments": self._attachments(),
            "ListUnsubscribe": {
                "Header": str(self.parsed.get("List-Unsubscribe", "")),
                "Links": [],
                "Errors": "",
            },
        }

    def mentions(self, words: str) -> bool:
        """Tell whether the letter answers a search: `to:`, `from:`, `subject:` and plain words, all of them."""
        brief = self.brief()
        places = {
            "to": " ".join((*self.recipients, *(address["Address"] for address in brief["To"]))),
            "from": f"{brief['From']['Name']} {brief['From']['Address']}",
            "subject": self.subject,
        }
        everything = " ".join((*places.values(), self.text, self.html)).casefold()
        for found in re.finditer(r'(?:(to|from|subject):)?(?:"([^"]*)"|(\S+))', words):
            place, word = found.group(1), (found.group(2) or found.group(3) or "").casefold()
            if word not in (places[place].casefold() if place else everything):
                return False
        return True

    def _body(self, kind: str) -> str:
        part = self.parsed.get_body(preferencelist=(kind,))
        if part is None:
            return ""
        try:
            return str(part.get_content())
        except (LookupError, KeyError):
            # A character set nobody knows must not hide the letter.
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""

    def _hidden(self) -> list[Address]:
        named = {a["Address"].casefold() for name in ("To", "Cc") for a in self.addresses(name)}
        return [
            {"Name": "", "Address": address} for address in self.recipients if address.casefold() not in named
        ]

    def _attachments(self) -> list[dict[str, Any]]:
        return [
            {
                "PartID": str(place),
                "FileName": part.get_filename() or "",
                "ContentType": part.get_content_type(),
                "ContentID": str(part.get("Content-ID", "")).strip("<>"),
                "Size": len(part.get_payload(decode=True) or b""),
            }
            for place, part in enumerate(self.parsed.iter_attachments(), 2)
        ]

    def _dated(self) -> datetime:
        try:
            return parsedate_to_datetime(str(self.parsed["Date"])).astimezone(UTC)
        except (TypeError, ValueError):
            return self.received


class Letters:
    """The newest letters, oldest dropped first when there are too many. In memory only."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Letter] = OrderedDict()

    def add(self, letter: Letter) -> None:
        """Keep a letter."""
        self._kept[letter.number] = letter
        while len(self._kept) > MOST_LETTERS:
            self._kept.popitem(last=False)

    def get(self, number: str) -> Letter | None:
        """Return a letter; `latest` is the newest."""
        if number == "latest":
            return next(reversed(self._kept.values()), None)
        return self._kept.get(number)

    def find(self, words: str = "") -> list[Letter]:
        """Return the letters that answer a search, newest first."""
        return [letter for letter in reversed(self._kept.values()) if not words or letter.mentions(words)]

    def drop(self, numbers: list[str] | None) -> None:
        """Forget the named letters, all of them without names."""
        for number in numbers or list(self._kept):
            self._kept.pop(number, None)


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
