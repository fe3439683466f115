"""Requests and answers of linking."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nmo_identity.login.schemas import FlowId

State = Annotated[str, Field(max_length=64)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StartLink(_Request):
    """Which provider, which browser."""

    provider: str = Field(max_length=31)
    flow_id: FlowId


class StartedLink(BaseModel):
    """Where to send the browser."""

    authorize_url: str
    sign_out_url: str | None
    """Where the provider forgets the browser first, if it asks who one is in no other way; leads back to our own page."""


class FinishLink(_Request):
    """The provider's callback as the gateway received it, with the session of the browser."""

    provider: str = Field(max_length=31)
    flow_id: FlowId
    handle: str = Field(max_length=200)
    query: dict[str, str] = Field(max_length=20)
    ip: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=1000)


class BegunJoin(BaseModel):
    """An attempt to tie an account of this portal."""

    state: UUID


class SentCode(BaseModel):
    """Where the code went."""

    email_masked: str


class StateOnly(_Request):
    """An attempt under way."""

    state: State


class FinishJoin(_Request):
    """What shows control of the other account: its password or the mailed code."""

    state: State
    handle: str = Field(max_length=200)
    password: str | None = Field(default=None, min_length=1, max_length=512)
    code: str | None = Field(default=None, min_length=1, max_length=12)
    ip: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=1000)

    @model_validator(mode="after")
    def _one_of_two(self) -> FinishJoin:
        if (self.password is None) == (self.code is None):
            raise ValueError("password or code")
        return self


class Link(BaseModel):
    """A way in of the person."""

    account_id: UUID
    provider: str
    title: str
    state: str
    since: datetime
    last_login_at: datetime
    current: bool
    """The session in hand was opened by it."""
    removable: bool
    """Another way in would be left."""


class FoundAccount(BaseModel):
    """An account of this portal with the person's proven number or address."""

    account_id: UUID
    email_masked: str | None
    same: list[str]
    """`snils`, `email`."""


class ProviderToLink(BaseModel):
    """A provider the person has no way in of yet."""

    key: str
    title: str


class Links(BaseModel):
    """Ways in, those that could be added, accounts that may be the person's."""

    items: list[Link]
    addable: list[ProviderToLink]
    found: list[FoundAccount]


class ConfirmLinks(_Request):
    """The ways in that are the person's own."""

    keep: list[UUID] = Field(max_length=20)
