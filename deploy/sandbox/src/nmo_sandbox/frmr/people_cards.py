"""The register's cards of the sandbox people, each with the difference that its key promises (public surface)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from nmo_sandbox.frmr import card_parts as part
from nmo_sandbox.frmr.organizations import CLINIC_VESNA, HOSPITAL_7, HOSPITAL_SEVER, POLYCLINIC_12
from nmo_sandbox.people import Person, people

Card = dict[str, Any]
_UNIVERSITY = "Северный медицинский университет"


def cards() -> dict[str, Card]:
    """Cards by the person's key; keys that are not here are not in the register."""
    known = {person.key: person for person in people()}
    return {key: build(known[key]) for key, build in _BUILDERS.items() if key in known}


def _blank(person: Person, number: int) -> Card:
    card = part.person(
        f"2024.{number:07d}",
        person.snils,
        person.last_name,
        person.first_name,
        person.patronymic,
        born=person.birth_date,
        female=person.gender == "F",
    )
    card["educationProf"] = [
        part.diploma(
            f"{number}01",
            "Лечебное дело",
            institution=_UNIVERSITY,
            number=f"0{number:05d}7",
            issued=date(person.birth_date.year + 23, 6, 28),
        )
    ]
    return card


def _match(person: Person) -> Card:
    card = _blank(person, 1001)
    card["educationCert"] = [
        part.certificate(
            "100111",
            "Кардиология",
            number="0041177",
            exam=date(2021, 6, 10),
            issued=date(2021, 6, 18),
            end=date(2026, 6, 17),
        )
    ]
    card["personAccreditation"] = [
        part.accreditation(
            "1001000121",
            "Кардиология",
            number="031904517",
            passed=date(2026, 6, 15),
            protocol=date(2026, 6, 15),
            end=date(2031, 6, 14),
        )
    ]
    card["personQualification"] = [
        part.category("100131", "Первая", "Кардиология", begin=date(2024, 11, 20), end=date(2029, 11, 19))
    ]
    card["personCards"] = [
        part.job(
            "1001041",
            HOSPITAL_7,
            "Врач-кардиолог",
            department="Кардиологическое отделение",
            begin=date(2012, 9, 3),
        )
    ]
    return card


def _equivalent(person: Person) -> Card:
    card = _blank(person, 1002)
    # What clerks do to such a name: capitals, no ё, a long dash with spaces.
    card["lastName"] = _as_clerk(person.last_name).replace("-", " – ")
    card["firstName"] = _as_clerk(person.first_name)
    card["patronymic"] = _as_clerk(person.patronymic or "")
    card["personAccreditation"] = [_periodic("1002000121", "Терапия", date(2025, 3, 25))]
    card["personCards"] = [
        part.job(
            "1002041",
            POLYCLINIC_12,
            "Врач-терапевт участковый",
            department="Терапевтическое отделение № 2",
            begin=date(2017, 8, 14),
        )
    ]
    return card


def _weak(person: Person) -> Card:
    card = _blank(person, 1003)
    card["patronymic"] = None
    card["personAccreditation"] = [_periodic("1003000121", "Травматология и ортопедия", date(2024, 10, 29))]
    card["personCards"] = [
        part.job(
            "1003041",
            HOSPITAL_SEVER,
            "Врач-травматолог-ортопед",
            department="Травматологическое отделение",
            begin=date(2006, 8, 1),
        )
    ]
    return card


def _conflict(person: Person) -> Card:
    card = _blank(person, 1004)
    card["patronymic"] = "Степановна" if person.gender == "F" else "Степанович"
    card["personAccreditation"] = [_periodic("1004000121", "Неврология", date(2025, 5, 27))]
    card["personCards"] = [
        part.job(
            "1004041",
            HOSPITAL_7,
            "Врач-невролог",
            department="Неврологическое отделение",
            begin=date(2013, 9, 2),
        )
    ]
    return card


def _unconfirmed(person: Person) -> Card:
    card = _blank(person, 1005)
    card["personAccreditation"] = [_periodic("1005000121", "Терапия", date(2023, 4, 25))]
    card["personCards"] = [part.job("1005041", POLYCLINIC_12, "Врач-терапевт", begin=date(2018, 8, 1))]
    return card


