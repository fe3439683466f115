"""Accounts in the words of ЕСИА's REST service."""

import hashlib
import json
from typing import Any

from nmo_sandbox.esia.accounts import Account, Membership

_UPDATED_ON = 1_767_225_600
_INN_FIRST = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_SECOND = (3, *_INN_FIRST)


def person(account: Account, scopes: frozenset[str]) -> dict[str, Any]:
    """Return the person's own fields: a few that always stand there, the rest as the scopes allow."""
    body: dict[str, Any] = {
        "stateFacts": ["EntityRoot"],
        "trusted": account.trusted,
        "status": "BLOCKED" if account.blocked else "REGISTERED",
        "verifying": False,
        "containsUpCfmCode": False,
        "updatedOn": _UPDATED_ON,
        "citizenship": account.citizenship,
    }
    by_scope: dict[str, dict[str, Any]] = {
        "fullname": {
            "lastName": account.last_name,
            "firstName": account.first_name,
            "middleName": account.patronymic,
        },
        "birthdate": {"birthDate": f"{account.birth_date:%d.%m.%Y}"},
        "birthplace": {"birthPlace": "г. Северный" if account.has_documents else None},
        "gender": {"gender": account.gender},
        "snils": {"snils": _snils(account.snils)},
        "inn": {"inn": _inn(account)},
        "id_doc": {"rIdDoc": account.oid * 10 + 5 if account.has_documents else None},
    }
    for scope, fields in by_scope.items():
        if scope in scopes:
            body |= {name: value for name, value in fields.items() if value is not None}
    return body | {"eTag": tag(body)}


def contacts(account: Account, scopes: frozenset[str]) -> list[dict[str, Any]]:
    """Return the contacts the scopes show: `email`, `mobile`, or all with `contacts`."""
    found = []
    if account.mobile and scopes & {"mobile", "contacts"}:
        digits = account.mobile.removeprefix("+7")
        value = f"+7({digits[:3]}){digits[3:]}"
        found.append(_contact(account.oid * 10 + 1, "MBT", value, verified=account.mobile_verified))
    if account.email and scopes & {"email", "contacts"}:
        found.append(_contact(account.oid * 10 + 2, "EML", account.email, verified=account.email_verified))
    return found


def addresses(account: Account, scopes: frozenset[str]) -> list[dict[str, Any]]:
    """Return the registered address."""
    del scopes
    if not account.has_documents:
        return []
    flat = str(account.oid % 90 + 1)
    body = {
        "id": account.oid * 10 + 3,
        "type": "PRG",
        "addressStr": "Северная область, город Северный, улица Учебная",
        "countryId": account.citizenship,
        "zipCode": "000000",
        "region": "Северная",
        "city": "Северный",
        "street": "Учебная",
        "house": "1",
        "flat": flat,
        "stateFacts": ["Identifiable"],
    }
    return [body | {"eTag": tag(body)}]


def roles(account: Account, scopes: frozenset[str]) -> list[dict[str, Any]]:
    """Return the person's places in organisations."""
    del scopes
    return [
        {
            "id": place.organization_oid,
            "oid": place.organization_oid,
            "prnOid": account.oid,
            "fullName": place.full_name,
            "shortName": place.short_name,
            "ogrn": place.ogrn,
            "type": "LEGAL",
            "chief": place.chief,
            "admin": place.admin,
            "active": True,
            "hasRightOfSubstitution": False,
            "hasApprovalTabAccess": False,
            "isLiquidated": False,
        }
        for place in account.memberships
    ]


def employers(account: Account, scopes: frozenset[str]) -> list[dict[str, Any]]:
    """Return the organisations a person works for, as far as the person's own token shows them."""
    del scopes
    return [
        {"id": place.organization_oid, "oid": place.organization_oid, "stateFacts": ["EntityRoot"]}
        for place in account.memberships
    ]


def organization(place: Membership, scopes: frozenset[str]) -> dict[str, Any]:
    """Return an organisation's own fields as far as the organisation's scopes allow."""
    body: dict[str, Any] = {"stateFacts": ["EntityRoot"], "oid": place.organization_oid}
    by_scope: dict[str, dict[str, Any]] = {
        "org_shortname": {"shortName": place.short_name},
        "org_fullname": {"fullName": place.full_name},
        "org_ogrn": {"ogrn": place.ogrn},
        "org_type": {"type": "LEGAL"},
        "org_inn": {"inn": f"00{place.organization_oid % 100_000_000:08d}"},
        "org_leg": {"leg": "75203"},
        "org_kpp": {"kpp": "000001001"},
    }
    for scope, fields in by_scope.items():
        if scope in scopes:
            body |= fields
    return body | {"eTag": tag(body)}


def groups(place: Membership) -> list[dict[str, Any]]:
    """Return the groups of access of an employee."""
    if not place.admin:
        return []
    return [
        {
            "grp_id": "ORG_ADMIN",
            "name": "Администраторы профиля организации",
            "description": "Изменяют сведения организации",
            "system": True,
            "itSystem": "ESIA",
            "itSystemName": "ЕСИА",
        }
    ]


def nothing(account: Account, scopes: frozenset[str]) -> list[dict[str, Any]]:
    """Return the empty collection of things no invented person has."""
    del account, scopes
    return []


def tag(body: object) -> str:
    """Return an `eTag` in ЕСИА's form: 40 upper-case hexadecimal digits that change with the content."""
    content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:40].upper()


def _contact(number: int, kind: str, value: str, *, verified: bool) -> dict[str, Any]:
    body = {
        "id": number,
        "type": kind,
        "vrfStu": "VERIFIED" if verified else "NOT_VERIFIED",
        "value": value,
        "stateFacts": ["Identifiable"],
    }
    return body | {"eTag": tag(body)}


def _snils(digits: str | None) -> str | None:
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}" if digits else None


def _inn(account: Account) -> str | None:
    """Return a number with right control digits in an unused region; foreigners and children have none."""
    if account.citizenship != "RUS" or account.child or not account.has_documents:
        return None
    digits = [int(symbol) for symbol in f"00{account.oid % 100_000_000:08d}"]
    for weights in (_INN_FIRST, _INN_SECOND):
        digits.append(sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10)
    return "".join(map(str, digits))
