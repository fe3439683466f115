"""Reads the register's card into a record. Unknown fields are ignored, few are required, nothing sensitive is taken.

Disability, military and health marks of the card are never read (domain rules, section 3.2).
"""

from __future__ import annotations

from typing import Any

from nmo_kit.snils import Snils, SnilsError
from nmo_registry.frmr.parts import Parts
from nmo_registry.frmr.record import Gender, Record
from nmo_registry.frmr.values import NUMBER, CardUnreadableError, Raw, day_in, map_in, required_in, text_in
from nmo_registry.reference_books.editions import CardBooks


def read_card(raw: Raw, books: CardBooks | None = None) -> Record:
    """Read one card by these books, by nothing but the carried nomenclature when none are told.

    A document or a job that cannot be read does not take the rest of the card along: the person would lose more by an old
    card than by one without it. The record names it in `faults` and its part in `absent`, so that nothing that is known of
    the part goes, and whoever writes the record sets the card aside as well.

    Raises:
        CardUnreadableError: number, СНИЛС, name, birth date or sex are missing or wrong, something of the person is too
            long for any record, or a block is no list.
    """
    oid = required_in(raw, "oid")
    if not NUMBER.fullmatch(oid):
        raise CardUnreadableError("oid")
    try:
        snils = Snils.parse(required_in(raw, "snils"))
    except SnilsError as error:
        raise CardUnreadableError(f"snils: {error.code}") from error
    birth_on = day_in(raw.get("birthDate"))
    if birth_on is None:
        raise CardUnreadableError("birthDate")
    citizenship = map_in(raw.get("citizenShipId"))
    parts = Parts(raw, oid, books or CardBooks())
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
        former_names=parts.read("previousNames", parts.former_name),
        educations=parts.educations,
        certificates=parts.read("educationCert", parts.certificate),
        accreditations=parts.accreditations(),
        employments=parts.read("personCards", parts.employment),
        categories=parts.read("personQualification", parts.category),
        nominations=parts.read("personNomination", parts.nomination),
        absent=frozenset(parts.absent),
        faults=tuple(sorted(parts.faults)),
    )


def _gender(value: Any) -> Gender:
    if str(value) not in {"1", "2"}:
        raise CardUnreadableError("gender")
    return "male" if str(value) == "1" else "female"
