"""From a stored person to the card that its owner sees."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from nmo_kit.snils import Snils
from nmo_registry.card.schemas import (
    AccreditationItem,
    CategoryItem,
    CertificateItem,
    EducationItem,
    EmploymentItem,
    FormerNameItem,
    RegisterCard,
)
from nmo_registry.frmr.record import Child, Document, Employment
from nmo_registry.specialists.queries import StoredPerson
from nmo_registry.specialists.tables import Employer

_ACCREDITATION_KINDS = {
    "первичная аккредитация": "primary",
    "первичная специализированная аккредитация": "primary_specialized",
    "периодическая аккредитация": "periodic",
}


def card(person: StoredPerson, employers: Mapping[str, Employer], *, confirmed_at: datetime) -> RegisterCard:
    """Build the card: newest documents first, present jobs before past ones; `confirmed_at` is how fresh it is."""
    row, record = person.row, person.record
    jobs = sorted(record.employments, key=lambda job: (job.ended_on is not None, -_ordinal(job.began_on)))
    educations = sorted(record.educations, key=lambda item: -_ordinal(item.issued_on))
    return RegisterCard(
        specialist_id=row.id,
        last_name=row.last_name,
        first_name=row.first_name,
        patronymic=row.patronymic,
        snils_masked=Snils(record.snils).masked,
        birth_on=record.birth_on,
        gender=record.gender,
        citizenship=row.citizenship_name,
        former_names=[FormerNameItem(**_without_id(name)) for name in record.former_names],
        updated_at=row.updated_at,
        fetched_at=confirmed_at,
        register_version=row.register_version,
        educations=[EducationItem(education_id=item.id, **_without_id(item)) for item in educations],
        certificates=[CertificateItem(**_certificate(item)) for item in _newest(record.certificates)],
        accreditations=[_accreditation(item) for item in _newest(record.accreditations)],
        employments=[_job(job, employers.get(job.employer_oid)) for job in jobs],
        categories=[CategoryItem(**_without_id(item)) for item in record.categories],
    )


def _certificate(document: Document) -> dict[str, Any]:
    values = _without_id(document)
    del values["detail"]
    return {"document_id": document.id, "document_kind": values.pop("kind"), **values}


def _accreditation(document: Document) -> AccreditationItem:
    kind = _ACCREDITATION_KINDS.get(document.detail.casefold(), document.detail)
    return AccreditationItem(kind=kind, **_certificate(document))


def _newest(documents: Iterable[Document]) -> list[Document]:
    return sorted(documents, key=lambda item: item.exam_on, reverse=True)


def _job(job: Employment, employer: Employer | None) -> EmploymentItem:
    return EmploymentItem(
        employer_oid=job.employer_oid,
        employer_name=employer.name if employer else "",
        employer_short_name=employer.short_name if employer else "",
        employer_address=employer.address if employer else "",
        region_code=employer.region_code if employer else "",
        region_name=employer.region_name if employer else "",
        position=job.position,
        rate=job.rate,
        kind=job.kind,
        state_budget=employer.state_budget if employer else False,
        began_on=job.began_on,
        ended_on=job.ended_on,
    )


def _without_id(child: Child) -> dict[str, Any]:
    values = asdict(child)
    del values["id"]
    return values


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0
