"""ЕСИА's REST answers as our words: names, СНИЛС, birth date, contacts."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from nmo_identity.providers.port import ContactProof, DocumentProof, ProviderRefusal
from nmo_kit.snils import Snils, SnilsError

MAX_NAME = 100
MAX_CONTACT = 200
MAX_KIND = 40
_ABSENT = {"", "-", "нет", "отсутствует", "б/о"}
_SPACES = re.compile(r"\s+")
_NOT_DIGITS = re.compile(r"\D")


def name(person: dict[str, Any], field: str) -> str:
    """A required part of the name.

    Raises:
        ProviderRefusal: it is absent or no text.
    """
    found = optional_text(person, field)
    if found is None:
        raise ProviderRefusal("login_provider_error", "person_incomplete")
    return found


def optional_text(person: dict[str, Any], field: str, limit: int = MAX_NAME) -> str | None:
    """A text with single spaces, or None; «нет» and a dash count as absent."""
    value = person.get(field)
    if not isinstance(value, str):
        return None
    text = _SPACES.sub(" ", value).strip()
    return None if text.lower() in _ABSENT or len(text) > limit else text


def birth_date(person: dict[str, Any]) -> date | None:
    """Birth date of the form dd.MM.yyyy, or None."""
    try:
        return datetime.strptime(str(person.get("birthDate", "")), "%d.%m.%Y").date()  # noqa: DTZ007 a date has no zone
    except ValueError:
        return None


def snils(person: dict[str, Any]) -> Snils | None:
    """СНИЛС with or without signs; None when absent.

    Raises:
        ProviderRefusal: a number whose control digits do not fit: ЕСИА never sends one.
    """
    value = person.get("snils")
    if value in (None, ""):
        return None
    try:
        return Snils.parse(str(value))
    except SnilsError as error:
        raise ProviderRefusal("login_provider_error", f"person_snils_{error.code}") from None


def gender(person: dict[str, Any]) -> str | None:
    """`M`, `F` or None."""
    value = person.get("gender")
    return value if value in {"M", "F"} else None


def is_confirmed(person: dict[str, Any]) -> bool:
    """`trusted` is the boolean true and the account is registered; absent means no (SSO-02)."""
    return person.get("trusted") is True and person.get("status", "REGISTERED") == "REGISTERED"


def contact(contacts: list[dict[str, Any]], kind: str) -> ContactProof | None:
    """The contact of a kind (`EML`, `MBT`), a verified one before others."""
    found = [
        item
        for item in contacts
        if item.get("type") == kind and isinstance(item.get("value"), str) and item["value"]
    ]
    found.sort(key=lambda item: item.get("vrfStu") != "VERIFIED")
    for item in found:
        value = item["value"].strip()
        text = "+" + _NOT_DIGITS.sub("", value) if kind == "MBT" else value
        if len(text) <= MAX_CONTACT:
            return ContactProof(text, item.get("vrfStu") == "VERIFIED")
    return None


def documents(found: list[dict[str, Any]]) -> tuple[DocumentProof, ...]:
    """Kinds of the person's documents and whether ЕСИА verified them; series and numbers are not taken over."""
    return tuple(
        DocumentProof(item["type"][:MAX_KIND], item.get("vrfStu") == "VERIFIED")
        for item in found
        if isinstance(item.get("type"), str) and item["type"]
    )
