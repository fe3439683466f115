"""Reads the lists of a card: documents, jobs, former names. What cannot be read of them is noted, not lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Literal, TypeVar

from nmo_registry.frmr.record import (
    EDUCATION_PARTS,
    Category,
    Child,
    Document,
    Education,
    EducationKind,
    Employment,
    FormerName,
    Nomination,
    Part,
    stable_id,
)
from nmo_registry.frmr.values import (
    NUMBER,
    CardUnreadableError,
    Raw,
    code_in,
    day_in,
    item_in,
    list_in,
    map_in,
    rate_in,
    required_in,
    text_in,
)
from nmo_registry.reference_books.editions import CardBooks
from nmo_registry.reference_books.specialties import LEVELS, Diploma, level_of

ChildT = TypeVar("ChildT", bound=Child)
ItemT = TypeVar("ItemT")
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
_SOURCES: dict[str, Part] = {
    "previousNames": "former_names",
    **{source: EDUCATION_PARTS[kind] for source, kind in _EDUCATIONS},
    "educationCert": "certificates",
    "personAccreditation": "accreditations",
    "personCards": "employments",
    "personQualification": "categories",
    "personNomination": "nominations",
}


def _in_order(children: Sequence[ChildT]) -> tuple[ChildT, ...]:
    """Sort by id; of two with one id the later one counts."""
    if len(children) < 2:  # noqa: PLR2004 nothing to put in order
        return tuple(children)
    return tuple(sorted({child.id: child for child in children}.values(), key=lambda child: child.id))


class Parts:
    """The lists of one card.

    Attributes:
        absent: parts that the card does not carry, or not whole.
        faults: which of their items cannot be read, and for which field.
        educations: documents about education; they tell the level of the others' specialties.
    """

    def __init__(self, raw: Raw, oid: str, books: CardBooks) -> None:
        """Read the education. Raises CardUnreadableError for what is no list."""
        self._raw, self._oid, self._books = raw, oid, books
        self.absent = {part for source, part in _SOURCES.items() if raw.get(source) is None}
        self.faults: set[str] = set()
        found = [
            item
            for source, kind in _EDUCATIONS
            for item in self._each(source, partial(self._education, kind))
        ]
        self._diplomas = [
            Diploma(item.level, item.specialty_name, item.issued_on)
            for item in found
            if item.kind == "professional" and item.level in LEVELS
        ]
        self.educations = _in_order(found)

    def read(self, source: str, one: Callable[[Raw], ChildT]) -> tuple[ChildT, ...]:
        """The items of a list of the card in their order."""
        return _in_order(self._each(source, one))

    def accreditations(self) -> tuple[Document, ...]:
        """Passed procedures of all accreditations."""
        found = self._each("personAccreditation", self._accreditation)
        return _in_order([document for some in found for document in some])

    def _each(self, source: str, one: Callable[[Raw], ItemT]) -> list[ItemT]:
        """Items of a list of the card as `one` reads them."""
        return self._items(self._raw, source, _SOURCES[source], one)

    def _items(self, raw: Raw, field: str, part: Part, one: Callable[[Raw], ItemT]) -> list[ItemT]:
        """Items of any list; of those that cannot be read it is noted that the part did not come whole."""
        found = []
        for item in list_in(raw, field):
            try:
                found.append(one(item_in(item)))
            except CardUnreadableError as error:
                self.absent.add(part)
                self.faults.add(f"{field}.{error}")
        return found

    def _key(self, code: str, name: str, day: date | None) -> str:
        """The specialty of a certificate or a category, which do not tell its level."""
        return self._books.keys.of(name, code=code, likely=level_of(name, day, self._diplomas))

    def certificate(self, raw: Raw) -> Document:
        """A certificate. Raises CardUnreadableError without a number in the register or any date."""
        identifier = required_in(raw, "certId")
        exam_on, passed_on = day_in(raw.get("examDate")), day_in(raw.get("passDate"))
        first = exam_on or passed_on
        if first is None:
            raise CardUnreadableError("examDate")
        name, code = text_in(raw.get("specName")), text_in(raw.get("specId"))
        return Document(
            id=stable_id("certificate", self._oid, identifier),
            kind="certificate",
            specialty_key=self._key(code, name, first),
            specialty_name=name,
            series=text_in(raw.get("certSerial")),
            number=text_in(raw.get("certNumber")),
            exam_on=first,
            issued_on=passed_on or first,
            valid_until=day_in(raw.get("endDateExtension")) or day_in(raw.get("endDate")),
            detail="",
            specialty_code=code or None,
            specialty_edition=self._books.edition("specialties", code, name),
        )

    def category(self, raw: Raw) -> Category:
        """A qualification category. Raises CardUnreadableError without a number in the register."""
        name, assigned_on = text_in(raw.get("specName")), day_in(raw.get("beginDate"))
        level, code = code_in(raw.get("qualifyCategoryId")), text_in(raw.get("specId"))
        return Category(
            id=stable_id("category", self._oid, required_in(raw, "id")),
            name=text_in(raw.get("qualifyCategoryName")),
            specialty_key=self._key(code, name, assigned_on),
            specialty_name=name,
            assigned_on=assigned_on,
            valid_until=day_in(raw.get("endDateExtension")) or day_in(raw.get("endDate")),
            name_code=level,
            name_edition=self._books.edition("qualification_categories", level),
            specialty_code=code or None,
            specialty_edition=self._books.edition("specialties", code, name),
        )

    def nomination(self, raw: Raw) -> Nomination:
        """An award. Raises CardUnreadableError without a number in the register."""
        return Nomination(
            id=stable_id("nomination", self._oid, required_in(raw, "id")),
            name=text_in(raw.get("name")),
            number=text_in(raw.get("number")),
            awarded_on=day_in(raw.get("date")),
        )

    def _accreditation(self, raw: Raw) -> list[Document]:
        """Passed procedures of one accreditation; an answer without the list of them says nothing of them."""
        identifier, field = required_in(raw, "id"), "accreditationProcedures"
        if raw.get(field) is None:
            self.absent.add("accreditations")
        procedures = self._items(raw, field, "accreditations", partial(self._procedure, identifier, raw))
        return [document for some in procedures for document in some]

    def _procedure(self, identifier: str, raw: Raw, procedure: Raw) -> list[Document]:
        """The document of a passed procedure; a number of zeros says that no certificate is issued yet (FRM-05)."""
        if procedure.get("passed") is not True or procedure.get("excluded") is True:
            return []
        passed_on = day_in(procedure.get("passDate")) or day_in(procedure.get("protocolDate"))
        if passed_on is None:
            raise CardUnreadableError("passDate")
        number = text_in(raw.get("docNumber"))
        own = map_in(procedure.get("mpSpec"))
        specialty = own or map_in(procedure.get("spec"))
        name, code = text_in(specialty.get("name")), text_in(specialty.get("id"))
        kind = code_in(procedure.get("accreditationKindId"))
        part = text_in(procedure.get("applicationId")) or text_in(procedure.get("registryNumber"))
        return [
            Document(
                id=stable_id("accreditation", self._oid, identifier, part),
                kind="accreditation" if _ISSUED.search(number) else "accreditation_protocol",
                specialty_key=self._books.keys.of(
                    name,
                    level=text_in(procedure.get("educationLevel")) or None,
                    code=code,
                    nomenclature=bool(own),
                    likely=level_of(name, passed_on, self._diplomas),
                ),
                specialty_name=name,
                series=text_in(raw.get("docSerial")),
                number=number,
                exam_on=passed_on,
                issued_on=day_in(procedure.get("protocolDate")) or passed_on,
                valid_until=day_in(procedure.get("endDateExtension")) or day_in(procedure.get("endDate")),
                detail=text_in(procedure.get("accreditationKind")),
                register_number=text_in(raw.get("regNumber")) or text_in(procedure.get("registryNumber")),
                protocol_number=text_in(procedure.get("protocolNumber")),
                specialty_code=code or None,
                specialty_edition=self._books.edition("specialties", code, None if own else name),
                detail_code=kind,
                detail_edition=self._books.edition("accreditation_kinds", kind),
            )
        ]

    def former_name(self, raw: Raw) -> FormerName:
        """A name borne before."""
        names = [text_in(raw.get(field)) for field in ("lastName", "firstName", "patronymic")]
        changed_on = day_in(raw.get("changeDate"))
        return FormerName(
            stable_id("name", self._oid, *names, str(changed_on)),
            names[0],
            names[1],
            names[2] or None,
            changed_on,
        )

    def _education(self, kind: EducationKind, raw: Raw) -> Education:
        number = text_in(raw.get("docNumber"))
        identifier = text_in(raw.get("id")) or f"{number}|{raw.get('docDate')}"
        hours = raw.get("hoursCount")
        name = text_in(raw.get("specName"))
        # The code is one of what is shown: a theme has none.
        code = code_in(raw.get("specId")) if name else None
        return Education(
            id=stable_id("education", self._oid, kind, identifier),
            kind=kind,
            level=text_in(raw.get("levelEducationId")) or text_in(raw.get("educationStageId")),
            institution=text_in(raw.get("institutionName")) or text_in(raw.get("institution")),
            specialty_name=name or text_in(raw.get("theme")),
            qualification=text_in(raw.get("qualificationName")),
            series=text_in(raw.get("docSerial")),
            number=number,
            issued_on=day_in(raw.get("docDate")),
            hours=hours if type(hours) is int and 0 <= hours <= MOST_HOURS else None,
            specialty_code=code,
            specialty_edition=self._books.edition("specialties", code, name),
        )

    def employment(self, raw: Raw) -> Employment:
        """A job. Raises CardUnreadableError without a number in the register, or with a wrong one of the employer."""
        employer = text_in(raw.get("organization"))
        if employer and not NUMBER.fullmatch(employer):
            raise CardUnreadableError("organization")
        kind, name = raw.get("positionTypeId"), text_in(raw.get("postName"))
        code = code_in(raw.get("postId" if name else "fedPositionId"))
        name = name or text_in(raw.get("fedPosition"))
        return Employment(
            id=stable_id("employment", self._oid, required_in(raw, "id")),
            employer_oid=employer,
            position=name,
            rate=rate_in(raw.get("rate")),
            kind=_JOB_KINDS.get(kind if isinstance(kind, int) else 1, "main"),
            began_on=day_in(raw.get("beginDate")),
            ended_on=day_in(raw.get("endDate")),
            department=text_in(raw.get("nrPmuDepartName")),
            position_code=code,
            position_edition=self._books.edition("positions", code, name),
        )
