"""Requests of confirming a session, sent by the gateway alone."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.login.schemas import FlowId


class ConfirmedSession(BaseModel):
    """Which session, at which provider, in which browser."""

    model_config = ConfigDict(extra="forbid")

    provider: str = Field(max_length=31)
    flow_id: FlowId
    handle: str = Field(max_length=200)


class StartConfirming(ConfirmedSession):
    """Begin; `signed_out` says that the browser comes from the provider's own sign-out."""

    signed_out: bool = False


class FinishConfirming(ConfirmedSession):
    """The provider's callback as the gateway received it."""

    query: dict[str, str] = Field(max_length=20)
    ip: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=1000)
