"""Requests and answers of recovery."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.recovery.rules import Channel

MAX_PASSWORD = 512


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StartRecovery(_Body):
    """A confirmed e-mail address or phone number."""

    contact: str = Field(max_length=300)


class StartedRecovery(BaseModel):
    """The same for everybody who asks, whether or not there is an account."""

    handle: str
    """Secret of this recovery; the next steps bring it."""
    number: str
    """Number of the request, to quote to support."""
    channel: Channel
    expires_at: datetime


class OfRecovery(_Body):
    """Which recovery."""

    handle: str = Field(min_length=20, max_length=200)


class ProveRecovery(OfRecovery):
    """The code from the letter or message."""

    code: str = Field(min_length=1, max_length=40)


class FinishRecovery(OfRecovery):
    """The new password."""

    password: str = Field(min_length=1, max_length=MAX_PASSWORD)
