"""The desk of support as data: parts of the queue, one request, what may be done with it."""

from collections.abc import Mapping
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.tickets import view as tickets

Json = dict[str, Any]
PAGE = "/support/queue"
PARTS: Mapping[str, str] = {
    "new": "Свободные",
    "mine": "Мои",
    "approval": "Ждут второго решения",
    "closed": "Закрытые мной",
}
HIDDEN = "скрыто до взятия"
EMPTY = {
    "new": "Свободных обращений нет.",
    "mine": "У вас нет обращений в работе.",
    "approval": "Предложений, которые ждут второго решения, нет.",
    "closed": "Вы ещё не закрывали обращений.",
}
STATUS: Mapping[str, texts.Status] = {
    **tickets.STATUS,
    "new": texts.Status("Свободно", "blue"),
    "waiting": texts.Status("Ждём заявителя", "grey"),
    "proposed": texts.Status("Ждёт второго решения", "purple"),
    "approved": texts.Status("Выполняется", "light-blue"),
}
WHO = {"person": "Заявитель", "support": "Поддержка", "system": "Портал"}
CANNED: Mapping[str, tuple[str, str]] = {
    "esia": (
        "Исправить на Госуслугах",
        "Исправьте данные в профиле на Госуслугах и дождитесь их проверки. Потом нажмите на портале «Обновить данные».",
    ),
    "register": (
        "Исправить в регистре",
        "Ошибку в регистре исправляет отдел кадров. Портал увидит исправление сам за 15 минут и пришлёт письмо.",
    ),
    "documents": (
        "Попросить документы",
        "Напишите вид, серию и номер, дату документа и кто его выдал. После этого ответим в течение 48 часов.",
    ),
}
"""Answers that are written most often."""


def lines(items: list[Json]) -> list[Json]:
    """The queue as lines of a table."""
    return [
        {
            "href": f"{PAGE}/{item['request_id']}",
            "id": item["request_id"],
            "number": item["number"],
            "kind": tickets.kind_title(item["kind"]),
            "who": item["person_name"] or ("без входа" if item["guest"] else HIDDEN),
            "topic": item["topic"],
            "status": STATUS.get(item["status"], STATUS["new"]),
            "level": item["level"],
            "due": texts.moment(item["due_at"]),
            "overdue": item["overdue"],
            "free": item["status"] == "new",
        }
        for item in items
    ]


def person_rows(work: Json) -> list[tuple[str, str]]:
    """Who turned to support."""
    person = work["person"]
    if person is None:
        return [("Связь", work["contact"])] if work["contact"] else []
    return [
        ("Фамилия, имя, отчество", person["full_name"]),
        ("Дата рождения", texts.day(person["birth_on"])),
        ("СНИЛС", tickets.value_text("snils", person["snils"]) if person["snils"] else "не указан"),
        ("Электронная почта", person["email"] or ""),
        ("Телефон", texts.phone(person["phone"])),
    ]


def status_of(work: Json) -> texts.Status:
    """Where it stands, in the employee's words."""
    if work["status"] == "closed":
        return tickets.RESULT.get(str(work.get("result")), tickets.STATUS["closed"])
    return STATUS.get(work["status"], STATUS["new"])


def proposal_values(work: Json) -> dict[str, str]:
    """What the form of a proposal starts with: the values the person asked for."""
    values = {
        name: tickets.value_text(name, value) for name, value in work["asked"].items() if value is not None
    }
    if "patronymic" in work["asked"] and work["asked"]["patronymic"] is None:
        values["no_patronymic"] = "1"
    return values
