"""Which reference books the registry keeps, and which columns of НСИ mean what in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BookName = Literal[
    "specialties",
    "positions",
    "regions",
    "organizations",
    "identity_documents",
    "position_types",
    "qualification_categories",
    "accreditation_kinds",
]


@dataclass(frozen=True, slots=True)
class BookSpec:
    """One book of НСИ. Names of columns are compared without case, the first that a row has counts.

    Attributes:
        book: its name here.
        oid: its number in НСИ.
        code: columns that may hold the code.
        name: columns that may hold the name.
        ends: columns that may hold the first day on which a value is no longer in force.
        actual: columns that may hold the flag of a value in force (`0` or `false` means retired).
        attributes: further columns that are kept, with their names here.
        by_name: whether values have keys of the portal that outlive a change of code (specialties).
    """

    book: BookName
    oid: str
    code: tuple[str, ...] = ("ID", "CODE")
    name: tuple[str, ...] = ("NAME", "NAMEFULL")
    ends: tuple[str, ...] = ("DATEOUT", "DELETEDATE", "DATE_END")
    actual: tuple[str, ...] = ("REL", "ACTUAL")
    attributes: tuple[tuple[str, str], ...] = ()
    by_name: bool = False


SPECS: dict[str, BookSpec] = {
    spec.book: spec
    for spec in (
        BookSpec("specialties", "1.2.643.5.1.13.13.11.1066", by_name=True),
        BookSpec("positions", "1.2.643.5.1.13.13.11.1002"),
        BookSpec("regions", "1.2.643.5.1.13.13.99.2.206"),
        BookSpec(
            "organizations",
            "1.2.643.5.1.13.13.11.1461",
            code=("OID",),
            name=("NAMEFULL",),
            attributes=(("NAMESHORT", "short_name"), ("REGIONID", "region_code")),
        ),
        BookSpec("identity_documents", "1.2.643.5.1.13.13.11.1009"),
        BookSpec("position_types", "1.2.643.5.1.13.2.1.1.209"),
        BookSpec("qualification_categories", "1.2.643.5.1.13.2.1.1.202"),
        BookSpec("accreditation_kinds", "1.2.643.5.1.13.13.11.1100"),
    )
}
