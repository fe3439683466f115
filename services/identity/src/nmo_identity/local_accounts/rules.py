"""Pure rules of local accounts: logins as typed, fields of the registration, terms (REG-01, MAT-02)."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

PASSWORD_ACR = "password"  # noqa: S105 a kind of sign-in, no password
MUST_CHANGE_PASSWORD = "must_change_password"  # noqa: S105 the name of a step, no password
FRESH = timedelta(minutes=15)
"""So long after signing in nobody is asked for the password they have just typed."""
SECRET_LIFETIME = timedelta(hours=24)
LINK_LIFETIME = timedelta(hours=72)
"""A registration that nobody confirmed is over then, and reserved nothing meanwhile (security L11)."""
INVITATION_LIFETIME = timedelta(hours=24)
LETTERS_A_DAY = 3
"""What anybody may cause to be sent to one address: invitations, first letters, warnings."""
CONFIRMATIONS_A_DAY = 5
"""Letters with the confirming link of one account, the first one with them; then only another address helps (P06)."""
OLDEST_YEARS, YOUNGEST_YEARS = 110, 16
MAX_NAME, MAX_EMAIL = 100, 254

LoginKind = Literal["email", "phone", "snils"]
_LETTERS = re.compile(r"[А-ЯЁа-яё '’.()\-]+")
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_PHONE_NOISE = re.compile(r"[\s()\-‐‑–—.]+")
CITIZENSHIPS = {
    "RUS": "Россия", "ABH": "Абхазия", "AZE": "Азербайджан", "ARM": "Армения", "BLR": "Беларусь", "VNM": "Вьетнам",
    "GEO": "Грузия", "EGY": "Египет", "IND": "Индия", "IRN": "Иран", "KAZ": "Казахстан", "CHN": "Китай",
    "KGZ": "Киргизия", "MDA": "Молдова", "MNG": "Монголия", "SRB": "Сербия", "SYR": "Сирия", "TJK": "Таджикистан",
    "TKM": "Туркмения", "UZB": "Узбекистан", "UKR": "Украина", "OST": "Южная Осетия", "XXX": "Другое государство",
    "XXA": "Без гражданства",
}  # fmt: skip
SIGNS = "abcdefghjkmnpqrstuvwxyz" + "ABCDEFGHJKLMNPQRSTUVWXYZ" + "23456789"
"""Letters and digits that nobody takes for each other on paper."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field's fault: stable code and the sentence beside the field."""

    code: str
    message: str


def is_fresh(auth_time: datetime | None, now: datetime) -> bool:
    """True a moment after signing in."""
    return auth_time is not None and now - auth_time <= FRESH


def email_of(text: str) -> str | Wrong:
    """The address in its one form, or what is wrong with it."""
    known = text.strip().lower()
    if not known:
        return Wrong("missing", "Введите адрес электронной почты")
    if not known.isascii():
        return Wrong("letters", "Введите адрес латинскими буквами, например name@example.ru")
    if len(known) > MAX_EMAIL or not _EMAIL.fullmatch(known):
        return Wrong("format", "Проверьте адрес электронной почты: он выглядит как name@example.ru")
    return known


def phone_of(text: str) -> str | Wrong:
    """The number as `+79000000000`, or what is wrong with it; 8 and 7 at the start of eleven digits mean Russia."""
    known = _PHONE_NOISE.sub("", text)
    if not known:
        return Wrong("missing", "Введите номер телефона")
    digits = known.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return Wrong("letters", "В номере телефона должны быть только цифры")
    russian = (
        len(digits) == len("79000000000") and digits[0] in "78" and not (known[0] == "+" and digits[0] == "8")
    )
    if russian:
        return f"+7{digits[1:]}"
    if known[0] != "+" or not 10 <= len(digits) <= 15:  # noqa: PLR2004 E.164
        return Wrong("format", "Введите номер с кодом страны, например +7 900 123-45-67")
    return f"+{digits}"


def name_of(text: str, *, what: str, needed: bool = True) -> str | Wrong | None:
    """A surname, name or patronymic with one space between words, or what is wrong with it.

    `what` is the field as it follows «Введите»: «фамилию». Words typed in one case get their capital letters.
    """
    known = " ".join(text.replace("’", "'").split())
    if not known:
        return Wrong("missing", f"Введите {what}") if needed else None
    if len(known) > MAX_NAME:
        return Wrong("too_long", f"Введите {what} короче: не больше {MAX_NAME} знаков")
    if not _LETTERS.fullmatch(known):
        return Wrong("letters", f"Введите {what} русскими буквами, как в паспорте")
    if known.isupper() or known.islower():
        known = re.sub(r"[А-ЯЁа-яё]+", lambda found: found[0].capitalize(), known.lower())
    if not re.search("[А-ЯЁа-яё]", known):
        return Wrong("format", f"Введите {what} русскими буквами, как в паспорте")
    return known


def birth_fault(born: date, today: date) -> Wrong | None:
    """What is wrong with a birth date."""
    if born > today:
        return Wrong("future", "Дата рождения не может быть в будущем")
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if years > OLDEST_YEARS:
        return Wrong("too_old", "Проверьте год рождения")
    if years < YOUNGEST_YEARS:
        return Wrong("too_young", f"Зарегистрироваться можно с {YOUNGEST_YEARS} лет. Проверьте год рождения")
    return None


def login_kind(text: str) -> tuple[LoginKind, str] | None:
    """What a login is, in its one form: an address, a phone number or eleven digits of СНИЛС; None for neither."""
    if "@" in text:
        address = email_of(text)
        return ("email", address) if isinstance(address, str) else None
    digits = re.sub(r"\D", "", text)
    if len(digits) == len("00000000000") and not text.strip().startswith("+") and digits[0] not in "78":
        return "snils", digits
    phone = phone_of(text)
    if isinstance(phone, str) and (text.strip().startswith("+") or "(" in text):
        return "phone", phone
    # Eleven digits that begin with 7 or 8 may be either: СНИЛС has its own way of writing.
    if re.fullmatch(r"\s*\d{3}-\d{3}-\d{3}[\s-]\d{2}\s*", text):
        return "snils", digits
    return ("phone", phone) if isinstance(phone, str) else None


def temporary_secret() -> str:
    """Sixteen signs in four groups: it passes the rule of classes and is read from paper without mistakes."""
    groups = ["".join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(4)]
    classes = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    text = "-".join(groups)
    return text if all(set(text) & set(kind) for kind in classes) else temporary_secret()
