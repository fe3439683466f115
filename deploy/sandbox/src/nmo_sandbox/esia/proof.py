"""PKCE of version 2: a code is changed only by whoever knows the secret behind the challenge sent for it."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from nmo_sandbox.esia.errors import EsiaRefusalError
from nmo_sandbox.esia.gost import streebog
from nmo_sandbox.esia.params import Params

METHODS: Final = ("S256", "GOST3411")
"""Our choice: the papers name the refusals but no method for sure. The second digests by Streebog-256."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What an authorization request said of the secret."""

    method: str
    value: str

    def fits(self, verifier: str) -> bool:
        """Tell whether that is the secret."""
        data = verifier.encode()
        digest = streebog(data) if self.method == "GOST3411" else hashlib.sha256(data).digest()
        made = urlsafe_b64encode(digest).rstrip(b"=")
        return hmac.compare_digest(made, self.value.rstrip("=").encode())


def read_challenge(params: Params) -> Challenge | None:
    """Return the challenge of a request, if it has one. Raises 007014 without its method, 007003 for an unknown one."""
    value = params.get("code_challenge", "")
    if not value:
        return None
    return Challenge(params.one_of("code_challenge_method", METHODS), value)


def check_verifier(challenge: Challenge | None, params: Params) -> None:
    """Check the secret sent with a code. Raises 007039 where no challenge was sent, 007040 for one that does not fit."""
    verifier = params.get("code_verifier", "")
    if challenge is None:
        if verifier:
            raise EsiaRefusalError("007039", detail="code_verifier")
        return
    if not challenge.fits(verifier):
        raise EsiaRefusalError("007040", detail="code_verifier")
