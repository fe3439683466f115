"""Words of roles and of requests for them."""

from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
STATES = {
    "pending": texts.Status("Ждёт ответа", "blue"),
    "granted": texts.Status("Назначена", "green"),
    "refused": texts.Status("Отклонена", "red"),
    "withdrawn": texts.Status("Отозвана", "grey"),
}
CHOICES = [
    {"value": "org_staff", "text": "Сотрудник организации", "hint": "Принимает заявки и вносит результаты"},
    {"value": "org_admin", "text": "Администратор организации", "hint": "То же и назначает роли сотрудникам"},
    {"value": "head", "text": "Руководитель медицинской организации", "hint": "Видит обучение сотрудников"},
    {
        "value": "hr",
        "text": "Сотрудник кадровой службы",
        "hint": "Видит обучение сотрудников, направляет на учёбу",
    },
    {"value": "support", "text": "Сотрудник поддержки портала", "hint": "Организация не нужна"},
    {"value": "admin", "text": "Администратор портала", "hint": "Организация не нужна"},
]
OF_THE_PORTAL = frozenset({"support", "admin"})
DONE = {
    "asked": "Запрос отправлен. Ответ придёт письмом и появится здесь.",
    "withdrawn": "Запрос отозван.",
}


def lines(items: list[Json], names: dict[str, str]) -> list[Json]:
    """Roles or requests with the organisation's name and times in words."""
    return [
        {
            **item,
            "where": names.get(item["organization_id"] or "", "весь портал"),
            "state_tag": STATES.get(item.get("state", "")),
            "since": texts.moment(item["granted_at"] if "granted_at" in item else item["created_at"]),
        }
        for item in items
    ]
