"""Check codes of documents and masked initials; pure (APP-04)."""

from __future__ import annotations

from collections.abc import Callable

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a code read aloud or typed from paper stays right."""
CODE_LENGTH = 20
"""Signs of a code, five bits each: 100 bits, beyond guessing."""
_GROUP = 5
_LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code(random_below: Callable[[int], int]) -> str:
    """A new check code; `random_below(n)` is a cryptographic source, `secrets.randbelow`."""
    return "".join(CODE_ALPHABET[random_below(len(CODE_ALPHABET))] for _ in range(CODE_LENGTH))


def grouped(code: str) -> str:
    """The code as it is printed: `7K3QF-9M2XA-ZZ0TT-4B8CD`."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def parsed_code(text: str) -> str | None:
    """The code that a person typed, forgiving case, dashes, blanks and look-alike signs; `None` if it is none."""
    cleaned = "".join(sign for sign in text.upper() if not sign.isspace() and sign not in "-‐‑–—")
    cleaned = cleaned.translate(_LOOK_ALIKE)
    if len(cleaned) != CODE_LENGTH or any(sign not in CODE_ALPHABET for sign in cleaned):
        return None
    return cleaned


def initials(last_name: str, first_name: str, patronymic: str | None) -> str:
    """«И. П. С.»: first name, patronymic, surname by first letters, all that a stranger is shown."""
    return " ".join(f"{name[0]}." for name in (first_name, patronymic, last_name) if name)


_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip


def spoken_date(year: int, month: int, day: int) -> str:
    """«24 мая 2026 г.» with non-breaking spaces."""
    return f"{day}\u00a0{_MONTHS[month - 1]}\u00a0{year}\u00a0г."


def number_text(value: str) -> str:
    """A decimal as a Russian reader expects it: `72.00` is «72», `1.50` is «1,5»."""
    text = value.rstrip("0").rstrip(".") if "." in value else value
    return text.replace(".", ",")
