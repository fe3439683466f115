"""Five-year cycles as data: the two sections, ready offers, the computed dates of a new cycle (CYC-01..05)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.forms import Form, required_day

Json = dict[str, Any]
NEW_RULES_FROM = date(2016, 1, 1)
CYCLE_YEARS = 5
MAX_SERIES = 20
MAX_NUMBER = 40


@dataclass(frozen=True, slots=True)
class CycleLine:
    """A cycle in the list."""

    cycle_id: str
    name: str
    dates: str
    document: str
    zet: str
    status: texts.Status
    closed: bool
    gone: bool
    """The register does not show its document any more."""


@dataclass(frozen=True, slots=True)
class CycleSection:
    """«Для допуска к аккредитации» or «Для допуска к сертификации»."""

    code: str
    title: str
    lines: list[CycleLine]


def status_of(cycle: Json) -> texts.Status:
    """The word for a cycle: a finished one is «Завершён» whatever it was before."""
    return texts.CYCLE["closed"] if cycle.get("closed") else texts.CYCLE[cycle["status"]]


def gone_since(cycle: Json) -> str | None:
    """The day since which the register does not show the document of an open cycle; None while it does."""
    removed_at = cycle["document"].get("removed_at")
    return texts.day_long(texts.as_moment(removed_at)) if removed_at and not cycle.get("closed") else None


def document_words(document: Json) -> str:
    """«Свидетельство об аккредитации 7726 031524876, экзамен 25.05.2021»."""
    words = [texts.DOCUMENT.get(document["kind"], document["kind"])]
    words += [str(document[part]) for part in ("series", "number") if document.get(part)]
    tail = f", экзамен {texts.day(document['exam_on'])}" if document.get("exam_on") else ""
    return " ".join(words) + tail


def sections(cycles: list[Json]) -> list[CycleSection]:
    """Both sections, always in this order; lines as the service gave them."""
    return [
        CycleSection(
            code,
            title,
            [
                CycleLine(
                    cycle_id=cycle["cycle_id"],
                    name=cycle["specialty_name"],
                    dates=texts.span(cycle["starts_on"], cycle["ends_on"]),
                    document=document_words(cycle["document"]),
                    zet=cycle["total_zet"],
                    status=status_of(cycle),
                    closed=bool(cycle.get("closed")),
                    gone=gone_since(cycle) is not None,
                )
                for cycle in cycles
                if cycle["section"] == code
            ],
        )
        for code, title in texts.SECTION.items()
    ]


@dataclass(frozen=True, slots=True)
class Offer:
    """A cycle that opens at one press: the register already has its document."""

    document_id: str
    name: str
    dates: str
    document: str
    section: str
    ended: bool


def offers(items: list[Json]) -> list[Offer]:
    """Offers not taken yet; those whose five years are over stand last."""
    found = [
        Offer(
            document_id=item["document_id"],
            name=item["specialty_name"],
            dates=texts.span(item["starts_on"], item["ends_on"]),
            document=document_words(item),
            section=texts.SECTION.get(item["section"], ""),
            ended=bool(item.get("ended")),
        )
        for item in items
        if not item.get("cycle_id")
    ]
    return sorted(found, key=lambda offer: offer.ended)


@dataclass(frozen=True, slots=True)
class NewCycle:
    """A typed document that passed the page's own checks, with the dates computed from it."""

    specialty_key: str
    document: Json
    starts_on: date
    ends_on: date
    section: str


def last_day(starts_on: date) -> date:
    """Five years less a day; a cycle from 29 February ends on 28 February."""
    year = starts_on.year + CYCLE_YEARS
    try:
        anniversary = starts_on.replace(year=year)
    except ValueError:
        anniversary = date(year, 3, 1)
    return anniversary - timedelta(days=1)


def read_new(form: Form, *, specialties: dict[str, str], today: date) -> NewCycle | None:
    """Check the typed document; None when the form now holds messages."""
    if not form.get("specialty_key"):
        form.add("specialty_key", "Выберите специальность")
    elif form.get("specialty_key") not in specialties:
        form.add("specialty_key", "Выберите специальность из списка")
    kind = form.get("kind")
    if kind not in texts.DOCUMENT:
        form.add("kind", "Выберите, какой у вас документ")
    if kind in {"certificate", "accreditation"} and not form.get("number"):
        form.add("number", "Введите номер документа")
    for name, most in (("series", MAX_SERIES), ("number", MAX_NUMBER)):
        if len(form.get(name)) > most:
            form.add(name, f"Сократите до {most} знаков")
    exam_on = required_day(form, "exam_on", what="дату сдачи экзамена", latest=today)
    issued_on = None
    if form.get("issued_on"):
        issued_on = required_day(form, "issued_on", what="дату выдачи документа", latest=today)
    if form.errors or exam_on is None:
        return None
    document = {
        "kind": kind,
        "series": form.get("series") or None,
        "number": form.get("number") or None,
        "issued_on": issued_on.isoformat() if issued_on else None,
        "exam_on": exam_on.isoformat(),
    }
    section = "accreditation" if exam_on >= NEW_RULES_FROM else "certification"
    return NewCycle(form.get("specialty_key"), document, exam_on, last_day(exam_on), texts.SECTION[section])


FIELDS_OF_SERVICE = {
    "specialty_key": "specialty_key",
    "document": "number",
    "kind": "kind",
    "series": "series",
    "number": "number",
    "exam_on": "exam_on",
    "issued_on": "issued_on",
}
"""The service's field names -> ids on the page."""
