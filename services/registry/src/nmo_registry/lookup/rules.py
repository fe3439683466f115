"""Is it the same person: levels EXACT, EQUIVALENT, WEAK and CONFLICT per field and for the whole (MAT-01, MAT-03).

Pure and symmetric. The СНИЛС is equal before anything here is asked. The cautious side is CONFLICT: it goes to a
human, while a WEAK one lets the person in after a confirmation; so a doubt is never WEAK.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from nmo_registry.lookup.slips import is_slip
from nmo_registry.lookup.spelling import fold, has_mixed_alphabet, normalise, squeeze

NameField = Literal["last_name", "first_name", "patronymic"]
Field = Literal["last_name", "first_name", "patronymic", "birth_on"]
FieldLevel = Literal["equal", "equivalent", "weak", "conflict"]
Outcome = Literal["exact", "equivalent", "weak", "conflict"]
Purpose = Literal["sign_in", "recheck", "typed_data"]
"""What a comparison is for: the person came, nobody asked, or the number was typed and proves nothing."""

_SEVERITY: dict[FieldLevel, int] = {"equal": 0, "equivalent": 1, "weak": 2, "conflict": 3}
_OUTCOMES: tuple[Outcome, ...] = ("exact", "equivalent", "weak", "conflict")

# What forms hold in place of a patronymic that a person does not have; compared after `fold`.
_NO_PATRONYMIC = frozenset(
    {"НЕТ", "ОТСУТСТВУЕТ", "ОТСУТСТВУЮТ", "Б/О", "Б.О.", "Н/Д", "NULL", "NONE", "ПРОЧЕРК", "НЕТ ОТЧЕСТВА"}
    | {"БЕЗ ОТЧЕСТВА", "НЕ ИМЕЕТ", "НЕ ИМЕЕТСЯ", "НЕ УКАЗАНО", "ОТЧЕСТВО ОТСУТСТВУЕТ", "НЕТ-ОТЧЕСТВА"}
)
# Particles by what they say. Two of different classes («сын» and «дочь») belong to different people.
_PARTICLES = {
    **dict.fromkeys(("ОГЛЫ", "ОГЛУ", "ОГЛИ", "УГЛЫ", "УГЛИ", "УУЛУ", "УЛЫ"), "son"),
    **dict.fromkeys(("КЫЗЫ", "ГЫЗЫ", "КИЗИ", "ҚЫЗЫ", "ҚИЗИ"), "daughter"),
    **dict.fromkeys(("ЗАДЕ", "ЗАДА"), "descendant"),
    **dict.fromkeys(("ЭЛЬ", "АЛЬ", "ЭЛ", "АЛ"), "article"),
    **dict.fromkeys(("ИБН", "БИН", "БЕН"), "ibn"),
    "БИНТ": "bint",
    **dict.fromkeys(("ФОН", "ВАН", "ДЕР", "ДЕ", "ДИ", "ДЕЛЬ"), "noble"),
}
_GUESSES = frozenset({"slip", "absent", "former_name"})
_GLUED = re.compile(r"^(.{3,})(ОГЛЫ|ОГЛУ|ОГЛИ|УГЛЫ|УУЛУ|КЫЗЫ|ГЫЗЫ|КИЗИ)$")


@dataclass(frozen=True, slots=True)
class PersonName:
    """Name and birth date of a person as one source holds them."""

    last_name: str
    first_name: str
    patronymic: str | None
    birth_on: date


@dataclass(frozen=True, slots=True)
class FieldResult:
    """How one field compares.

    Attributes:
        reason: stable code of why it is not equal: `case_or_letters`, `alphabet`, `joint`, `particle`, `slip`,
            `absent`, `former_name`, `different`; empty for equal.
    """

    field: Field
    result: FieldLevel
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Outcome for the whole and for each field."""

    outcome: Outcome
    fields: tuple[FieldResult, ...]


