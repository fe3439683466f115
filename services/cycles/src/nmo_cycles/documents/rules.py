"""The document that opens a cycle: its data and what may be wrong with them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

EARLIEST_EXAM: Final = date(1990, 1, 1)
MAX_SERIES: Final = 20
MAX_NUMBER: Final = 40


class DocumentKind(StrEnum):
    """What admitted the person to work."""

    CERTIFICATE = "certificate"
    ACCREDITATION = "accreditation"
    PROTOCOL = "accreditation_protocol"


@dataclass(frozen=True, slots=True)
class Document:
    """Data of the document that opens a cycle."""

    kind: DocumentKind
    series: str
    number: str
    issued_on: date
    exam_on: date
    valid_until: date | None = None
    """The register's end date, with a prolongation by order counted in; None for typed documents."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A field of the document that cannot be accepted, with the sentence for its author."""

    field: str
    code: str
    message: str


def faults_of(document: Document, *, today: date) -> list[Fault]:
    """What is wrong with a typed document; empty when it can open a cycle."""
    found = []
    if document.exam_on > today:
        found.append(Fault("exam_on", "future", "Дата сдачи экзамена не может быть в будущем"))
    elif document.exam_on < EARLIEST_EXAM:
        found.append(Fault("exam_on", "too_early", "Проверьте год сдачи экзамена"))
    if document.issued_on > today:
        found.append(Fault("issued_on", "future", "Дата выдачи документа не может быть в будущем"))
    elif document.issued_on < document.exam_on:
        found.append(Fault("issued_on", "before_exam", "Документ не может быть выдан раньше экзамена"))
    return [*found, *_number_faults(document)]


def _number_faults(document: Document) -> list[Fault]:
    if document.kind is DocumentKind.PROTOCOL:
        return []
    if not document.number:
        return [Fault("number", "required", "Введите номер документа")]
    if not re.sub(r"[0\s-]", "", document.number):
        message = (
            "Номер не может состоять из нулей. Если свидетельства ещё нет, выберите «Выписка из протокола»"
        )
        return [Fault("number", "zeros", message)]
    return []
