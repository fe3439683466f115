"""Pure rules of contacts: how they are written, how long a change may be taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from nmo_identity.local_accounts import rules as local_accounts

Kind = Literal["email", "phone", "postal"]
MUST_CONFIRM_CONTACT = "must_confirm_contact"
"""Step of a session whose way out is a confirmed contact."""
PENDING_LIFETIME = timedelta(minutes=30)
UNDO_LIFETIME = timedelta(days=7)
MAX_POSTAL, MIN_POSTAL = 300, 10


def email_of(text: str) -> str:
    """An e-mail address in its one form.

    Raises:
        ValueError: with the Russian sentence that says what is wrong.
    """
    return _read(local_accounts.email_of(text))


def phone_of(text: str) -> str:
    """A phone number in E.164. Russian numbers may begin with 8, with 7 or without either.

    Raises:
        ValueError: with the Russian sentence that says what is wrong.
    """
    digits = re.sub(r"\D", "", text)
    known = local_accounts.phone_of(f"+7{digits}" if _is_bare(text, digits) else text)
    if isinstance(known, str) and known.startswith("+7") and len(known) != len("+79000000000"):
        raise ValueError("Проверьте номер телефона: после +7 должно быть 10 цифр")
    return _read(known)


def _is_bare(text: str, digits: str) -> bool:
    """Ten digits as people write a mobile number among themselves: 912 345-67-89."""
    return len(digits) == len("9000000000") and digits[0] == "9" and not text.strip().startswith("+")


def _read(known: str | local_accounts.Wrong) -> str:
    if isinstance(known, local_accounts.Wrong):
        raise ValueError(known.message)  # noqa: TRY004 the value is at fault, not its type
    return known


def postal_of(text: str) -> str:
    """A postal address on one line.

    Raises:
        ValueError: with the Russian sentence that says what is wrong.
    """
    address = " ".join(text.split())
    if not address:
        raise ValueError("Введите почтовый адрес")
    if len(address) < MIN_POSTAL:
        raise ValueError("Введите адрес полностью: индекс, город, улицу, дом и квартиру")
    if len(address) > MAX_POSTAL:
        raise ValueError(f"Сократите адрес до {MAX_POSTAL} знаков")
    return address


READERS = {"email": email_of, "phone": phone_of, "postal": postal_of}
"""Kind of contact → how it is read."""


def masked_email(email: str) -> str:
    """«м•••@mail.ru»: enough to know one's own address by."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"
