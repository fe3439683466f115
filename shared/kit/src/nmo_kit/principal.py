"""Who acts: the verified claims of an access token (RFC 9068) as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from nmo_kit.errors import Forbidden

ENTRY_STATES = frozenset(
    {
        "full",
        "limited",
        "weak",
        "conflict",
        "unconfirmed",
        "unmatched",
        "checking",
        "unverified",
        "restricted",
    }
)
"""How far the portal is open to a person: `restricted` while the session owes a step (a new password), `unverified`
while a local account's e-mail is not confirmed."""
UNPROVEN = frozenset({"unconfirmed", "unverified", "restricted"})
"""States before anything is known for sure: they open the way out of themselves and nothing else."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request."""

    sub: str
    roles: frozenset[str]
    organization_id: UUID | None = None
    specialist_id: UUID | None = None
    sid: str = ""
    client_id: str = ""
    entry: str = "unmatched"
    consent: bool = False
    purposes: frozenset[str] = frozenset()
    """Purposes of processing that the person's consents are in force for."""
    acr: str = ""
    auth_time: datetime | None = None

    @property
    def person_id(self) -> UUID:
        """Account of the person.

        Raises:
            Forbidden: the caller is a system, not a person.
        """
        try:
            return UUID(self.sub)
        except ValueError as error:
            raise Forbidden from error

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Self:
        """Read claims that the verifier accepted."""
        auth_time = claims.get("auth_time")
        return cls(
            sub=str(claims["sub"]),
            roles=frozenset(claims.get("roles", ())),
            organization_id=_uuid(claims.get("org")),
            specialist_id=_uuid(claims.get("spec")),
            sid=str(claims.get("sid", "")),
            client_id=str(claims.get("client_id", "")),
            entry=str(claims.get("entry", "unmatched")),
            consent=claims.get("consent") is True,
            purposes=frozenset(claims.get("purposes", ())),
            acr=str(claims.get("acr", "")),
            auth_time=datetime.fromtimestamp(auth_time, UTC) if isinstance(auth_time, int | float) else None,
        )


def _uuid(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) and value else None
