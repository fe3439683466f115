"""«Я не робот» without a puzzle: the browser works a second before a form is taken (security D10, P18).

The protocol is ALTCHA's, version 2: the browser derives keys by PBKDF2 until one has the given prefix. The place of the
right one is drawn at random between bounds, so everybody waits about as long. It is a price, not a proof of a human.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import altcha

from nmo_kit import clock

ALGORITHM = "PBKDF2/SHA-256"
COST = 2000
"""Iterations of one derivation, under a millisecond in a browser."""
LOWEST, HIGHEST = 600, 900
LIFETIME = timedelta(minutes=5)
MAX_PAYLOAD = 4000


@dataclass(frozen=True, slots=True)
class Checked:
    """A solution that fits; whether it was used before is asked of the database."""

    nonce: str
    expires_at: datetime


class ProofRefusedError(ValueError):
    """The solution does not count: `reason` is `malformed`, `expired`, `signature`, `form` or `solution`."""

    def __init__(self, reason: str) -> None:
        """Keep the reason for the journal."""
        super().__init__(reason)
        self.reason = reason


class ProofOfWork:
    """Gives problems out and checks solutions, both bound to one form."""

    def __init__(self, key: bytes) -> None:
        """`key` signs problems; every process of the service has the same one."""
        self._key = hmac.digest(key, b"proof-of-work", hashlib.sha256).hex()

    def challenge(self, form: str, *, weight: int = 1) -> dict[str, Any]:
        """A problem as the browser takes it; `weight` times as long as usual."""
        counter = weight * (LOWEST + secrets.randbelow(HIGHEST - LOWEST))
        made = altcha.create_challenge(
            ALGORITHM,
            COST,
            counter=counter,
            expires_at=clock.now() + LIFETIME,
            data={"form": form},
            hmac_secret=self._key,
            hmac_key_secret=self._key + "-key",
        )
        return made.to_dict()

    def check(self, payload: str, form: str, *, now: datetime) -> Checked:
        """Accept a solution of a problem of this form.

        Raises:
            ProofRefusedError: with the reason.
        """
        try:
            given = json.loads(base64.b64decode(payload[:MAX_PAYLOAD], validate=True))
            parameters = given["challenge"]["parameters"]
            nonce, expires = str(parameters["nonce"]), float(parameters["expiresAt"])
            bound_to = parameters["data"]["form"]
            parsed = altcha.Payload.from_dict(given)
        except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
            raise ProofRefusedError("malformed") from error
        # Expiry by our own clock first: the library reads the machine's.
        if now.timestamp() > expires:
            raise ProofRefusedError("expired")
        result = altcha.verify_solution(parsed, self._key, hmac_key_secret=self._key + "-key")
        if result.invalid_signature:
            raise ProofRefusedError("signature")
        if bound_to != form:
            raise ProofRefusedError("form")
        if not result.verified:
            raise ProofRefusedError("expired" if result.expired else "solution")
        return Checked(nonce, datetime.fromtimestamp(expires, tz=now.tzinfo))
