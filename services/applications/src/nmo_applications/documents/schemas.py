"""Answers about documents."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from nmo_applications.documents.queries import Checked
from nmo_applications.documents.rules import grouped
from nmo_applications.enrolment import texts


class Verification(BaseModel):
    """What a stranger learns from a check code: whether the paper is genuine and still in force."""

    valid: bool
    reason: str
    kind: str | None = None
    title: str | None = None
    number: str | None = None
    code: str | None = None
    applicant: str | None = None
    """Initials only."""
    issued_at: datetime | None = None
    status: str | None = None
    status_title: str | None = None
    sha256: str | None = None


def verification(checked: Checked | None) -> Verification:
    """The answer for a code; an unknown one tells nothing at all."""
    if checked is None:
        return Verification(valid=False, reason="Документа с таким кодом нет. Проверьте код")
    document, row = checked.document, checked.row
    current = document.form_version == row.form_version
    if row.deleted:
        valid, reason = False, "Заявка удалена"
    elif not current:
        valid, reason = False, "Заявку изменили, действует более новый документ"
    else:
        valid, reason = True, "Документ подлинный"
    return Verification(
        valid=valid,
        reason=reason,
        kind=document.kind,
        title=texts.DOCUMENT_TITLES[document.kind],
        number=row.number,
        code=grouped(document.check_code),
        applicant=document.applicant_initials,
        issued_at=document.issued_at,
        status=row.status,
        status_title=texts.STATUS_TITLES[row.status],
        sha256=document.sha256,
    )
