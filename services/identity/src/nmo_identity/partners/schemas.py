"""Request and answer of registering a partner."""

from __future__ import annotations

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


class RegisteredPartner(BaseModel):
    """The credentials; the secret is told this once."""

    client_id: str
    client_secret: str
