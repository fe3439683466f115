"""Who may learn what for which purpose."""

from __future__ import annotations

from typing import Literal

from nmo_contracts.purposes import ORGANISATION

Purpose = Literal[
    "application_form",
    "application_queue",
    "deliver_message",
    "support_request",
    "support_queue",
    "document_verification",
]
CLIENTS: dict[str, frozenset[str]] = {
    "application_form": frozenset({"applications"}),
    "application_queue": frozenset({"applications"}),
    "deliver_message": frozenset({"notifications"}),
    "support_request": frozenset({"applications"}),
    "support_queue": frozenset({"applications"}),
    "document_verification": frozenset({"registry"}),
}
CONSENTS: dict[str, str] = {"application_queue": ORGANISATION}
"""Purposes that a withdrawn consent closes: nothing of the person is told for them any more."""
_NAMES = frozenset({"last_name", "first_name", "patronymic", "full_name", "short_name"})
FIELDS: dict[str, frozenset[str]] = {
    "application_form": _NAMES | {"snils", "birth_on", "email", "phone"},
    "application_queue": _NAMES,
    "deliver_message": _NAMES | {"email", "phone"},
    "support_request": _NAMES | {"snils", "birth_on", "email", "phone"},
    "support_queue": _NAMES,
    "document_verification": _NAMES | {"snils", "birth_on"},
}
"""Fields beside the id that a purpose opens; all others are null."""


def may_learn(client_id: str, purpose: str) -> bool:
    """The service has this purpose."""
    return client_id in CLIENTS.get(purpose, frozenset())
