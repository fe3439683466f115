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
    link_only: bool = False
    """True: people may tie it to their cabinet, but it never opens a session by itself."""
    timeout_s: float = Field(default=5.0, gt=0, le=30)
    leeway_s: int = Field(default=MAX_LEEWAY_S, ge=0, le=MAX_LEEWAY_S)
    hidden: bool = False
    """Not shown among the ways to sign in; its address works all the same."""

    @field_validator("base_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")


class KeyPair(BaseModel):
    """A certificate known to ЕСИА and its key, both PEM files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate_file: Path
    key_file: Path


class EsiaConfig(_ProviderConfig):
    """What both versions of ЕСИА need."""

    timeout_s: float = Field(default=4.5, gt=0, le=30)
    """For everything between the callback and the answer: a person is told within five seconds (SSO-09)."""
    certificate_file: Path
    key_file: Path
    """RSA, or GOST R 34.10-2012 (needs OpenSSL's engine): the certificate says which."""
    further_keys: list[KeyPair] = []
    """The next pair while certificates are changed: it takes over when the first one's term ends."""
    trusted_certificates: list[Path] = Field(min_length=1)
    """Certificates by which ЕСИА signs tokens, files or folders; several at once during a change."""
    token_algorithms: list[Literal["RS256", "GOST3410_2012_256"]] = ["RS256", "GOST3410_2012_256"]
    """Accepted signatures of tokens; which one ЕСИА uses is chosen in its technical portal."""
    alarm_days: int = Field(default=30, ge=1, le=365)
    """How long before the end of a certificate the alarm begins."""
    openssl: str = "openssl"
    """The program that signs and checks by GOST."""
    fresh_sign_in: bool = False
    """Refuse a token whose `auth_time` lies before our sign-in began.

    Off: whoever has a live session at Госуслуги comes in without typing anything (single sign-on). What guards against
    a replay does not hang on it: the flow's state, the one-use code, tokens issued since the flow began, and the
    hashes of id tokens seen before. On where each sign-in must be a step-up, with the password typed anew."""


class EsiaV1Config(EsiaConfig):
    """ЕСИА, protocol version 1: CMS over scope, timestamp, client and state."""

    kind: Literal["esia_v1"]


class EsiaV2Config(EsiaConfig):
    """ЕСИА, protocol version 2 (`v2/ac` with `v3/te`): bare signature, certificate named by its Streebog hash."""

    kind: Literal["esia_v2"]


ClaimName = Literal[
    "last_name",
    "first_name",
    "patronymic",
    "birth_on",
    "gender",
    "snils",
    "email",
    "email_verified",
    "phone",
    "phone_verified",
]


class OidcConfig(_ProviderConfig):
    """A plain OpenID Connect provider with discovery."""

    kind: Literal["oidc"]
    client_secret_file: Path
    algorithms: list[Literal["RS256", "ES256", "PS256"]] = ["RS256", "ES256"]
    """Accepted signatures; discovery never widens this list."""
    hosts: list[str] = []
    """Further hosts of the provider's endpoints; without any, all must lie on the host of `base_url`."""
    token_auth: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"  # noqa: S105 the name of a method
    """How the portal proves itself at the token endpoint."""
    claims: dict[ClaimName, str] = {}
    """Where the provider keeps what we need, when it is not the standard claim: our name → its claim, dots go deeper
    (`{"snils": "urn:example:snils", "last_name": "name.family"}`)."""
    proves_snils: bool = False
    """True only where the provider's own rules make its СНИЛС a proof."""
    confirmed: bool = False
    """True only where every account of the provider is confirmed in person."""


ProviderConfig = Annotated[EsiaV1Config | EsiaV2Config | OidcConfig, Field(discriminator="kind")]
_LIST = TypeAdapter(list[ProviderConfig])


def read_providers(path: Path | None) -> list[ProviderConfig]:
    """Read the list; an absent setting means no provider.

    Raises:
        ValueError: the file is no such list, or two providers share a key or an issuer (mix-up).
    """
    return [] if path is None else read_list(json.loads(path.read_text()))


def read_list(entries: object) -> list[ProviderConfig]:
    """The list itself. Raises as `read_providers`."""
    found = _LIST.validate_python(entries)
    for name in ("key", "issuer"):
        values = [getattr(item, name) for item in found]
        if len(set(values)) != len(values):
            raise ValueError(f"two providers share one {name}")
    return found
