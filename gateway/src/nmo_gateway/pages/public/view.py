"""Public pages as data: what a checked document says, which of two answers fits the reader."""

import re
from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """A document found by its check code: rows for the page; no personal data beyond masked initials."""

    heading: str
    valid: bool
    reason: str
    rows: list[tuple[str, str]]


def tidy_code(code: str) -> str:
    """The code as printed: capitals, no blanks."""
    return re.sub(r"\s+", "", code).upper()[:64]


def checked(answer: Json) -> Checked:
    """Turn the service's answer into words."""
    valid = bool(answer.get("valid"))
    status = texts.APPLICATION.get(str(answer.get("status")))
    rows = [
        ("Документ", str(answer.get("title") or "")),
        ("Номер", str(answer.get("number") or "")),
        ("Чей", str(answer.get("applicant") or "")),
        ("Сформирован", f"{texts.moment(answer.get('issued_at'))} мск"),
        ("Состояние заявки сейчас", status.word if status else ""),
        ("Контрольная сумма файла (SHA-256)", str(answer.get("sha256") or "")),
    ]
    heading = "Документ подлинный" if valid else "Документ больше не действует"
    return Checked(heading, valid, str(answer.get("reason") or ""), [row for row in rows if row[1]])
