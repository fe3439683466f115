"""Reads the register's card into a record. Unknown fields are ignored, few are required, nothing sensitive is taken.

Disability, military and health marks of the card are never read (domain rules, section 3.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar

from nmo_kit.snils import Snils, SnilsError
from nmo_registry.frmr.record import (
    Block,
    Category,
    Child,
    Document,
    Education,
    Employment,
    FormerName,
    Gender,
    Record,
    stable_id,
)
from nmo_registry.reference_books.specialties import SpecialtyKeys, carried

Raw = Mapping[str, Any]
ChildT = TypeVar("ChildT", bound=Child)
_JOB_KINDS: dict[int, Literal["main", "internal", "combined", "secondary"]] = {
    1: "main",
    2: "internal",
    3: "combined",
    4: "secondary",
}
_SOURCES: dict[Block, tuple[str, ...]] = {
    "former_names": ("previousNames",),
    "educations": ("educationCommon", "educationProf", "educationPostgraduate", "educationExt"),
    "certificates": ("educationCert",),
    "accreditations": ("personAccreditation",),
    "employments": ("personCards",),
    "categories": ("personQualification",),
}


class CardUnreadableError(ValueError):
    """The card lacks what a record cannot do without; the message names the field, never its value."""


def read_card(raw: Raw, keys: SpecialtyKeys | None = None) -> Record:
    """Read one card; `keys` are those of all versions of the nomenclature, the carried edition's when not told.

    Raises:
        CardUnreadableError: number, СНИЛС, name, birth date or sex are missing or wrong.
    """
    keys = keys or carried()
    oid = _required(raw, "oid")
    try:
        snils = Snils.parse(_required(raw, "snils"))
    except SnilsError as error:
        raise CardUnreadableError(f"snils: {error.code}") from error
    birth_on = _day(raw.get("birthDate"))
    if birth_on is None:
        raise CardUnreadableError("birthDate")
    citizenship = _map(raw.get("citizenShipId"))
    absent: frozenset[Block] = frozenset(
        block for block, sources in _SOURCES.items() if all(raw.get(source) is None for source in sources)
    )
    return Record(
        oid=oid,
        snils=str(snils),
        last_name=_required(raw, "lastName"),
        first_name=_text(raw.get("firstName")),
        patronymic=_text(raw.get("patronymic")) or None,
        birth_on=birth_on,
        gender=_gender(raw.get("gender")),
        citizenship_code=_text(citizenship.get("code")),
        citizenship_name=_text(citizenship.get("name")),
        former_names=_in_order(_former_name(oid, item) for item in _list(raw, "previousNames")),
        educations=_in_order(_educations(oid, raw)),
        certificates=_in_order(
            found for item in _list(raw, "educationCert") for found in _certificate(oid, item, keys)
        ),
        accreditations=_in_order(
            found for item in _list(raw, "personAccreditation") for found in _accreditations(oid, item, keys)
        ),
        employments=_in_order(_employment(oid, item) for item in _list(raw, "personCards")),
        categories=_in_order(_category(oid, item, keys) for item in _list(raw, "personQualification")),
        absent=absent,
    )


def _in_order(children: Iterable[ChildT]) -> tuple[ChildT, ...]:
    """Sort by id; of two with one id the later one counts."""
    return tuple(sorted({child.id: child for child in children}.values(), key=lambda child: child.id))


def _former_name(oid: str, raw: Raw) -> FormerName:
    names = [_text(raw.get(field)) for field in ("lastName", "firstName", "patronymic")]
    changed_on = _day(raw.get("changeDate"))
    return FormerName(
        stable_id("name", oid, *names, str(changed_on)), names[0], names[1], names[2] or None, changed_on
    )


def _educations(oid: str, raw: Raw) -> list[Education]:
    kinds: tuple[tuple[str, Literal["common", "professional", "postgraduate", "additional"]], ...] = (
        ("educationCommon", "common"),
        ("educationProf", "professional"),
        ("educationPostgraduate", "postgraduate"),
        ("educationExt", "additional"),
    )
    return [_education(oid, kind, item) for block, kind in kinds for item in _list(raw, block)]


def _education(
    oid: str, kind: Literal["common", "professional", "postgraduate", "additional"], raw: Raw
) -> Education:
    number = _text(raw.get("docNumber"))
    identifier = _text(raw.get("id")) or f"{number}|{raw.get('docDate')}"
    hours = raw.get("hoursCount")
    return Education(
        id=stable_id("education", oid, kind, identifier),
        kind=kind,
        level=_text(raw.get("levelEducationId")) or _text(raw.get("educationStageId")),
        institution=_text(raw.get("institutionName")) or _text(raw.get("institution")),
        specialty_name=_text(raw.get("specName")) or _text(raw.get("theme")),
        qualification=_text(raw.get("qualificationName")),
        series=_text(raw.get("docSerial")),
        number=number,
        issued_on=_day(raw.get("docDate")),
        hours=hours if isinstance(hours, int) and not isinstance(hours, bool) else None,
    )


def _certificate(oid: str, raw: Raw, keys: SpecialtyKeys) -> list[Document]:
    exam_on, passed_on = _day(raw.get("examDate")), _day(raw.get("passDate"))
    first = exam_on or passed_on
    if first is None:
        return []  # without any date nothing follows from the document
    name = _text(raw.get("specName"))
    return [
        Document(
            id=stable_id("certificate", oid, _required(raw, "certId")),
            kind="certificate",
            specialty_key=keys.of(name, code=_text(raw.get("specId"))),
            specialty_name=name,
            series=_text(raw.get("certSerial")),
            number=_text(raw.get("certNumber")),
            exam_on=first,
            issued_on=passed_on or first,
            valid_until=_day(raw.get("endDateExtension")) or _day(raw.get("endDate")),
            detail="",
        )
    ]


def _accreditations(oid: str, raw: Raw, keys: SpecialtyKeys) -> list[Document]:
    """Passed procedures of one accreditation; the number of zeros says that no certificate is issued yet (FRM-05)."""
    identifier = _required(raw, "id")
    series, number = _text(raw.get("docSerial")), _text(raw.get("docNumber"))
    issued = bool(re.search(r"[1-9]", number))
    found = []
    for procedure in _list(raw, "accreditationProcedures"):
        passed_on = _day(procedure.get("passDate")) or _day(procedure.get("protocolDate"))
        if procedure.get("passed") is not True or procedure.get("excluded") is True or passed_on is None:
            continue
        own = _map(procedure.get("mpSpec"))
        specialty = own or _map(procedure.get("spec"))
        name = _text(specialty.get("name"))
        part = _text(procedure.get("applicationId")) or _text(procedure.get("registryNumber"))
        level = _text(procedure.get("educationLevel")) or None
        found.append(
            Document(
                id=stable_id("accreditation", oid, identifier, part),
                kind="accreditation" if issued else "accreditation_protocol",
                specialty_key=keys.of(
                    name, level=level, code=_text(specialty.get("id")), nomenclature=bool(own)
                ),
                specialty_name=name,
                series=series,
                number=number,
                exam_on=passed_on,
                issued_on=_day(procedure.get("protocolDate")) or passed_on,
                valid_until=_day(procedure.get("endDateExtension")) or _day(procedure.get("endDate")),
                detail=_text(procedure.get("accreditationKind")),
            )
        )
    return found


def _employment(oid: str, raw: Raw) -> Employment:
    try:
        rate = Decimal(str(raw.get("rate") or "0")).quantize(Decimal("0.01"))
    except InvalidOperation:
        rate = Decimal("0.00")
    kind = raw.get("positionTypeId")
    return Employment(
        id=stable_id("employment", oid, _required(raw, "id")),
        employer_oid=_text(raw.get("organization")),
        position=_text(raw.get("postName")) or _text(raw.get("fedPosition")),
        rate=rate,
        kind=_JOB_KINDS.get(kind if isinstance(kind, int) else 1, "main"),
        began_on=_day(raw.get("beginDate")),
        ended_on=_day(raw.get("endDate")),
    )


def _category(oid: str, raw: Raw, keys: SpecialtyKeys) -> Category:
    name = _text(raw.get("specName"))
    return Category(
        id=stable_id("category", oid, _required(raw, "id")),
        name=_text(raw.get("qualifyCategoryName")),
        specialty_key=keys.of(name, code=_text(raw.get("specId"))),
        specialty_name=name,
        assigned_on=_day(raw.get("beginDate")),
        valid_until=_day(raw.get("endDateExtension")) or _day(raw.get("endDate")),
    )


def _gender(value: Any) -> Gender:
    if str(value) not in {"1", "2"}:
        raise CardUnreadableError("gender")
    return "male" if str(value) == "1" else "female"


def _required(raw: Raw, field: str) -> str:
    value = _text(raw.get(field))
    if not value:
        raise CardUnreadableError(field)
    return value


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list | bool) else str(value).strip()


def _map(value: Any) -> Raw:
    return value if isinstance(value, dict) else {}


def _list(raw: Raw, field: str) -> list[Raw]:
    value = raw.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _day(value: Any) -> date | None:
    """Take the date part of a time with a zone, as the register means it."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
