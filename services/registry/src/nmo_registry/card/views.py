"""From a stored person to the card that its owner sees."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

from nmo_kit.snils import Snils
from nmo_registry.card.schemas import (
    AccreditationItem,
    CategoryItem,
    CertificateItem,
    EducationItem,
    EmploymentItem,
    FormerNameItem,
    NominationItem,
    PartOrigin,
    RegisterCard,
)
from nmo_registry.frmr.record import PARTS, Category, Child, Document, Education, Employment, Part, Record
from nmo_registry.reference_books.editions import Passport, told
from nmo_registry.specialists.queries import StoredPerson
from nmo_registry.specialists.tables import Employer

_ACCREDITATION_KINDS = {
    "первичная аккредитация": "primary",
    "первичная специализированная аккредитация": "primary_specialized",
    "периодическая аккредитация": "periodic",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the card's numbers stand for: employers by theirs, versions of reference books by `book.edition`."""

    employers: Mapping[str, Employer]
    editions: Mapping[int, Passport]


def editions_of(record: Record, employers: Iterable[Employer]) -> set[int | None]:
    """By which versions of books the values of a card were read."""
    return {
        *(item.specialty_edition for item in record.educations),
        *(item.specialty_edition for item in record.documents),
        *(item.detail_edition for item in record.accreditations),
        *(item.position_edition for item in record.employments),
        *(edition for item in record.categories for edition in (item.name_edition, item.specialty_edition)),
        *(employer.region_edition for employer in employers),
    }


def card(person: StoredPerson, known: Known, *, confirmed_at: datetime) -> RegisterCard:
    """Build the card: newest documents first, present jobs before past ones; `confirmed_at` is how fresh it is."""
    row, record = person.row, person.record
    jobs = sorted(record.employments, key=lambda job: (job.ended_on is not None, -_ordinal(job.began_on)))
    editions = known.editions
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
        citizenship_code=row.citizenship_code,
        former_names=[FormerNameItem(**_without_id(name)) for name in record.former_names],
        updated_at=row.updated_at,
        fetched_at=confirmed_at,
        register_version=row.register_version,
        educations=[_education(item, editions) for item in educations],
        certificates=[
            CertificateItem(**_certificate(item, editions)) for item in _newest(record.certificates)
        ],
        accreditations=[_accreditation(item, editions) for item in _newest(record.accreditations)],
        employments=[_job(job, known) for job in jobs],
        categories=[_category(item, editions) for item in record.categories],
        nominations=[NominationItem(**_without_id(item)) for item in record.nominations],
        parts=_parts(person, confirmed_at),
    )


def _parts(person: StoredPerson, confirmed_at: datetime) -> list[PartOrigin]:
    """Everything comes from the federal register; what its last answer left out is older than the rest."""
    row = person.row
    given: dict[Part | Literal["person"], datetime | None] = dict.fromkeys(("person", *PARTS), confirmed_at)
    known = {part: datetime.fromisoformat(at) if at else None for part, at in row.left_out.items()}
    return [
        PartOrigin(part=part, fetched_at=known.get(part, at), register_version=row.register_version)
        for part, at in given.items()
    ]


def _specialty(item: Document | Education | Category, editions: Mapping[int, Passport]) -> dict[str, Any]:
    """The values of an item by name, and how its specialty was read."""
    read = told("specialty", item.specialty_code, item.specialty_edition, editions)
    return {**_without_id(item), **read}


def _education(item: Education, editions: Mapping[int, Passport]) -> EducationItem:
    return EducationItem(education_id=item.id, **_specialty(item, editions))


def _certificate(document: Document, editions: Mapping[int, Passport]) -> dict[str, Any]:
    values = _specialty(document, editions)
    return {"document_id": document.id, "document_kind": values.pop("kind"), **values}


def _accreditation(document: Document, editions: Mapping[int, Passport]) -> AccreditationItem:
    kind = _ACCREDITATION_KINDS.get(document.detail.casefold(), document.detail)
    read = told("kind", document.detail_code, document.detail_edition, editions)
    return AccreditationItem(kind=kind, **_certificate(document, editions), **read)


def _category(item: Category, editions: Mapping[int, Passport]) -> CategoryItem:
    read = told("name", item.name_code, item.name_edition, editions)
    return CategoryItem(**{**_specialty(item, editions), **read})


def _newest(documents: Iterable[Document]) -> list[Document]:
    return sorted(documents, key=lambda item: item.exam_on, reverse=True)


def _job(job: Employment, known: Known) -> EmploymentItem:
    employer = known.employers.get(job.employer_oid)
    region, edition = (employer.region_code, employer.region_edition) if employer else ("", None)
    return EmploymentItem(
        employer_oid=job.employer_oid,
        employer_name=employer.name if employer else "",
        employer_short_name=employer.short_name if employer else "",
        employer_address=employer.address if employer else "",
        **told("region", region, edition, known.editions),
        region_name=employer.region_name if employer else "",
        position=job.position,
        **told("position", job.position_code, job.position_edition, known.editions),
        department=job.department,
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
