"""Request and answer of a provider's back channel, passed on by the gateway."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class BackchannelLogout(BaseModel):
    """Which provider, and its token."""

    model_config = ConfigDict(extra="forbid")

    provider: str = Field(max_length=31)
    logout_token: str = Field(max_length=16_384)


class EndedThere(BaseModel):
    """How many sessions ended here."""

    ended: int
