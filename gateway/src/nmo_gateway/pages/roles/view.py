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
OF_ORGANISATIONS = frozenset(str(choice["value"]) for choice in CHOICES) - OF_THE_PORTAL
MEDICAL = frozenset({"head", "hr"})
"""Roles of a medical organisation: the register knows these, not the catalogue."""
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


def option(item: Json) -> Json:
    """An organisation to choose; what lies under its name tells it from others of the same short name."""
    name, short = item["name"], item.get("short_name") or item["name"]
    more = (
        (item.get("address"),) if "address" in item else (name if name != short else "", item["region_name"])
    )
    return {"value": item["organization_id"], "text": short, "hint": ", ".join(part for part in more if part)}


def own_work(organization_id: str, job: Json) -> Json:
    """The organisation of a present job to choose."""
    where = ", ".join(part for part in (job["employer_name"], job["region_name"]) if part)
    return {
        "value": organization_id,
        "text": job["employer_short_name"],
        "hint": f"Вы здесь работаете. {where}",
    }
