"""Documents as data of the pages: lists, one document, the form by kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
PAGE = "/cabinet/documents"
KINDS: Mapping[str, str] = {
    **texts.DOCUMENT,
    "diploma": "Диплом",
    "additional_education": "Документ о дополнительном образовании",
}
HINTS: Mapping[str, str] = {
    "accreditation_protocol": "Если аккредитация пройдена, а в регистре её ещё нет. Вместо номера можно ввести нули",
    "accreditation": "Если свидетельство уже есть на руках",
    "certificate": "Выдавали до 2021 года",
    "diploma": "О высшем или среднем профессиональном образовании",
    "additional_education": "Удостоверение о повышении квалификации, диплом о переподготовке",
}
ORDER = ("accreditation_protocol", "accreditation", "certificate", "diploma", "additional_education")
ADMISSION = frozenset(texts.DOCUMENT)
INSTITUTION: Mapping[str, str] = {
    "certificate": "Организация, где сдан экзамен",
    "accreditation": "Организация, где пройдена аккредитация",
    "accreditation_protocol": "Организация, при которой работала комиссия",
    "diploma": "Организация, которая выдала диплом",
    "additional_education": "Организация, которая выдала документ",
}
ISSUED: Mapping[str, str] = {
    "certificate": "Дата выдачи сертификата",
    "accreditation": "Дата выдачи свидетельства",
    "accreditation_protocol": "Дата протокола",
    "diploma": "Дата получения диплома",
    "additional_education": "Дата выдачи документа",
}
STATES: Mapping[str, texts.Status] = {
    "sent": texts.Status("Не подтверждено, ждёт проверки", "blue"),
    "checking": texts.Status("Не подтверждено, на проверке", "blue"),
    "asked": texts.Status("Нужны документы", "orange"),
    "verified": texts.Status("Подтверждено", "green"),
    "refused": texts.Status("Не подтверждено", "red"),
    "replaced": texts.Status("Есть в регистре", "green"),
    "withdrawn": texts.Status("Отозвано", "grey"),
}
STEPS: Mapping[str, str] = {
    "send": "Отправлен на проверку",
    "resend": "Отправлен ещё раз",
    "verify": "Подтверждён",
    "refuse": "Не подтверждён",
    "ask": "Запрошены документы",
    "withdraw": "Отозван",
    "replace": "Заменён записью регистра",
    "late": "Срок проверки прошёл, передан старшему сотруднику",
}
FIELDS = (
    "specialty_key", "specialty_name", "theme", "hours", "series", "number", "institution", "exam_on", "issued_on",
)  # fmt: skip
"""Fields of the form in the order of the page."""


def required(kind: str) -> list[tuple[str, str]]:
    """Fields that may not stay empty, each with its message: all is told at once, not one half after the other."""
    found = []
    if kind in ADMISSION:
        found.append(("specialty_key", "Выберите специальность из списка"))
    elif kind == "diploma":
        found.append(("specialty_name", "Введите специальность по диплому"))
    else:
        found.append(("theme", "Введите название программы"))
    if kind != "accreditation_protocol":
        found.append(("number", "Введите номер документа"))
    where = INSTITUTION[kind]
    return [*found, ("institution", "Введите организацию" + where.removeprefix("Организация"))]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list of what was added by hand."""

    href: str
    kind: str
    specialty: str
    number: str
    status: texts.Status
    note: str


def line(item: Json) -> Line:
    """A document as a row."""
    return Line(
        href=f"{PAGE}/{item['document_id']}",
        kind=KINDS[item["kind"]],
        specialty=item["specialty_name"],
        number=item["number"],
        status=STATES[item["state"]],
        note=term(item),
    )


def term(item: Json) -> str:
    """By when the portal answers, or that it is late; empty when it is not the portal's turn."""
    if not item["due_at"]:
        return ""
    if item["late"]:
        return "Срок проверки прошёл. Документ передан старшему сотруднику"
    return f"Проверим до {texts.moment(item['due_at'])} мск"


def deadline(item: Json) -> str:
    """The same for whoever verifies it."""
    if not item["due_at"]:
        return ""
    until = f"Проверьте до {texts.moment(item['due_at'])} мск"
    return f"{until}. Срок прошёл" if item["late"] else until


def rows(item: Json) -> list[tuple[str, str]]:
    """What was typed, as name and value."""
    series = " ".join(part for part in (item["series"], item["document_number"]) if part)
    return [
        ("Специальность", item["specialty_name"]),
        ("Программа", item["theme"]),
        ("Часов", str(item["hours"] or "")),
        ("Серия и номер", series),
        (INSTITUTION[item["kind"]], item["institution"]),
        ("Дата сдачи экзамена", texts.day(item["exam_on"]) if item["exam_on"] else ""),
        (ISSUED[item["kind"]], texts.day(item["issued_on"])),
    ]


def scans(item: Json, base: str) -> list[tuple[str, str]]:
    """Scans as words and address."""
    words = {"application/pdf": "PDF", "image/jpeg": "JPG", "image/png": "PNG"}
    return [
        (
            f"Файл {number}, {words[scan['media_type']]}, {max(1, round(scan['size_bytes'] / 1024))} КБ",
            f"{base}/{item['document_id']}/scans/{scan['scan_id']}",
        )
        for number, scan in enumerate(item["scans"], 1)
    ]


def history(item: Json) -> list[Json]:
    """The steps, the latest first."""
    return [
        {
            "title": STEPS.get(step["action"], step["action"]),
            "at": texts.moment(step["at"]),
            "words": step["words"],
        }
        for step in reversed(item["history"])
    ]


def form_values(item: Json) -> dict[str, str]:
    """Values of the form that corrects a document."""
    found = {name: item[name] for name in FIELDS} | {"number": item["document_number"]}
    days = {"exam_on", "issued_on"}
    return {
        name: texts.day(value) if name in days and value else str(value if value is not None else "")
        for name, value in found.items()
    }


def register_rows(card: Json | None) -> list[tuple[str, str, str, str]]:
    """What the register shows: kind, specialty, numbers, date."""
    if not card:
        return []
    admitted = [
        (
            KINDS[item["document_kind"]],
            item["specialty_name"],
            texts.document_numbers(item),
            texts.day(item["exam_on"]),
        )
        for item in (*card["accreditations"], *card["certificates"])
    ]
    taught = [
        (
            "Документ об образовании",
            item["specialty_name"],
            texts.document_numbers(item),
            texts.day(item["issued_on"]) if item["issued_on"] else texts.MDASH,
        )
        for item in card["educations"]
    ]
    return [*admitted, *taught]
