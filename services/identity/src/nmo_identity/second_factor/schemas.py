"""Requests and answers of the second step."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.login.schemas import FinishedLogin
from nmo_identity.second_factor.rules import Method


class Security(BaseModel):
    """How the person's own account is protected; `local` is false for those who sign in through a provider only."""

    local: bool
    password_changed_at: datetime | None
    methods: list[Method]
    recovery_codes_left: int
    phone_masked: str | None
    """The confirmed number that text messages would go to."""


class AppSecret(BaseModel):
    """What an authenticator app is given, as text and as the address of a QR code."""

    secret: str
    uri: str


class GivenCode(BaseModel):
    """The code as it was typed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: str = Field(min_length=1, max_length=40)


class RecoveryCodes(BaseModel):
    """Told this once; empty when earlier codes stay in force."""

    codes: list[str]


class CodeSent(BaseModel):
    """Where a text message went."""

    phone_masked: str


class SendSecondStep(BaseModel):
    """Which waiting sign-in."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    pending: str = Field(min_length=20, max_length=200)


class SecondStepState(BaseModel):
    """Ways that a waiting sign-in may take."""

    methods: list[Method]
    phone_masked: str | None


class FinishSecondStep(SendSecondStep):
    """The second step of a waiting sign-in."""

    method: Method
    code: str = Field(min_length=1, max_length=40)
    device: str | None = Field(default=None, max_length=200)
    """Value of the browser's cookie, if it has one."""
    ip: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=1000)


class SecondStepDone(FinishedLogin):
    """An open session; `device` is the browser's cookie from now on."""

    device: str
