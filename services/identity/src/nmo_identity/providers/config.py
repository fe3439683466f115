"""Configuration of sign-in providers: the file named by `PROVIDERS_FILE`, a JSON list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

MAX_LEEWAY_S = 10


class _ProviderConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    title: str = Field(min_length=1, max_length=60)
    base_url: str
    issuer: str
    client_id: str
    scopes: str
    ca_file: Path | None = None
    """CA bundle for the provider's TLS; the system's when absent. Checking is never switched off."""
    timeout_s: float = Field(default=5.0, gt=0, le=30)
    leeway_s: int = Field(default=MAX_LEEWAY_S, ge=0, le=MAX_LEEWAY_S)

    @field_validator("base_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")


class EsiaV1Config(_ProviderConfig):
    """ЕСИА, protocol version 1: CMS signature, RS256 tokens."""

    kind: Literal["esia_v1"]
    certificate_file: Path
    key_file: Path
    trusted_certificates: list[Path] = Field(min_length=1)
    """Certificates by which ЕСИА signs tokens; several at once during a change."""
    fresh_sign_in: bool = False
    """Refuse a token whose `auth_time` lies before our sign-in began.

    Off: whoever has a live session at Госуслуги comes in without typing anything (single sign-on). What guards against
    a replay does not hang on it: the flow's state, the one-use code, tokens issued since the flow began, and the
    hashes of id tokens seen before. On where each sign-in must be a step-up, with the password typed anew."""


class OidcConfig(_ProviderConfig):
    """A plain OpenID Connect provider with discovery."""

    kind: Literal["oidc"]
    client_secret_file: Path
    algorithms: list[Literal["RS256", "ES256", "PS256"]] = ["RS256", "ES256"]
    """Accepted signatures; discovery never widens this list."""
    proves_snils: bool = False
    """True only where the provider's own rules make its СНИЛС a proof."""
    confirmed: bool = False
    """True only where every account of the provider is confirmed in person."""


ProviderConfig = Annotated[EsiaV1Config | OidcConfig, Field(discriminator="kind")]
_LIST = TypeAdapter(list[ProviderConfig])


def read_providers(path: Path | None) -> list[ProviderConfig]:
    """Read the list; an absent setting means no provider.

    Raises:
        ValueError: the file is no such list, or two providers share a key or an issuer (mix-up).
    """
    if path is None:
        return []
    found = _LIST.validate_python(json.loads(path.read_text()))
    for name in ("key", "issuer"):
        values = [getattr(item, name) for item in found]
        if len(set(values)) != len(values):
            raise ValueError(f"two providers share one {name}")
    return found