def match_person(claimed: PersonName, record: PersonName, *, former_last_names: Sequence[str] = ()) -> Match:
    """Compare proven data of a person with a register's record of the same СНИЛС.

    A former surname that the record itself holds is as good as the present one (MAT-03): the register documents that both
    are this person's. At most one weakness may rest on a guess: two slips, or a slip beside an absent patronymic or a
    former surname, are a conflict in the slipped fields. Another birth date is always a conflict.
    """
    results = [
        _surname(claimed.last_name, record.last_name, former_last_names),
        compare_name("first_name", claimed.first_name, record.first_name),
        compare_name("patronymic", claimed.patronymic, record.patronymic),
    ]
    results = _one_guess_at_most(results)
    same_day = claimed.birth_on == record.birth_on
    results.append(
        FieldResult("birth_on", "equal" if same_day else "conflict", "" if same_day else "different")
    )
    worst = max(_SEVERITY[item.result] for item in results)
    return Match(_OUTCOMES[worst], tuple(results))


def compare_name(field: NameField, left: str | None, right: str | None) -> FieldResult:
    """Compare one name in two spellings; the order of the two does not matter."""
    left, right = normalise(left or ""), normalise(right or "")
    if left == right:
        return FieldResult(field, "equal")
    if field == "patronymic" and is_absent(left) and is_absent(right):
        return FieldResult(field, "equivalent", "absent")
    if field == "patronymic" and (is_absent(left) or is_absent(right)):
        return FieldResult(field, "weak", "absent")
    one, two = fold(left), fold(right)
    if not one or not two:
        return FieldResult(field, "conflict", "absent")
    if one == two:
        mixed = has_mixed_alphabet(left) or has_mixed_alphabet(right)
        return FieldResult(field, "equivalent", "alphabet" if mixed else "case_or_letters")
    return _loosely(field, one, two)


def is_absent(patronymic: str | None) -> bool:
    """Tell whether the text says that there is no patronymic: empty, dashes, «нет», «б/о» and the like."""
    text = fold(patronymic or "")
    return not re.search(r"\w", text) or text in _NO_PATRONYMIC


def mask_name(text: str | None) -> str | None:
    """Show a name's first letter and its length only: enough to recognise one's own, too little to learn another's."""
    if text is None or is_absent(text):
        return None
    return re.sub(r"(?<=\w)\w", "•", normalise(text))


def mask_date(day: date) -> str:
    """Show the year of a date only."""
    return f"••.••.{day.year:04d}"


def _loosely(field: NameField, one: str, two: str) -> FieldResult:
    """Compare folded spellings that are not the same: joints, particles, slips."""
    if squeeze(one) == squeeze(two):
        return FieldResult(field, "weak", "joint")
    if field != "first_name":
        (bare_one, said_one), (bare_two, said_two) = _without_particles(one), _without_particles(two)
        if squeeze(bare_one) == squeeze(bare_two) and (said_one or said_two):
            differ = said_one and said_two and said_one != said_two
            return FieldResult(field, "conflict" if differ else "weak", "different" if differ else "particle")
        if said_one != said_two:
            # A particle and a slip in one name are two doubts.
            return FieldResult(field, "conflict", "different")
    if is_slip(field, one, two):
        return FieldResult(field, "weak", "slip")
    return FieldResult(field, "conflict", "different")


def _surname(claimed: str, current: str, former: Sequence[str]) -> FieldResult:
    found = compare_name("last_name", claimed, current)
    if found.result != "conflict":
        return found
    for name in former:
        if compare_name("last_name", claimed, name).result in {"equal", "equivalent"}:
            return FieldResult("last_name", "equivalent", "former_name")
    return found


def _one_guess_at_most(results: list[FieldResult]) -> list[FieldResult]:
    guesses = [item for item in results if item.reason in _GUESSES and item.result != "conflict"]
    if len(guesses) <= 1:
        return results
    return [
        FieldResult(item.field, "conflict", "different")
        if item in guesses and item.reason == "slip"
        else item
        for item in results
    ]


def _without_particles(folded: str) -> tuple[str, frozenset[str]]:
    words: list[str] = []
    said: set[str] = set()
    for word in re.split(r"[ -]", folded):
        glued = _GLUED.match(word)
        parts = [glued[1], glued[2]] if glued else [word]
        for part in parts:
            if part in _PARTICLES:
                said.add(_PARTICLES[part])
            else:
                words.append(part)
    # A name that is nothing but particles («Да», «Ван») is the name itself.
    return (" ".join(words), frozenset(said)) if words else (folded, frozenset())
