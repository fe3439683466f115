"""Requests and answers about partners' portals."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class PassedOn(BaseModel):
    """One kind of data that a portal gets, and the person's own values of it."""

    scope: str
    title: str
    values: list[str]
    agreed_before: bool


class PortalRequest(BaseModel):
    """A portal's request that waits for the person's answer."""

    request_id: UUID
    client_id: str
    title: str
    host: str
    origin: str
    """Where the browser goes back to, as a browser writes origins."""
    purpose: str
    login_due: bool
    """The person must first prove anew who they are."""
    items: list[PassedOn]
    expires_at: datetime


class AnswerPortal(BaseModel):
    """Yes or no, to the whole of it."""

    model_config = ConfigDict(extra="forbid")

    agreed: bool


class Answered(BaseModel):
    """Where to send the browser."""

    redirect_to: str


class PortalItem(BaseModel):
    """A portal that the person lets know of them."""

    client_id: str
    title: str
    host: str
    purpose: str
    data: list[str]
    granted_at: datetime
    last_visit_at: datetime | None


class Portals(BaseModel):
    """Those portals, newest first."""

    items: list[PortalItem]
    next_cursor: str | None = None


class EndSession(BaseModel):
    """A portal's wish to end the session here (RP-Initiated Logout 1.0), as the gateway received it."""

    model_config = ConfigDict(extra="forbid")

    id_token_hint: str = Field(default="", max_length=8192)
    client_id: str = Field(default="", max_length=41)
    post_logout_redirect_uri: str = Field(default="", max_length=2000)
    state: str = Field(default="", max_length=1024)


class EndSessionAnswer(BaseModel):
    """Who asks, and where the browser goes afterwards; both may be unknown."""

    client_title: str | None
    redirect_to: str | None
