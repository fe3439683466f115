"""Requests of confirming a session, sent by the gateway alone."""

from __future__ import annotations

from typing import Literal

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


class LocalSession(BaseModel):
    """Which session of a local account."""

    model_config = ConfigDict(extra="forbid")

    handle: str = Field(max_length=200)


class ConfirmByPassword(LocalSession):
    """The password, and the second step where the account asks for one."""

    password: str = Field(max_length=512)
    method: Literal["totp", "sms", "recovery_code"] | None = None
    code: str | None = Field(default=None, max_length=40)


class WaysToConfirm(BaseModel):
    """Second steps that the account asks for."""

    methods: list[str]
