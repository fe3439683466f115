"""Contacts as data."""

from dataclasses import dataclass
from typing import Any, Literal

from nmo_gateway import texts

Json = dict[str, Any]
Kind = Literal["email", "phone", "postal"]
NAMES: dict[str, str] = {
    "email": "Электронная почта",
    "phone": "Мобильный телефон",
    "postal": "Почтовый адрес",
}
BOUNCED = texts.Status("Письма не доходят", "red")
END = {"email": "ена", "phone": "ён"}
"""How «подтверждён» ends for the kind of contact."""
DONE = {
    "email": "Адрес почты изменён. На прежний адрес отправили письмо: 7 дней изменение можно отменить",
    "phone": "Номер телефона подтверждён",
    "postal": "Почтовый адрес изменён",
    "cancelled-email": "Адрес почты остался прежним",
    "cancelled-phone": "Номер телефона остался прежним",
    "cancelled-postal": "Почтовый адрес остался прежним",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the page of one kind of contact says."""

    title: str
    label: str
    hint: str
    button: str
    what_next: str


CHANGE: dict[str, Words] = {
    "email": Words(
        "Адрес электронной почты",
        "Новый адрес",
        "Например, name@mail.ru",
        "Получить код",
        "Пришлём код на новый адрес. Прежний останется, пока вы не введёте код.",
    ),
    "phone": Words(
        "Номер телефона",
        "Номер мобильного телефона",
        "Например, +7 912 345-67-89",
        "Получить код",
        "Пришлём код в SMS на этот номер.",
    ),
    "postal": Words(
        "Почтовый адрес",
        "Адрес",
        "Индекс, город, улица, дом, квартира",
        "Получить код",
        "Пришлём код на подтверждённую почту или телефон.",
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One contact: what it is now, what waits, where to change it."""

    kind: str
    name: str
    value: str
    status: texts.Status | None
    waiting: str | None
    href: str
    verb: str


def shown(kind: str, value: str | None) -> str:
    """A contact as people read it."""
    if not value:
        return "не указан"
    return texts.phone(value) if kind == "phone" else value


def code_goes_to(contacts: Json) -> str:
    """Where the code for a postal address went."""
    for kind in ("email", "phone"):
        if contacts[kind]["value"] and contacts[kind]["confirmed"]:
            return shown(kind, contacts[kind]["value"])
    return ""


def lines(contacts: Json) -> list[Line]:
    """Contacts in the order of the page."""
    waiting = {item["kind"]: item for item in contacts["pending"]}
    found = []
    for kind, name in NAMES.items():
        contact = contacts[kind]
        status, verb = None, "Изменить" if contact["value"] else "Указать"
        if contact["value"] and kind != "postal":
            confirmed = contact["confirmed"]
            status = (
                texts.Status(f"Подтвержд{END[kind]}", "green")
                if confirmed
                else texts.Status(f"Не подтвержд{END[kind]}", "orange")
            )
            verb = verb if confirmed else "Подтвердить"
            if contact.get("bounced"):
                status, verb = BOUNCED, "Изменить"
        change = waiting.get(kind)
        found.append(
            Line(
                kind=kind,
                name=name,
                value=shown(kind, contact["value"]),
                status=status,
                waiting=shown(kind, change["value"]) if change else None,
                href=f"/cabinet/profile/contacts/{kind}" + (f"/{change['change_id']}" if change else ""),
                verb="Ввести код" if change else verb,
            )
        )
    return found


def undone(answer: Json) -> str:
    """Sentence of a change taken back."""
    return f"{NAMES[answer['kind']]}: {answer['value_masked']}"
