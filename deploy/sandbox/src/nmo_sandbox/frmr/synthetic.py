"""Bulk cards computed from their number: deterministic, nothing stored, any count.

Names, specialties and dates are spread as those of many real people are: a few are borne by very many and most by few, so
that namesakes abound; some names are double, some bear a particle or a ё, some people have no patronymic, some women bore
another surname before. Most have courses behind them and a department at work, a third a category, few an award. Ages and
years of accreditation crowd in the middle, none of them is a real person's. Their СНИЛС lie above 980-000-000, a range
that is not issued, and carry a right control number.
"""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from nmo_sandbox.frmr import books
from nmo_sandbox.frmr import card_parts as part
from nmo_sandbox.frmr.organizations import ORGANIZATIONS

_BASE = 980_000_000
_LAST = 999_999_999
_PREFIX = "2025."
_MALE, _FEMALE, _FATHERS, _SURNAMES, _SAME_FOR_ALL, _FATHERS_ABROAD = (
    tuple(line.split())
    for line in """
Александр Сергей Андрей Дмитрий Алексей Михаил Максим Иван Евгений Артём Олег Игорь Пётр Фёдор Семён Глеб Тимур Рустам
Елена Наталья Ольга Анна Татьяна Ирина Мария Светлана Юлия Екатерина Алёна Галина Вера Ксения Софья Гульнара Мадина Зоя
Александров Сергеев Владимиров Николаев Викторов Алексеев Михайлов Иванов Андреев Петров Фёдоров Семёнов Олегов Борисов
Иванов Смирнов Кузнецов Соколов Попов Лебедев Новиков Морозов Волков Соловьёв Киселёв Орлов Ковалёв Семёнов Царёв Ершов
Шевченко Коваленко Бондарь Черных Седых Гофман Дьяченко Живаго Мельник Савич Цой Ким
Рашид Эльдар Тофик Анвар Мамед
""".strip().splitlines()
)
_MID_LEVEL_SHARE = 0.6
_SKEW = 1.6
_SAME_FOR_ALL_SHARE = 0.08
_DOUBLE_SHARE = 0.03
_NO_PATRONYMIC_SHARE = 0.02
_PARTICLE_SHARE = 0.01
_MARRIED_SHARE = 0.15
_RESIDENCY_SHARE = 0.7
_COURSES = (30, 40, 20, 10)
"""Of a hundred people, how many have none, one, two, three of the courses."""
_CATEGORY_SHARE = 0.35
_CATEGORIES = (50, 30, 20)
_DEPARTMENT_SHARE = 0.9
_DEPARTMENTS = (
    "Терапевтическое отделение",
    "Приёмное отделение",
    "Хирургическое отделение № 1",
    "Отделение анестезиологии и реанимации",
    "Неврологическое отделение",
    "Дневной стационар",
    "Отделение медицинской профилактики",
)
_AWARD_SHARE = 0.05
_AWARDS = (
    "Почётная грамота Министерства здравоохранения Российской Федерации",
    "Благодарность Министра здравоохранения Российской Федерации",
    "Нагрудный знак «Отличник здравоохранения»",
    "Почётное звание «Заслуженный врач Российской Федерации»",
)


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
    born = date(1956, 1, 1) + timedelta(days=int(chance.triangular(0, 16_000, 9_000)))
    made = part.person(
        oid_of(number),
        snils_of(number),
        _surname(chance, female=female),
        _often(chance, _FEMALE if female else _MALE),
        _patronymic(chance, female=female),
        born=born,
        female=female,
    )
    if female and chance.random() < _MARRIED_SHARE:
        made["previousNames"] = [
            {
                "lastName": _surname(chance, female=True),
                "firstName": made["firstName"],
                "patronymic": made["patronymic"],
                "changeDate": part.stamp(date(born.year + 24, 6, 1)),
            }
        ]
    specialty = _often(chance, _by_frequency(level))
    passed = date(2021, 1, 11) + timedelta(days=int(chance.triangular(0, 2000, 1500)))
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
    return _with_merits(chance, made, base, specialty=specialty, level=level, begin=begin)


def _with_merits(
    chance: random.Random, made: dict[str, Any], base: str, *, specialty: str, level: str, begin: date
) -> dict[str, Any]:
    """The card with what some people have besides: residency, courses, category, award, department at work."""
    if level == "VO" and chance.random() < _RESIDENCY_SHARE:
        ended = date(begin.year + 1, 8, 31)
        made["educationPostgraduate"] = [part.residency(f"{base}51", specialty, number=base, issued=ended)]
    made["educationExt"] = [
        part.course(
            f"{base}6{number}",
            specialty,
            theme=f"Избранные вопросы специальности «{specialty}»",
            hours=chance.choice((36, 72, 144)),
            number=f"{base}{number}",
            issued=date(2016, 2, 1) + timedelta(days=chance.randrange(3600)),
            level=level,
        )
        for number in range(chance.choices((0, 1, 2, 3), _COURSES)[0])
    ]
    if chance.random() < _CATEGORY_SHARE:
        name = chance.choices(tuple(books.CATEGORY_IDS), _CATEGORIES)[0]
        since = date(2021, 10, 1) + timedelta(days=chance.randrange(1700))
        made["personQualification"] = [
            part.category(
                f"{base}71",
                name,
                specialty,
                begin=since,
                end=since.replace(year=since.year + 5, day=min(since.day, 28)),
                level=level,
            )
        ]
    if chance.random() < _AWARD_SHARE:
        day = date(max(begin.year + 5, 2000), 6, 1) + timedelta(days=chance.randrange(2000))
        name = _often(chance, _AWARDS)
        made["personNomination"] = [part.nomination(f"{base}81", name, number=base, day=day)]
    if chance.random() < _DEPARTMENT_SHARE:
        made["personCards"][0]["nrPmuDepartName"] = _often(chance, _DEPARTMENTS)
    return made


def _often(chance: random.Random, known: Sequence[str]) -> str:
    """The first ones often, the last ones seldom."""
    return known[int(len(known) * chance.random() ** _SKEW)]


def _surname(chance: random.Random, *, female: bool) -> str:
    if chance.random() < _SAME_FOR_ALL_SHARE:
        return chance.choice(_SAME_FOR_ALL)
    name = _often(chance, _SURNAMES) + ("а" if female else "")
    if chance.random() < _DOUBLE_SHARE:
        return f"{name}-{chance.choice(_SAME_FOR_ALL)}"
    return name


def _patronymic(chance: random.Random, *, female: bool) -> str | None:
    dice = chance.random()
    if dice < _NO_PATRONYMIC_SHARE:
        return None
    if dice < _NO_PATRONYMIC_SHARE + _PARTICLE_SHARE:
        return f"{chance.choice(_FATHERS_ABROAD)} {'кызы' if female else 'оглы'}"
    return _often(chance, _FATHERS) + ("на" if female else "ич")


@cache
def _by_frequency(level: str) -> tuple[str, ...]:
    """Specialties of a level, from those of many people to those of few; which are which is invented."""
    names = sorted(books.specialty_names(level))
    random.Random(level).shuffle(names)
    return tuple(names)
