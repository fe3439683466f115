"""Request and answer of registering a partner."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RegisterPartner(BaseModel):
    """A partner's system, or with redirect addresses a partner's portal."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,40}$")
    title: str = Field(min_length=1, max_length=200)
    scopes: list[Literal["openid", "profile", "email", "api", "partner", "offline_access"]] = Field(
        min_length=1
    )
    redirect_uris: list[str] = Field(default_factory=list, max_length=10)


class RegisteredPartner(BaseModel):
    """The credentials; the secret is told this once."""

    client_id: str
    client_secret: str
