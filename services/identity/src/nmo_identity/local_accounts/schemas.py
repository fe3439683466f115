"""Requests and answers of local accounts."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

MAX_PASSWORD = 512
"""More is refused unread; the rule's own limit is told at the field."""


class ChangePassword(BaseModel):
    """A new password; the present one where the session is not fresh from a forced change."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    password: str = Field(min_length=1, max_length=MAX_PASSWORD)
    current_password: str | None = Field(default=None, max_length=MAX_PASSWORD)
