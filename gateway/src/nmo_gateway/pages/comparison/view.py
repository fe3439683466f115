"""Three sources of the same fields, and which of them is right about each (FRM-08)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.entry.view import RESULTS
from nmo_gateway.pages.profile.view import COUNTRIES, GENDER

Json = dict[str, Any]
NOT_GIVEN = "не указано"
ESIA = "Госуслуги"
NOT_LINKED, TYPED = "не подтверждено", "Портал, введено вами"
NOT_IN_REGISTER = "не сравнивается"
NOT_COMPARED = texts.Status("Не сверяется", "grey")
SAME = RESULTS["equal"]
DIFFERENT = texts.Status("Различается", "orange")


@dataclass(frozen=True, slots=True)
class Row:
    """One field in three sources."""

    label: str
    esia: str
    register: str
    portal: str
    status: texts.Status
    explanation: str | None
    truth: str


def rows(me: Json, card: Json | None) -> list[Row]:
    """Fields of the person: compared ones first, then what only one source knows.

    The register's side is in clear when its record is proven to be this person's (`card`), otherwise as masked by the
    service.
    """
    match = me.get("match") or {}
    compared = {field["field"]: field for field in match.get("fields") or []}
    found = [_compared(name, label, me, compared.get(name), card) for name, label in _COMPARED]
    found.append(_number(me, card, has_record=bool(compared)))
    found += [_other(label, me, card, name, shown) for name, label, shown in _OTHERS]
    # Without a confirmed account there is nothing of Госуслуги: what the portal holds was typed.
    return found if me.get("confirmed") else [replace(row, esia=NOT_LINKED, truth=TYPED) for row in found]


_COMPARED = (
    ("last_name", "Фамилия"),
    ("first_name", "Имя"),
    ("patronymic", "Отчество"),
    ("birth_on", "Дата рождения"),
)


def _gender(value: Any) -> str:
    return GENDER.get(str(value or "").lower(), NOT_GIVEN)


def _country(value: Any) -> str:
    return COUNTRIES.get(str(value), str(value or NOT_GIVEN))


def _plain(value: Any) -> str:
    return str(value or NOT_GIVEN)


_OTHERS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("gender", "Пол", _gender),
    ("citizenship", "Гражданство", _country),
    ("email", "Электронная почта", _plain),
)


def _value(source: Json | None, name: str) -> str:
    value = (source or {}).get(name)
    if not value:
        return NOT_GIVEN
    return texts.day(value) if name == "birth_on" else str(value)


def _compared(name: str, label: str, me: Json, field: Json | None, card: Json | None) -> Row:
    own = _value(me, name)
    register = _value(card, name) if card else (field or {}).get("register_masked") or NOT_GIVEN
    if field is None:
        register = register if card else "записи нет"
    return Row(
        label,
        own,
        register,
        own,
        RESULTS.get(field["result"], NOT_COMPARED) if field else NOT_COMPARED,
        (field or {}).get("explanation"),
        ESIA,
    )


def _number(me: Json, card: Json | None, *, has_record: bool) -> Row:
    """The number is what the record was found by, so it is equal or there is no record."""
    own = me.get("snils") or NOT_GIVEN
    there = card is not None or has_record
    return Row(
        "СНИЛС",
        own,
        "совпадает: по нему найдена запись" if there else "записи нет",
        own,
        SAME if there else NOT_COMPARED,
        None,
        ESIA,
    )


def _other(label: str, me: Json, card: Json | None, name: str, shown: Callable[[Any], str]) -> Row:
    own = shown(me.get(name))
    in_register = (card or {}).get(name)
    register = shown(in_register) if in_register else NOT_IN_REGISTER
    status = NOT_COMPARED
    if in_register:
        status = SAME if register.lower() == own.lower() else DIFFERENT
    return Row(label, own, register, own, status, None, ESIA)


def professional(card: Json | None) -> list[tuple[str, str]]:
    """What only the register knows and the portal takes from there."""
    if card is None:
        return []
    counted = (
        ("employments", "Места работы"),
        ("educations", "Документы об образовании"),
        ("certificates", "Сертификаты специалиста"),
        ("accreditations", "Аккредитации"),
        ("categories", "Квалификационные категории"),
    )
    return [(words, str(len(card.get(name) or []))) for name, words in counted]
