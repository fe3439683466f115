"""Three sources of the same fields, and which of them is right about each (FRM-08)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.entry.view import RESULTS
from nmo_gateway.pages.profile.view import COUNTRIES, GENDER

Json = dict[str, Any]
NOT_GIVEN = "не указано"
ANSWERED = {
    "last_name": "Фамилия",
    "first_name": "Имя",
    "patronymic": "Отчество",
    "birth_on": "Дата рождения",
    "gender": "Пол",
    "citizenship": "Гражданство",
    "series": "Серия",
    "number": "Номер",
    "exam_on": "Дата сдачи экзамена",
    "issued_on": "Дата выдачи",
}
"""Fields that a person answers about, in their data and in their documents."""
DAYS = {"birth_on", "exam_on", "issued_on"}
CHOICES = {
    "accept": "Вы согласились с регистром",
    "dispute": "Вы оспорили данные регистра",
    "ask_employer": "Вы попросили работодателя исправить",
}
PERSON = "person"
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
    field: str = ""
    """Name of the field where a difference can be answered about."""
    answer: str | None = None
    """What the person has said about the difference."""

    @property
    def differs(self) -> bool:
        """The register says something else, and the person may answer about it."""
        return bool(self.field) and self.status.colour in {"red", "orange"}


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
        name,
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
    return Row(label, own, register, own, status, None, ESIA, name if name in ANSWERED else "")


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
        ("nominations", "Награды"),
    )
    return [(words, str(len(card.get(name) or []))) for name, words in counted]


def shown(field: str, value: str | None) -> str:
    """A value as people read it."""
    if not value:
        return NOT_GIVEN
    if field in DAYS:
        return texts.day(value)
    return GENDER.get(value.lower(), value) if field == "gender" else value


def latest(found: Json | None) -> dict[tuple[str, str], Json]:
    """The last answer about each field that the register has not overtaken, by subject and field."""
    kept: dict[tuple[str, str], Json] = {}
    for answer in (found or {}).get("answers") or []:
        kept.setdefault((answer["subject"], answer["field"]), answer)
    return {place: answer for place, answer in kept.items() if answer["current"]}


def with_answers(lines: list[Row], said: dict[tuple[str, str], Json]) -> list[Row]:
    """Rows of the person with what was answered about them."""
    return [
        replace(line, answer=CHOICES[said[PERSON, line.field]["choice"]])
        if (PERSON, line.field) in said
        else line
        for line in lines
    ]


@dataclass(frozen=True, slots=True)
class TypedField:
    """A field of a document as its owner typed it and as the register has it."""

    subject: str
    field: str
    title: str
    label: str
    own: str
    register: str
    answer: str | None


def typed(found: Json | None, said: dict[tuple[str, str], Json]) -> list[TypedField]:
    """What the register shows otherwise than it was typed."""
    return [
        TypedField(
            subject=document["document_id"],
            field=item["field"],
            title=f"{document['specialty_name']}, проверка № {document['number']}",
            label=ANSWERED[item["field"]],
            own=shown(item["field"], item["own"]),
            register=shown(item["field"], item["register_value"]),
            answer=CHOICES[said[document["document_id"], item["field"]]["choice"]]
            if (document["document_id"], item["field"]) in said
            else None,
        )
        for document in (found or {}).get("documents") or []
        for item in document["fields"]
        if not item["same"]
    ]


def letter_lines(said: dict[tuple[str, str], Json], found: Json | None) -> list[tuple[str, str, str]]:
    """What the employer is asked to correct: the field, as in the register, as it should be."""
    titles = {
        document["document_id"]: document["specialty_name"]
        for document in (found or {}).get("documents") or []
    }
    return [
        (
            ANSWERED[field] + (f", «{titles[subject]}»" if subject in titles else ""),
            shown(field, answer["register_value"])
            if answer["register_value"] is not None
            else "другое значение",
            shown(field, answer["own"]),
        )
        for (subject, field), answer in said.items()
        if answer["choice"] == "ask_employer"
    ]


def employer(card: Json | None) -> Json | None:
    """The present main job; it is the employer who enters data into the register."""
    present = [job for job in (card or {}).get("employments") or [] if not job["ended_on"]]
    return next((job for job in present if job["kind"] == "main"), present[0] if present else None)
