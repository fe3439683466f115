"""A provider's claims as our words: standard names, or those the configuration gives (SSO-07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from nmo_identity.providers.port import ContactProof
from nmo_kit.snils import Snils, SnilsError

MAX_TEXT = 100
STANDARD: dict[str, str] = {
    "last_name": "family_name",
    "first_name": "given_name",
    "patronymic": "middle_name",
    "birth_on": "birthdate",
    "gender": "gender",
    "snils": "snils",
    "email": "email",
    "email_verified": "email_verified",
    "phone": "phone_number",
    "phone_verified": "phone_number_verified",
}


class Claims:
    """Reads what a provider tells; a claim of another type than expected counts as absent."""

    def __init__(self, told: Mapping[str, Any], mapping: Mapping[Any, str]) -> None:
        """Take the claims and where they differ from the standard ones."""
        self._told = told
        self._names = {**STANDARD, **mapping}

    def _value(self, name: str) -> Any:
        """A claim by our name. Its whole name goes first: names with dots and colons exist; then dots go deeper."""
        wanted = self._names[name]
        if wanted in self._told:
            return self._told[wanted]
        found: Any = self._told
        for part in wanted.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def text(self, name: str) -> str | None:
        """A text with single spaces."""
        value = self._value(name)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_TEXT:
            return None
        return " ".join(value.split())

    def birth_on(self) -> date | None:
        """The birth date, ISO 8601."""
        try:
            return date.fromisoformat(str(self._value("birth_on")))
        except ValueError:
            return None

    def gender(self) -> str | None:
        """`M`, `F` or None."""
        return {"male": "M", "female": "F", "M": "M", "F": "F"}.get(str(self._value("gender")))

    def snils(self) -> Snils | None:
        """The number, if its control digits fit."""
        value = self._value("snils")
        try:
            return Snils.parse(str(value)) if value else None
        except SnilsError:
            return None

    def contact(self, name: str) -> ContactProof | None:
        """An address or number; verified only by the boolean true."""
        value = self.text(name)
        return ContactProof(value, self._value(f"{name}_verified") is True) if value else None
