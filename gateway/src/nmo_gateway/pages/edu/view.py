"""Work place of an educational organisation as data (APP-05)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.applications.view import UNKNOWN
from nmo_gateway.pages.forms import Form, required_day

Json = dict[str, Any]
FILTERS: Mapping[str, str] = {
    "": "Все",
    "submitted": "На рассмотрении",
    "documents_requested": "Нужны документы",
    "confirmed": "Одобрены",
    "enrolled": "Зачислены",
    "completed": "Завершены",
    "rejected": "Отклонены",
}
SEAT_WORDS: Mapping[str, str] = {
    "pending": "бронируется",
    "held": "забронировано",
    "refused": "мест нет",
    "released": "освобождено",
    "none": texts.MDASH,
}


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One application in the queue."""

    number: str
    href: str
    applicant: str
    title: str
    dates: str
    seat: str
    status: texts.Status
    updated: str


def queue_lines(items: list[Json]) -> list[QueueLine]:
    """The queue as it comes: the newest first."""
    return [
        QueueLine(
            number=item["number"],
            href=f"/edu/applications/{item['number']}",
            applicant=_applicant_name(item).replace(" ", texts.NBSP),
            title=item["element"]["title"],
            dates=texts.span(item["element"].get("starts_on"), item["element"].get("ends_on")),
            seat=SEAT_WORDS.get(item.get("seat") or "none", texts.MDASH),
            status=texts.APPLICATION_FOR_ORGANISATION.get(item["status"], UNKNOWN),
            updated=texts.moment(item.get("submitted_at") or item["updated_at"]),
        )
        for item in items
    ]


HIDDEN = "согласие отозвано"


def _applicant_name(item: Json) -> str:
    if item.get("applicant_hidden"):
        return HIDDEN
    return str((item.get("applicant") or {}).get("short_name") or "имя недоступно")


def applicant_rows(application: Json) -> list[tuple[str, str]]:
    """Who applies: the data frozen when the application was sent."""
    applicant = application.get("applicant") or {}
    return [
        ("Фамилия, имя, отчество", applicant.get("full_name") or applicant.get("short_name") or ""),
        ("СНИЛС", applicant.get("snils") or ""),
    ]


@dataclass(frozen=True, slots=True)
class Actions:
    """What the employee may do now: one main button, the rest as links."""

    main: str | None
    reject: bool
    request_documents: bool
    waiting: str | None


def actions(application: Json) -> Actions:
    """Choose the main button by what the service allows; say why there is none while the seat is being held."""
    allowed = set(application.get("allowed") or [])
    main = next((name for name in ("confirm", "enrol", "complete") if name in allowed), None)
    waiting = None
    if application["status"] in {"submitted", "documents_requested"} and application.get("seat") != "held":
        waiting = "Место ещё бронируется. Одобрить заявку можно будет через несколько секунд."
    return Actions(main, "reject" in allowed, "request_documents" in allowed, waiting)


def read_result(form: Form, *, today: date) -> Json | None:
    """Check the form of the result; None when it now holds messages.

    Whether the day fits the application is the service's to say: a run may begin earlier than it was announced.
    """
    if form.get("passed") not in {"yes", "no"}:
        form.add("passed", "Выберите, завершил ли специалист обучение")
    passed = form.get("passed") == "yes"
    completed_on = None
    if passed or form.get("completed_on"):
        completed_on = required_day(form, "completed_on", what="дату окончания обучения", latest=today)
    if passed and not form.get("certificate_number"):
        form.add("certificate_number", "Введите номер удостоверения")
    if form.errors:
        return None
    return {
        "passed": passed,
        "completed_on": completed_on.isoformat() if completed_on else None,
        "certificate_number": form.get("certificate_number") or None,
    }
