"""Request and answer of registering a partner."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema

from nmo_identity.oidc_provider.rules import REDIRECT_URI, REDIRECT_URI_LENGTH

_REDIRECT: dict[str, JsonValue] = {
    "type": "string",
    "pattern": REDIRECT_URI,
    "maxLength": REDIRECT_URI_LENGTH,
}
RedirectUri = Annotated[str, WithJsonSchema(_REDIRECT)]
"""Judged by the route, which says what is wrong in plain words."""


class RegisterPartner(BaseModel):
    """A partner's system, or with redirect addresses a partner's portal."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,40}$")
    title: str = Field(min_length=1, max_length=200)
    scopes: list[Literal["openid", "profile", "email", "api", "partner", "offline_access"]] = Field(
        min_length=1
    )
    redirect_uris: list[RedirectUri] = Field(default_factory=list, max_length=10)
    purpose: str = Field(default="", max_length=300)
    """What the data are needed for, as people read it before they agree; demanded of whoever asks for more than a name."""
    post_logout_redirect_uris: list[RedirectUri] = Field(default_factory=list, max_length=10)
    backchannel_logout_uri: str | None = Field(default=None, max_length=REDIRECT_URI_LENGTH)
    """Where the portal is told that a session is over."""
    id_token_signed_response_alg: Literal["RS256", "ES256"] = "RS256"  # noqa: S105 an algorithm
    """What its id and logout tokens are signed by; RS256 is what every stock client reads without being told."""


class RegisteredPartner(BaseModel):
    """The credentials; the secret is told this once."""

    client_id: str
    client_secret: str


class PartnerSecret(BaseModel):
    """A new secret, told this once; the one before is worth nothing from now on."""

    client_secret: str


class PartnerItem(BaseModel):
    """A registered client, without its secret."""

    client_id: str
    title: str
    kind: str
    purpose: str
    scopes: list[str]
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    backchannel_logout_uri: str | None
    id_token_signed_response_alg: str
    first_party: bool
    subject_type: str
    created_at: datetime
    secret_changed_at: datetime | None
    disabled_at: datetime | None


class Partners(BaseModel):
    """Every client, by title."""

    items: list[PartnerItem]
    next_cursor: str | None = None
