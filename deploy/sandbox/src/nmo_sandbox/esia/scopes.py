"""Scopes of ЕСИА: which there are, how tokens write them, what a person is told about them."""

from collections.abc import Iterable

_TITLES = {
    "openid": "",
    "fullname": "фамилия, имя, отчество",
    "birthdate": "дата рождения",
    "gender": "пол",
    "birthplace": "место рождения",
    "snils": "СНИЛС",
    "inn": "ИНН",
    "id_doc": "документ, удостоверяющий личность",
    "email": "адрес электронной почты",
    "mobile": "номер мобильного телефона",
    "contacts": "контакты",
    "addresses": "адреса",
    "usr_org": "организации, в которых вы работаете",
    "vehicles": "транспортные средства",
    "medical_doc": "полис ОМС",
    "military_doc": "военный билет",
    "foreign_passport_doc": "заграничный паспорт",
    "drivers_licence_doc": "водительское удостоверение",
    "birth_cert_doc": "свидетельство о рождении",
    "residence_doc": "вид на жительство",
    "temporary_residence_doc": "разрешение на временное проживание",
}
PERSON_SCOPES = frozenset(_TITLES)
"""Every scope the stand-in knows."""


def for_people(scopes: Iterable[str]) -> str:
    """Say in Russian what the scopes disclose."""
    return ", ".join(_TITLES[scope] for scope in scopes if _TITLES[scope]) or "только факт входа"


def in_token(scopes: Iterable[str], oid: int) -> str:
    """Write scopes as an access token does: each bound to the person, `openid` bare."""
    return " ".join(scope if scope == "openid" else f"{scope}?oid={oid}" for scope in scopes)


def from_token(text: str) -> frozenset[str]:
    """Read scopes back from an access token."""
    return frozenset(part.partition("?")[0] for part in text.split())
