"""Scopes of ЕСИА: which there are, how tokens write them, what a person is told about them."""

import re
from collections.abc import Iterable, Sequence

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
    "usr_avt": "фотография",
    "ils_doc": "страховое свидетельство",
    "kid_fullname": "имена детей",
    "kid_birthdate": "даты рождения детей",
    "kid_gender": "пол детей",
    "kid_snils": "СНИЛС детей",
    "kid_inn": "ИНН детей",
    "kid_birth_cert_doc": "свидетельства о рождении детей",
    "kid_medical_doc": "полисы ОМС детей",
}
PERSON_SCOPES = frozenset(_TITLES)
"""Every scope the stand-in knows."""


def for_people(scopes: Iterable[str], org_scopes: Iterable[str] = ()) -> str:
    """Say in Russian what the scopes disclose, the person's and the organisations'."""
    told = [_TITLES[scope] for scope in scopes if _TITLES[scope]]
    named = [found[0] for scope in org_scopes if (found := organization_scope(scope))]
    told += [_ORGANIZATION_TITLES[name] for name in dict.fromkeys(named)]
    return ", ".join(told) or "только факт входа"


def divided(text: str) -> tuple[str, str]:
    """Divide a request's `scope`: what asks about the person, and what asks about organisations by an address.

    Version 1 has no parameter of its own for organisations: `openid http://esia.gosuslugi.ru/org_inn?org_oid=1`.
    """
    words = text.split()
    organizations = [word for word in words if word.startswith(ORGANIZATION_PREFIX)]
    return " ".join(word for word in words if word not in organizations), " ".join(organizations)


def in_token(scopes: Iterable[str], oid: int) -> str:
    """Write scopes as an access token does: each bound to the person, `openid` bare."""
    return " ".join(scope if scope == "openid" else f"{scope}?oid={oid}" for scope in scopes)


def organizations_in_token(scopes: Iterable[str], employers: Sequence[int]) -> str:
    """Write organisations' scopes as an access token does: each bound to its organisation, or to every employer."""
    written = []
    for scope in scopes:
        name, named = organization_scope(scope) or ("", None)
        bound = [named] if named is not None else employers
        written += [f"{ORGANIZATION_PREFIX}{name}?org_oid={oid}" for oid in bound]
    return " ".join(dict.fromkeys(written))


_ORGANIZATION_TITLES = {
    "org_emps": "сотрудники организации",
    "org_grps": "группы доступа в организации",
    "org_shortname": "краткое наименование организации",
    "org_fullname": "полное наименование организации",
    "org_type": "тип организации",
    "org_ogrn": "ОГРН организации",
    "org_inn": "ИНН организации",
    "org_kpp": "КПП организации",
    "org_leg": "организационно-правовая форма",
    "org_ctts": "контакты организации",
    "org_addrs": "адреса организации",
}
ORGANIZATION_SCOPES = frozenset(_ORGANIZATION_TITLES)
"""Names of the organisations' scopes; asked for by an address of production, in the test contour too."""
ORGANIZATION_PREFIX = "http://esia.gosuslugi.ru/"
_ORGANIZATION = re.compile(r"http://esia\.gosuslugi\.ru/([a-z_]+)(?:\?org_oid=(\d{1,15}))?")


def organization_scope(text: str) -> tuple[str, int | None] | None:
    """Read `http://esia.gosuslugi.ru/<name>?org_oid=<n>`, or a bare name: the name and the organisation, if one is named.

    Returns None for what is no organisation's scope.
    """
    if text in ORGANIZATION_SCOPES:
        return text, None
    found = _ORGANIZATION.fullmatch(text)
    if found is None or found[1] not in ORGANIZATION_SCOPES:
        return None
    return found[1], int(found[2]) if found[2] else None
