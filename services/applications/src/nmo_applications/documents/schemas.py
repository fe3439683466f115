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
    kind: str
    title: str
    number: str
    code: str
    applicant: str
    """Initials only."""
    issued_at: datetime
    status: str
    status_title: str
    sha256: str


def verification(checked: Checked) -> Verification:
    """The answer for a known document; it is in force while it is of the present form and not deleted."""
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
