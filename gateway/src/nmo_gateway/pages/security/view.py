"""Settings of security as data."""

from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
DONE = {
    "password": "Пароль изменён",
    "sms": "Проверка по SMS включена",
    "off-totp": "Проверка по приложению выключена",
    "off-sms": "Проверка по SMS выключена",
}
OFF = {"totp": "Выключить проверку по приложению?", "sms": "Выключить проверку по SMS?"}
ON, NOT_ON = texts.Status("Включена", "green"), texts.Status("Выключена", "grey")
GROUP = 4


@dataclass(frozen=True, slots=True)
class Way:
    """One way of the second step."""

    name: str
    hint: str
    status: texts.Status
    href: str
    verb: str


def ways(security: Json) -> list[Way]:
    """Ways of the second step in the order of the page."""
    on = set(security["methods"])
    phone = security["phone_masked"]
    app = Way(
        "Приложение с кодами",
        "Работает без связи. Подойдёт любое: Яндекс Ключ, FreeOTP, Aegis",
        ON if "totp" in on else NOT_ON,
        "/cabinet/settings/security/" + ("off/totp" if "totp" in on else "app"),
        "Выключить" if "totp" in on else "Включить",
    )
    if phone is None:
        text = Way(
            "Коды в SMS",
            "Сначала подтвердите номер телефона",
            NOT_ON,
            "/cabinet/profile/contacts/phone",
            "Подтвердить номер",
        )
    else:
        text = Way(
            "Коды в SMS",
            f"На номер {phone}",
            ON if "sms" in on else NOT_ON,
            "/cabinet/settings/security/" + ("off/sms" if "sms" in on else "sms"),
            "Выключить" if "sms" in on else "Включить",
        )
    return [app, text]


def spaced(key: str) -> str:
    """A key in groups of four, easier to type."""
    return " ".join(key[start : start + GROUP] for start in range(0, len(key), GROUP))
