"""Requests and answers of signing in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

FlowId = Annotated[str, Field(min_length=22, max_length=200)]
"""The gateway's secret of one browser: at least 128 bits in base64url."""


class StartLogin(BaseModel):
    """Which provider, which browser."""

    model_config = ConfigDict(extra="forbid")

    provider: str = Field(max_length=31)
    flow_id: FlowId


class StartedLogin(BaseModel):
    """Where to send the browser."""

    authorize_url: str


class FinishLogin(BaseModel):
    """The provider's callback as the gateway received it."""

    model_config = ConfigDict(extra="forbid")

    provider: str = Field(max_length=31)
    flow_id: FlowId
    query: dict[str, str] = Field(max_length=20)
    ip: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=1000)


class OpenedSession(BaseModel):
    """The session; the handle is never told again."""

    handle: str
    expires_at: datetime
    sid: UUID


class SignedInPerson(BaseModel):
    """Who signed in, enough for the first page."""

    person_id: UUID
    short_name: str
    entry: str
    consent: bool
    roles: list[str]
    previous_login_at: datetime | None


class FinishedLogin(BaseModel):
    """An open session and its person."""

    session: OpenedSession
    person: SignedInPerson


class Logout(BaseModel):
    """Which session to end."""

    model_config = ConfigDict(extra="forbid")

    handle: str = Field(max_length=200)
    reason: Literal["logout", "idle", "absolute", "displaced", "replaced", "reuse", "ended_by_person"] = (
        "logout"
    )
    """Why it is over in the browser."""


class LoggedOut(BaseModel):
    """Where to end the provider's session too."""

    provider_logout_url: str | None


class ProviderItem(BaseModel):
    """A way to sign in."""

    key: str
    title: str
