"""Reads the register's card into a record. Unknown fields are ignored, few are required, nothing sensitive is taken.

Disability, military and health marks of the card are never read (domain rules, section 3.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from nmo_kit.snils import Snils, SnilsError
from nmo_registry.frmr.record import (
    Block,
    Category,
    Child,
    Document,
    Education,
    EducationKind,
    Employment,
    FormerName,
    Gender,
    Record,
    stable_id,
)
from nmo_registry.frmr.values import (
    CardUnreadableError,
    Raw,
    day_in,
    list_in,
    map_in,
    rate_in,
    required_in,
    text_in,
)
from nmo_registry.reference_books.specialties import SpecialtyKeys, carried

ChildT = TypeVar("ChildT", bound=Child)
_JOB_KINDS: dict[int, Literal["main", "internal", "combined", "secondary"]] = {
    1: "main",
    2: "internal",
    3: "combined",
    4: "secondary",
}
_EDUCATIONS: tuple[tuple[str, EducationKind], ...] = (
    ("educationCommon", "common"),
    ("educationProf", "professional"),
    ("educationPostgraduate", "postgraduate"),
    ("educationExt", "additional"),
)
MOST_HOURS = 100_000
_ISSUED = re.compile("[1-9]")
_NUMBER = re.compile(r"[0-9A-Za-z.]{1,64}")
"""A number of a person or an organisation in the register."""
_SOURCES: dict[Block, tuple[str, ...]] = {
    "former_names": ("previousNames",),
    "educations": ("educationCommon", "educationProf", "educationPostgraduate", "educationExt"),
    "certificates": ("educationCert",),
    "accreditations": ("personAccreditation",),
    "employments": ("personCards",),
    "categories": ("personQualification",),
}
_ALL_SOURCES = tuple(source for sources in _SOURCES.values() for source in sources)


def read_card(raw: Raw, keys: SpecialtyKeys | None = None) -> Record:
    """Read one card; `keys` are those of all versions of the nomenclature, the carried edition's when not told.

    Raises:
        CardUnreadableError: number, СНИЛС, name, birth date or sex are missing or wrong, or something is too long for
            any record.
    """
    keys = keys or carried()
    oid = required_in(raw, "oid")
    if not _NUMBER.fullmatch(oid):
        raise CardUnreadableError("oid")
    try:
        snils = Snils.parse(required_in(raw, "snils"))
    except SnilsError as error:
        raise CardUnreadableError(f"snils: {error.code}") from error
    birth_on = day_in(raw.get("birthDate"))
    if birth_on is None:
        raise CardUnreadableError("birthDate")
    citizenship = map_in(raw.get("citizenShipId"))
    return Record(
        oid=oid,
        snils=str(snils),
        last_name=required_in(raw, "lastName"),
        first_name=text_in(raw.get("firstName")),
        patronymic=text_in(raw.get("patronymic")) or None,
        birth_on=birth_on,
        gender=_gender(raw.get("gender")),
        citizenship_code=text_in(citizenship.get("code")),
        citizenship_name=text_in(citizenship.get("name")),
        former_names=_in_order([_former_name(oid, item) for item in list_in(raw, "previousNames")]),
        educations=_in_order(_educations(oid, raw)),
        certificates=_in_order(
            [found for item in list_in(raw, "educationCert") for found in _certificate(oid, item, keys)]
        ),
        accreditations=_in_order(
            [
                found
                for item in list_in(raw, "personAccreditation")
                for found in _accreditations(oid, item, keys)
            ]
        ),
        employments=_in_order([_employment(oid, item) for item in list_in(raw, "personCards")]),
        categories=_in_order([_category(oid, item, keys) for item in list_in(raw, "personQualification")]),
        absent=_absent(raw),
    )


def _absent(raw: Raw) -> frozenset[Block]:
    """Blocks that the card does not carry."""
    missing = {source for source in _ALL_SOURCES if raw.get(source) is None}
    if not missing:
        return frozenset()
    return frozenset(block for block, sources in _SOURCES.items() if missing.issuperset(sources))


def _in_order(children: Sequence[ChildT]) -> tuple[ChildT, ...]:
    """Sort by id; of two with one id the later one counts."""
    if len(children) < 2:  # noqa: PLR2004 nothing to put in order
        return tuple(children)
    return tuple(sorted({child.id: child for child in children}.values(), key=lambda child: child.id))


def _former_name(oid: str, raw: Raw) -> FormerName:
    names = [text_in(raw.get(field)) for field in ("lastName", "firstName", "patronymic")]
    changed_on = day_in(raw.get("changeDate"))
    return FormerName(
        stable_id("name", oid, *names, str(changed_on)), names[0], names[1], names[2] or None, changed_on
    )


def _educations(oid: str, raw: Raw) -> list[Education]:
    return [_education(oid, kind, item) for block, kind in _EDUCATIONS for item in list_in(raw, block)]


def _education(oid: str, kind: EducationKind, raw: Raw) -> Education:
    number = text_in(raw.get("docNumber"))
    identifier = text_in(raw.get("id")) or f"{number}|{raw.get('docDate')}"
    hours = raw.get("hoursCount")
    return Education(
        id=stable_id("education", oid, kind, identifier),
        kind=kind,
        level=text_in(raw.get("levelEducationId")) or text_in(raw.get("educationStageId")),
        institution=text_in(raw.get("institutionName")) or text_in(raw.get("institution")),
        specialty_name=text_in(raw.get("specName")) or text_in(raw.get("theme")),
        qualification=text_in(raw.get("qualificationName")),
        series=text_in(raw.get("docSerial")),
        number=number,
        issued_on=day_in(raw.get("docDate")),
        hours=hours if type(hours) is int and 0 <= hours <= MOST_HOURS else None,
    )


def _certificate(oid: str, raw: Raw, keys: SpecialtyKeys) -> list[Document]:
    exam_on, passed_on = day_in(raw.get("examDate")), day_in(raw.get("passDate"))
    first = exam_on or passed_on
    if first is None:
        return []  # without any date nothing follows from the document
    name = text_in(raw.get("specName"))
    return [
        Document(
            id=stable_id("certificate", oid, required_in(raw, "certId")),
            kind="certificate",
            specialty_key=keys.of(name, code=text_in(raw.get("specId"))),
            specialty_name=name,
            series=text_in(raw.get("certSerial")),
            number=text_in(raw.get("certNumber")),
            exam_on=first,
            issued_on=passed_on or first,
            valid_until=day_in(raw.get("endDateExtension")) or day_in(raw.get("endDate")),
            detail="",
        )
    ]


def _accreditations(oid: str, raw: Raw, keys: SpecialtyKeys) -> list[Document]:
    """Passed procedures of one accreditation; the number of zeros says that no certificate is issued yet (FRM-05)."""
    identifier = required_in(raw, "id")
    series, number = text_in(raw.get("docSerial")), text_in(raw.get("docNumber"))
    issued = _ISSUED.search(number) is not None
    found = []
    for procedure in list_in(raw, "accreditationProcedures"):
        passed_on = day_in(procedure.get("passDate")) or day_in(procedure.get("protocolDate"))
        if procedure.get("passed") is not True or procedure.get("excluded") is True or passed_on is None:
            continue
        own = map_in(procedure.get("mpSpec"))
        specialty = own or map_in(procedure.get("spec"))
        name = text_in(specialty.get("name"))
        part = text_in(procedure.get("applicationId")) or text_in(procedure.get("registryNumber"))
        level = text_in(procedure.get("educationLevel")) or None
        found.append(
            Document(
                id=stable_id("accreditation", oid, identifier, part),
                kind="accreditation" if issued else "accreditation_protocol",
                specialty_key=keys.of(
                    name, level=level, code=text_in(specialty.get("id")), nomenclature=bool(own)
                ),
                specialty_name=name,
                series=series,
                number=number,
                exam_on=passed_on,
                issued_on=day_in(procedure.get("protocolDate")) or passed_on,
                valid_until=day_in(procedure.get("endDateExtension")) or day_in(procedure.get("endDate")),
                detail=text_in(procedure.get("accreditationKind")),
            )
        )
    return found


def _employment(oid: str, raw: Raw) -> Employment:
    employer = text_in(raw.get("organization"))
    if employer and not _NUMBER.fullmatch(employer):
        raise CardUnreadableError("organization")
    kind = raw.get("positionTypeId")
    return Employment(
        id=stable_id("employment", oid, required_in(raw, "id")),
        employer_oid=employer,
        position=text_in(raw.get("postName")) or text_in(raw.get("fedPosition")),
        rate=rate_in(raw.get("rate")),
        kind=_JOB_KINDS.get(kind if isinstance(kind, int) else 1, "main"),
        began_on=day_in(raw.get("beginDate")),
        ended_on=day_in(raw.get("endDate")),
    )


def _category(oid: str, raw: Raw, keys: SpecialtyKeys) -> Category:
    name = text_in(raw.get("specName"))
    return Category(
        id=stable_id("category", oid, required_in(raw, "id")),
        name=text_in(raw.get("qualifyCategoryName")),
        specialty_key=keys.of(name, code=text_in(raw.get("specId"))),
        specialty_name=name,
        assigned_on=day_in(raw.get("beginDate")),
        valid_until=day_in(raw.get("endDateExtension")) or day_in(raw.get("endDate")),
    )


def _gender(value: Any) -> Gender:
    if str(value) not in {"1", "2"}:
        raise CardUnreadableError("gender")
    return "male" if str(value) == "1" else "female"
