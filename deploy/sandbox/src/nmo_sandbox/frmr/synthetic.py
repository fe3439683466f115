"""Bulk cards computed from their number: deterministic, nothing stored, any count.

Their СНИЛС lie above 980-000-000, a range that is not issued, and carry a right control number.
"""

import random
from datetime import date, timedelta
from typing import Any

from nmo_sandbox.frmr import books
from nmo_sandbox.frmr import card_parts as part
from nmo_sandbox.frmr.organizations import ORGANIZATIONS

_BASE = 980_000_000
_LAST = 999_999_999
_PREFIX = "2025."
_MALE, _FEMALE, _FATHERS, _SURNAMES = (
    line.split()
    for line in """
Александр Алексей Андрей Антон Артём Борис Виктор Денис Егор Иван Игорь Кирилл Максим Михаил Олег Сергей
Алёна Анна Валентина Вера Галина Дарья Екатерина Елена Ирина Ксения Мария Наталья Ольга Софья Юлия
Александров Алексеев Андреев Борисов Викторов Дмитриев Иванов Михайлов Николаев Олегов Петров Сергеев
Абрамов Белов Волков Воробьёв Гусев Ершов Зайцев Калинин Киселёв Лебедев Морозов Орлов Семёнов Тарасов Фролов Царёв
""".strip().splitlines()
)
_MID_LEVEL_SHARE = 0.6


def oid_of(number: int) -> str:
    """Person's number in the register, `2025.0000001`."""
    return f"{_PREFIX}{number:07d}"


def number_of_oid(oid: str) -> int | None:
    """The inverse of `oid_of`; None for the number of a card that is not a bulk one."""
    tail = oid.removeprefix(_PREFIX)
    return int(tail) if oid.startswith(_PREFIX) and tail.isdigit() else None


def snils_of(number: int) -> str:
    """Eleven digits with a right control number."""
    digits = f"{_BASE + number:09d}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    return f"{digits}{total % 101 % 100:02d}"


def number_of_snils(snils: str) -> int | None:
    """The inverse of `snils_of`; None when no bulk card can have this СНИЛС."""
    if len(snils) != len("98000000000") or not snils.isdigit() or not _BASE < int(snils[:9]) <= _LAST:
        return None
    number = int(snils[:9]) - _BASE
    return number if snils_of(number) == snils else None


def card(number: int, seed: int) -> dict[str, Any]:
    """Compute the card with this number; the same number and seed give the same card."""
    chance = random.Random(f"{seed}:{number}")
    female = chance.random() < 0.75  # noqa: PLR2004 share of women among medical workers
    level = "SPO" if chance.random() < _MID_LEVEL_SHARE else "VO"
    born = date(1956, 1, 1) + timedelta(days=chance.randrange(16_000))
    surname, father = chance.choice(_SURNAMES), chance.choice(_FATHERS)
    made = part.person(
        oid_of(number),
        snils_of(number),
        surname + ("а" if female else ""),
        chance.choice(_FEMALE if female else _MALE),
        father + ("на" if female else "ич"),
        born=born,
        female=female,
    )
    specialty = chance.choice(books.specialty_names(level))
    passed = date(2021, 1, 11) + timedelta(days=chance.randrange(2000))
    end = date.fromordinal(passed.replace(year=passed.year + 5, day=min(passed.day, 28)).toordinal() - 1)
    base = f"{number:08d}"
    made["educationProf"] = [
        part.diploma(
            f"{base}01",
            specialty,
            institution="Северный медицинский университет",
            number=base,
            issued=date(born.year + 22, 6, 28),
            level=level,
        )
    ]
    if passed.year < 2022:  # noqa: PLR2004 certificates ended with 2021
        made["educationCert"] = [
            part.certificate(
                f"{base}11", specialty, number=base, exam=passed, issued=passed, end=end, level=level
            )
        ]
    else:
        made["personAccreditation"] = [
            part.accreditation(
                f"{base}21",
                specialty,
                number=f"9{base}",
                passed=passed,
                protocol=passed,
                end=end,
                level=level,
            )
        ]
    post = "Врач-терапевт" if level == "VO" else "Медицинская сестра"
    begin = date(born.year + 23, 9, 1)
    made["personCards"] = [part.job(f"{base}041", chance.choice(sorted(ORGANIZATIONS)), post, begin=begin)]
    return made
