"""Requests and answers of signing in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.accounts.rules import short_name
from nmo_identity.login.commands.open_session import SignedIn
from nmo_identity.standing.queries import Standing

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

    @classmethod
    def of(cls, signed_in: SignedIn, standing: Standing) -> Self:
        """The answer to every way of signing in."""
        person, row = standing.person, signed_in.session
        return cls(
            session=OpenedSession(handle=signed_in.handle, expires_at=row.expires_at, sid=row.sid),
            person=SignedInPerson(
                person_id=person.id,
                short_name=short_name(person.last_name, person.first_name, person.patronymic),
                entry=standing.entry,
                consent=standing.consented,
                roles=standing.roles,
                previous_login_at=row.previous_login_at,
            ),
        )


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
