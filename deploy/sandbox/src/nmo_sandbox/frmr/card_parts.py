"""Blocks of a register's card in the register's own spelling (fields as open clients of it show them)."""

from datetime import date
from typing import Any

from nmo_sandbox.frmr import books

Block = dict[str, Any]
BLOCKS = (
    "personCards",
    "educationCommon",
    "educationProf",
    "educationPostgraduate",
    "educationExt",
    "educationCert",
    "personAccreditation",
    "personQualification",
    "personNomination",
    "personOrganization",
)


def stamp(day: date | None) -> str | None:
    """Write a date the way the register does: midnight in Moscow with the zone; readers take the date part."""
    return None if day is None else f"{day.isoformat()}T00:00:00.000+03:00"


def person(
    oid: str,
    snils: str,
    last_name: str,
    first_name: str,
    patronymic: str | None,
    *,
    born: date,
    female: bool,
    citizenship: tuple[str, str] = ("643", "РОССИЯ"),
) -> Block:
    """Build a card with empty lists; parts are put into it afterwards."""
    card: Block = {
        "oid": oid,
        "ernId": None,
        "snils": snils,
        "lastName": last_name,
        "firstName": first_name,
        "patronymic": patronymic,
        "gender": 2 if female else 1,
        "birthDate": stamp(born),
        "deathDate": None,
        "citizenShipId": {"code": citizenship[0], "name": citizenship[1]},
        "oksmId": citizenship[0],
        "phone": None,
        "email": None,
        "mr": True,
        "student": False,
        "isMedicalWorker": True,
        "isPharmWorker": False,
        "isDisabled": False,
        "documents": [],
        "addresses": [],
        "previousNames": [],
    }
    return card | {block: [] for block in BLOCKS}


def job(
    identifier: str,
    organization: str,
    post: str,
    *,
    department: str | None = None,
    kind: str = "Основное",
    rate: str = "1",
    begin: date,
    end: date | None = None,
) -> Block:
    """Build one employment (`personCard`)."""
    return {
        "id": identifier,
        "oid": f"{organization}.0.{identifier[-3:]}",
        "organization": organization,
        "nrPmuDepartId": None,
        "nrPmuDepartName": department,
        "postId": books.POSITION_IDS.get(post),
        "postName": post,
        "positionTypeId": books.POSITION_TYPE_IDS[kind],
        "positionTypeName": kind,
        "rate": rate,
        "beginDate": stamp(begin),
        "endDate": stamp(end),
        "temporaryDerelictions": [],
    }


def diploma(
    identifier: str, specialty: str, *, institution: str, number: str, issued: date, level: str = "VO"
) -> Block:
    """Build one professional education document (`educationProf`)."""
    return {
        "id": identifier,
        "educPlace": 0,
        "educationTypeId": 1 if level == "VO" else 2,
        "hasDiploma": True,
        "docSerial": "1077",
        "docNumber": number,
        "docDate": stamp(issued),
        "institutionId": None,
        "institutionName": institution,
        "levelEducationId": level,
        "specId": books.specialty_ids().get((level, specialty)),
        "specName": specialty,
        "qualificationName": "Врач" if level == "VO" else "Специалист со средним медицинским образованием",
    }


def residency(identifier: str, specialty: str, *, number: str, issued: date, level: str = "VO") -> Block:
    """Build one postgraduate education document (`educationPostgraduate`): a residency."""
    return {
        "id": identifier,
        "educationStageId": 2,
        "academicDegreeId": None,
        "docSerial": "1077",
        "docNumber": number,
        "docDate": stamp(issued),
        "institutionId": None,
        "institutionName": "Северный медицинский университет",
        "specId": books.specialty_ids().get((level, specialty)),
        "specName": specialty,
    }


def course(
    identifier: str, specialty: str, *, theme: str, hours: int, number: str, issued: date, level: str = "VO"
) -> Block:
    """Build one document of additional education (`educationExt`)."""
    return {
        "id": identifier,
        "profEducationKindId": 1,
        "institutionId": None,
        "institutionName": "Институт непрерывного образования врачей",
        "hoursCount": hours,
        "theme": theme,
        "docSerial": "7724",
        "docNumber": number,
        "docDate": stamp(issued),
        "specId": books.specialty_ids().get((level, specialty)),
        "specName": specialty,
    }


def nomination(identifier: str, name: str, *, number: str, day: date) -> Block:
    """Build one award (`personNomination`)."""
    return {"id": identifier, "name": name, "number": number, "date": stamp(day)}


def certificate(
    identifier: str, specialty: str, *, number: str, exam: date, issued: date, end: date, level: str = "VO"
) -> Block:
    """Build one specialist certificate (`educationCert`)."""
    return {
        "certId": identifier,
        "institutionId": None,
        "institutionName": "Северный медицинский университет",
        "certSerial": "0177",
        "certNumber": number,
        "examDate": stamp(exam),
        "passDate": stamp(issued),
        "endDate": stamp(end),
        "endDateExtension": None,
        "specId": books.specialty_ids().get((level, specialty)),
        "specName": specialty,
    }


def accreditation(
    identifier: str,
    specialty: str,
    *,
    number: str | None,
    passed: date,
    protocol: date,
    end: date,
    kind: str = "Периодическая аккредитация",
    level: str = "VO",
) -> Block:
    """Build one accreditation; `number` None means that the certificate is not issued yet: zeros stand in its place."""
    return {
        "id": identifier,
        "docSerial": "7726" if number else "0000",
        "docNumber": number or "000000000",
        "regNumber": f"77{identifier[-6:]}" if number else None,
        "accreditationProcedures": [
            {
                "registryNumber": f"А-{identifier[-6:]}",
                "applicationId": f"{identifier}-1",
                "accreditationKindId": books.ACCREDITATION_KIND_IDS[kind],
                "accreditationKind": kind,
                "mpSpec": {"id": books.specialty_ids().get((level, specialty)), "name": specialty},
                "spec": None,
                "post": None,
                "profStandardId": None,
                "institutionId": None,
                "passed": True,
                "excluded": False,
                "passDate": stamp(passed),
                "protocolDate": stamp(protocol),
                "protocolNumber": f"{protocol:%y%m}-{identifier[-3:]}",
                "endDate": stamp(end),
                "endDateExtension": None,
                "educationLevel": level,
            }
        ],
    }


def category(
    identifier: str, name: str, specialty: str, *, begin: date, end: date, level: str = "VO"
) -> Block:
    """Build one qualification category (`personQualification`)."""
    return {
        "id": identifier,
        "qualifyCategoryId": books.CATEGORY_IDS[name],
        "qualifyCategoryName": name,
        "beginDate": stamp(begin),
        "endDate": stamp(end),
        "endDateExtension": None,
        "specId": books.specialty_ids().get((level, specialty)),
        "specName": specialty,
        "postId": None,
    }
