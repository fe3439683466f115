"""Requests and answers of local accounts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.login.schemas import FinishedLogin

MAX_PASSWORD = 512
"""More is refused unread; the rule's own limit is told at the field."""
MAX_TEXT = 300
MAX_TOKEN = 100


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Typed(_Request):
    """What is typed into the registration; each field's fault is told in words, all of them at once."""

    email: str = Field(default="", max_length=MAX_TEXT)
    snils: str = Field(default="", max_length=MAX_TEXT)
    last_name: str = Field(default="", max_length=MAX_TEXT)
    first_name: str = Field(default="", max_length=MAX_TEXT)
    patronymic: str = Field(default="", max_length=MAX_TEXT)
    birth_on: str = Field(default="", max_length=MAX_TEXT)
    """ГГГГ-ММ-ДД."""
    gender: str = Field(default="", max_length=10)
    """`M` or `F`."""
    citizenship: str = Field(default="", max_length=10)
    phone: str = Field(default="", max_length=MAX_TEXT)
    region_code: str = Field(default="", max_length=10)


class Register(Typed):
    """A registration: paid for by a proof of work, or opened by an invitation's link."""

    proof: str | None = Field(default=None, max_length=4000)
    invitation: str | None = Field(default=None, max_length=MAX_TOKEN)


class Accepted(BaseModel):
    """The same for everybody: what becomes of it is told by mail."""

    status: str = "accepted"


class CitizenshipItem(BaseModel):
    """A state that may be chosen."""

    code: str
    name: str


class PasswordRules(BaseModel):
    """What a new password must be."""

    min_length: int
    max_length: int
    classes: bool
    max_age_days: int | None
    age_lifted: bool
    """No age beside a tied app with codes or ЕСИА."""


class FormOptions(BaseModel):
    """What the registration and password forms are built of."""

    citizenships: list[CitizenshipItem]
    password: PasswordRules


class Challenge(BaseModel):
    """A problem of ALTCHA, version 2."""

    parameters: dict[str, Any]
    signature: str


class Invite(_Request):
    """Where to mail the link that opens the form."""

    email: str = Field(max_length=MAX_TEXT)


class Link(_Request):
    """A token from a letter."""

    token: str = Field(min_length=1, max_length=MAX_TOKEN)


class Invited(BaseModel):
    """Whose invitation it is."""

    email: str


class LocalLogin(_Request):
    """Login and password as the gateway received them."""

    login: str = Field(min_length=1, max_length=MAX_TEXT)
    password: str = Field(min_length=1, max_length=MAX_PASSWORD)
    device: str | None = Field(default=None, max_length=MAX_TOKEN)
    """Value of the browser's cookie, if it has one."""
    ip: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=1000)


class LocalSignedIn(FinishedLogin):
    """An open session; `device` is the browser's cookie from now on."""

    device: str


class SecondStepOwed(BaseModel):
    """The password is right; a code finishes the sign-in (`/internal/local/second-step`)."""

    pending: str
    methods: list[str]


class AskUnlock(_Request):
    """Whose sign-in is to be opened earlier."""

    login: str = Field(min_length=1, max_length=MAX_TEXT)


class AskedUnlock(BaseModel):
    """The handle that belongs to the code; it is given for every login."""

    flow: str


class Unlock(_Request):
    """The code that came."""

    flow: str = Field(min_length=1, max_length=MAX_TOKEN)
    code: str = Field(min_length=1, max_length=20)


class ChangePassword(_Request):
    """A new password; the present one where the session is not fresh from a forced change."""

    password: str = Field(min_length=1, max_length=MAX_PASSWORD)
    current_password: str | None = Field(default=None, max_length=MAX_PASSWORD)
