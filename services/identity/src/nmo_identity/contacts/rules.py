"""Pure rules of contacts: how they are written, how long a change may be taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

Kind = Literal["email", "phone", "postal"]
MUST_CONFIRM_CONTACT = "must_confirm_contact"
"""Step of a session whose way out is a confirmed contact."""
PENDING_LIFETIME = timedelta(minutes=30)
UNDO_LIFETIME = timedelta(days=7)
MAX_EMAIL, MAX_POSTAL, MIN_POSTAL = 254, 300, 10
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})"
)
_E164 = re.compile(r"\+[1-9]\d{9,14}")
_RUSSIAN_DIGITS = 11


def email_of(text: str) -> str:
    """An e-mail address as it is kept: the domain small, and in its ASCII form.

    Raises:
        ValueError: with the Russian sentence that says what is wrong.
    """
    address = text.strip()
    if not address:
        raise ValueError("Введите адрес электронной почты")
    local, sign, domain = address.rpartition("@")
    if not sign or not local:
        raise ValueError("В адресе почты не хватает знака @, например name@mail.ru")
    try:
        domain = domain.lower() if domain.isascii() else domain.lower().encode("idna").decode()
    except UnicodeError:
        domain = ""
    whole = f"{local}@{domain}"
    if (
        len(whole) > MAX_EMAIL
        or ".." in local
        or local[0] == "."
        or local[-1] == "."
        or not _EMAIL.fullmatch(whole)
    ):
        raise ValueError("Проверьте адрес почты: он должен быть вида name@mail.ru, латинскими буквами")
    return whole


def phone_of(text: str) -> str:
    """A phone number in E.164. Russian numbers may begin with 8, with 7 or without either.

    Raises:
        ValueError: with the Russian sentence that says what is wrong.
    """
    if not text.strip():
        raise ValueError("Введите номер телефона")
    if re.search(r"[^\d\s()+.\-\u2010-\u2015\u00a0]", text):
        raise ValueError("В номере телефона должны быть только цифры, например +7 912 345-67-89")
    digits = re.sub(r"\D", "", text)
    if not text.strip().startswith("+"):
        if len(digits) == _RUSSIAN_DIGITS and digits[0] in "78":
            digits = "7" + digits[1:]
        elif len(digits) == _RUSSIAN_DIGITS - 1:
            digits = "7" + digits
        else:
            raise ValueError("Введите номер полностью, с кодом: +7 и 10 цифр")
    number = "+" + digits
    if not _E164.fullmatch(number) or (number.startswith("+7") and len(digits) != _RUSSIAN_DIGITS):
        raise ValueError("Проверьте номер телефона: после +7 должно быть 10 цифр")
    return number


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