def _protocol(person: Person) -> Card:
    card = _blank(person, 1006)
    card["personAccreditation"] = [
        part.accreditation(
            "1006000121",
            "Неврология",
            number=None,
            passed=date(2026, 7, 7),
            protocol=date(2026, 7, 9),
            end=date(2031, 7, 8),
            kind="Первичная специализированная аккредитация",
        )
    ]
    card["personCards"] = [
        part.job(
            "1006041",
            HOSPITAL_SEVER,
            "Врач-невролог",
            department="Отделение для больных с инсультом",
            begin=date(2026, 8, 3),
        )
    ]
    return card


def _before2016(person: Person) -> Card:
    card = _blank(person, 1007)
    card["educationCert"] = [
        part.certificate(
            "100711",
            "Терапия",
            number="0012805",
            exam=date(2014, 4, 10),
            issued=date(2014, 4, 25),
            end=date(2019, 4, 24),
        )
    ]
    card["personCards"] = [
        part.job("1007041", POLYCLINIC_12, "Врач-терапевт", begin=date(1990, 8, 1), end=date(2019, 4, 30))
    ]
    return card


def _many(person: Person) -> Card:
    card = _blank(person, 1008)
    former = "Григорьева" if person.gender == "F" else "Григорьев"
    card["previousNames"] = [
        {
            "lastName": former,
            "firstName": person.first_name,
            "patronymic": person.patronymic,
            "changeDate": part.stamp(date(2008, 9, 12)),
        }
    ]
    card["educationCert"] = [
        part.certificate(
            "100811",
            "Терапия",
            number="0020461",
            exam=date(2018, 5, 17),
            issued=date(2018, 5, 24),
            end=date(2023, 5, 23),
        )
    ]
    card["personAccreditation"] = [
        _periodic("1008000121", "Терапия", date(2023, 5, 23)),
        _periodic("1008000122", "Кардиология", date(2025, 11, 25)),
    ]
    card["personQualification"] = [
        part.category("100831", "Высшая", "Терапия", begin=date(2022, 12, 15), end=date(2027, 12, 14))
    ]
    card["personNomination"] = [
        part.nomination(
            "100881", "Нагрудный знак «Отличник здравоохранения»", number="10417", day=date(2019, 6, 11)
        )
    ]
    card["personCards"] = [
        part.job(
            "1008041",
            HOSPITAL_7,
            "Врач-терапевт",
            department="Приёмное отделение",
            begin=date(2003, 9, 1),
        ),
        part.job(
            "1008042",
            POLYCLINIC_12,
            "Врач-кардиолог",
            department="Кабинет кардиолога",
            kind="Внешнее совместительство",
            rate="0.5",
            begin=date(2020, 2, 3),
        ),
        part.job(
            "1008043",
            CLINIC_VESNA,
            "Врач-кардиолог",
            kind="Внешнее совместительство",
            rate="0.25",
            begin=date(2024, 3, 11),
        ),
    ]
    return card


def _foreign(person: Person) -> Card:
    card = _blank(person, 1009)
    card["citizenShipId"], card["oksmId"] = {"code": "417", "name": "КИРГИЗИЯ"}, "417"
    card["patronymic"] = None
    card["personAccreditation"] = [_periodic("1009000121", "Хирургия", date(2025, 6, 24))]
    card["personCards"] = [
        part.job(
            "1009041",
            HOSPITAL_SEVER,
            "Врач-хирург",
            department="Хирургическое отделение № 1",
            begin=date(2019, 9, 2),
        )
    ]
    return card


def _periodic(identifier: str, specialty: str, day: date) -> Card:
    end = date.fromordinal(day.replace(year=day.year + 5).toordinal() - 1)
    number = f"03{int(identifier) % 10_000_000:07d}"
    return part.accreditation(identifier, specialty, number=number, passed=day, protocol=day, end=end)


def _as_clerk(name: str) -> str:
    return name.upper().replace("Ё", "Е")


_BUILDERS: dict[str, Callable[[Person], Card]] = {
    "match": _match,
    "equivalent": _equivalent,
    "weak": _weak,
    "conflict": _conflict,
    "unconfirmed": _unconfirmed,
    "protocol": _protocol,
    "before2016": _before2016,
    "many": _many,
    "foreign": _foreign,
}
