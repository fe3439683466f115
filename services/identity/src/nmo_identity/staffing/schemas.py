"""Bodies and answers of roles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

AskedRole = Literal["org_staff", "org_admin", "head", "hr", "support", "admin"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]
Answer = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500)]


class AskForRole(BaseModel):
    """Which role, where, and why."""

    model_config = ConfigDict(extra="forbid")

    role: AskedRole
    organization_id: UUID | None = None
    reason: Reason


class Grant(BaseModel):
    """A word with the role, if any."""

    model_config = ConfigDict(extra="forbid")

    answer: Answer = ""


class Refuse(BaseModel):
    """Why the role is not given or is taken, as the person is told."""

    model_config = ConfigDict(extra="forbid")

    reason: Why


class ChooseWorkplace(BaseModel):
    """One role; `specialist` is one's own cabinet."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["specialist", "org_staff", "org_admin", "head", "hr", "support", "admin"]
    organization_id: UUID | None = None


class Workplace(BaseModel):
    """A role in which the person may work."""

    role: str
    title: str
    organization_id: UUID | None
    current: bool


class Workplaces(BaseModel):
    """All of them; one at most is current."""

    items: list[Workplace]


class OwnRole(BaseModel):
    """A role that the person holds."""

    role: str
    title: str
    organization_id: UUID | None
    granted_at: datetime


class OwnRequest(BaseModel):
    """A request of the person's own."""

    request_id: UUID
    role: str
    title: str
    organization_id: UUID | None
    state: str
    created_at: datetime
    decided_at: datetime | None
    answer: str | None


class OwnRoles(BaseModel):
    """What the person holds and asked for."""

    roles: list[OwnRole]
    requests: list[OwnRequest]


class Holder(BaseModel):
    """Somebody who holds a role."""

    membership_id: UUID
    short_name: str
    role: str
    title: str
    organization_id: UUID | None
    granted_at: datetime
    mine: bool
    may_revoke: bool


class OpenRequest(BaseModel):
    """A request that waits; who decides sees who asks and why."""

    request_id: UUID
    full_name: str
    reason: str
    role: str
    title: str
    organization_id: UUID | None
    created_at: datetime
    mine: bool
    may_decide: bool


class People(BaseModel):
    """Holders, a page of them, and all requests that wait."""

    items: list[Holder]
    next_cursor: str | None
    requests: list[OpenRequest]
