"""Pure rules of recovery."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal

from nmo_identity.contacts.rules import email_of, phone_of
from nmo_identity.limits.rules import Rate

Channel = Literal["email", "sms"]
PURPOSE = "recovery"
LIFETIME = timedelta(minutes=30)
"""From the first page to the new password."""
ASKED_FOR = Rate(timedelta(minutes=10), 10)
"""Letters to one contact whoever asks: strangers can use up their own network's share, not the owner's way back."""
MUST_CONFIRM_LINKS = "must_confirm_links"
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def contact_of(typed: str) -> tuple[Channel, str]:
    """What was typed as an address or a number.

    Raises:
        ValueError: with the Russian sentence that says what is wrong.
    """
    if not typed.strip():
        raise ValueError("Введите адрес почты или номер телефона")
    if "@" in typed:
        return "email", email_of(typed)
    if any(sign.isdigit() for sign in typed):
        return "sms", phone_of(typed)
    raise ValueError("Введите адрес почты вида name@mail.ru или номер телефона вида +7 912 345-67-89")


def new_number() -> str:
    """Number of a request to recover, to quote to support: «В-7K3QXM9T»."""
    return "В-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
