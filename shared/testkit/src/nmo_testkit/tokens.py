"""Access tokens for tests: signed by a key that only the tests' verifier accepts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from joserfc import jws
from joserfc.jwk import ECKey

from nmo_contracts.purposes import PURPOSES
from nmo_kit import clock
from nmo_kit.tokens import JwksCache, TokenVerifier
from nmo_testkit.forgery import Forger

ISSUER = "http://127.0.0.1:8080"
LIFETIME_S = 120


class TokenFactory:
    """Mints tokens as identity does, and makes the verifier that accepts them."""

    def __init__(self, issuer: str = ISSUER) -> None:
        """Generate the key of this run."""
        self.issuer = issuer
        self._key = ECKey.generate_key(
            "P-256", {"kid": f"test-{time.time_ns()}", "use": "sig", "alg": "ES256"}
        )

    @property
    def jwks(self) -> dict[str, Any]:
        """The public key set."""
        return {"keys": [self._key.as_dict(private=False)]}

    def verifier(self, audience: str) -> TokenVerifier:
        """A verifier of the service `audience` that knows the key."""

        async def fetch() -> Mapping[str, Any]:
            return self.jwks

        return TokenVerifier(JwksCache(fetch), issuer=self.issuer, audience=audience)

    def mint(
        self,
        *,
        aud: str,
        sub: UUID | str | None = None,
        roles: Iterable[str] = ("specialist",),
        **claims: Any,
    ) -> str:
        """A token with the claims that identity writes: `org`, `spec`, `entry`, `consent`, `sid`, … may be given.

        By default a matched specialist with every consent. A claim given as None is left out.
        """
        issued = int(clock.now().timestamp())
        body: dict[str, Any] = {
            "iss": self.issuer,
            "aud": aud,
            "sub": str(sub or uuid4()),
            "sid": str(uuid4()),
            "client_id": "gateway",
            "act": {"sub": "gateway"},
            "roles": sorted(roles),
            "entry": "full",
            "consent": True,
            "purposes": list(PURPOSES),
            "acr": "esia",
            "auth_time": issued,
            "iat": issued,
            "exp": issued + LIFETIME_S,
            "jti": str(uuid4()),
        }
        body.update(
            {name: str(value) if isinstance(value, UUID) else value for name, value in claims.items()}
        )
        present = {name: value for name, value in body.items() if value is not None}
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._key.kid}
        return jws.serialize_compact(header, json.dumps(present).encode(), self._key, algorithms=["ES256"])

    def forger(self, *, aud: str, elsewhere: str, **claims: Any) -> Forger:
        """Whoever has a good token and every key that they should not have."""
        return Forger(
            token=self.mint(aud=aud, **claims),
            key=self._key,
            retired=ECKey.generate_key("P-256", {"kid": "retired"}),
            stranger=ECKey.generate_key("P-256"),
            elsewhere=elsewhere,
        )

    def __call__(self, **kwargs: Any) -> str:
        """The same as `mint`."""
        return self.mint(**kwargs)

    def service(self, client_id: str, *, aud: str) -> str:
        """A token of one service calling another."""
        return self.mint(aud=aud, sub=client_id, roles=("service",), client_id=client_id, sid=None, act=None)

    def headers(self, **kwargs: Any) -> dict[str, str]:
        """`mint` as a request header."""
        return {"authorization": f"Bearer {self.mint(**kwargs)}"}
