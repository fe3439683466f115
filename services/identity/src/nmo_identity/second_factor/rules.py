"""Pure rules of the second step."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Literal

import pyotp

from nmo_identity.limits.rules import Rate

Method = Literal["totp", "sms", "recovery_code"]
Switched = Literal["totp", "sms"]
"""Ways that are switched on and off by themselves; recovery codes go with them."""
ISSUER = "Портал НМФО"
SECRET_CHARS = 32
"""160 bits in base32, as RFC 4226 asks."""
STEP_S = 30
DRIFT = 1
"""Steps before and after the present one that are taken: clocks of phones are not exact."""
SETUP_LIFETIME = timedelta(minutes=30)
PENDING_LIFETIME = timedelta(minutes=10)
GUESSES = Rate(timedelta(minutes=3), 5)
"""Codes of one account that are looked at: five, then one in three minutes, until one is right."""
RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP, _GROUPS = 5, 2
_LIKE_DIGITS = str.maketrans(
    {"С": "C", "В": "B", "Е": "E", "Н": "H", "К": "K", "М": "M", "Р": "P", "Т": "T", "Х": "X", "А": "A"}
)


def new_secret() -> str:
    """A secret for an authenticator app."""
    return pyotp.random_base32(SECRET_CHARS)


def provisioning_uri(secret: str, *, label: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER)


def matching_step(secret: str, code: str, *, now: datetime) -> int | None:
    """The time step whose code this is, None when it is none of those near `now`. Takes equally long either way."""
    app, given, found = pyotp.TOTP(secret), code.encode(), None
    present = int(now.timestamp()) // STEP_S
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(app.generate_otp(step).encode(), given):
            found = step
    return found


def new_recovery_code() -> str:
    """«7K3QX-M9TRB»: 49 bits, without signs that look alike."""
    signs = [secrets.choice(_ALPHABET) for _ in range(_GROUP * _GROUPS)]
    return "-".join("".join(signs[start : start + _GROUP]) for start in range(0, len(signs), _GROUP))


def plain_recovery_code(code: str) -> str:
    """The signs of a recovery code however they were typed: small, spaced, in the Russian layout's look-alikes."""
    upper = code.upper().translate(_LIKE_DIGITS)
    return "".join(sign for sign in upper if sign in _ALPHABET)


def masked_phone(phone: str) -> str:
    """«+7 ••• •••-45-67»: enough to know which of one's own numbers it is."""
    return f"{phone[:2]} ••• •••-{phone[-4:-2]}-{phone[-2:]}"
