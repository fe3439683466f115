"""Tables of the lockout: logged ones, because a crash must not give anybody new tries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field


class LoginCounter(Model, table=True):
    """Tries under one key (`rules.keys_of`)."""

    __tablename__ = "login_counter"
    __table_args__ = (
        Index("ix_login_counter_untold", "window_started_at", postgresql_where=text("not owner_told")),
    )

    key: str = Field(primary_key=True)
    tries: int
    window_started_at: datetime = utc_field(index=True)
    locked_until: datetime | None = utc_field(nullable=True)
    owner_told: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """False from the moment the key is closed until the worker has looked whom to tell."""


class KnownDevice(Model, table=True):
    """A browser that signed in to an account before: its cookie's digest."""

    __tablename__ = "known_device"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    device_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    created_at: datetime = utc_field()
    last_seen_at: datetime = utc_field(index=True)


class LoginMinute(Model, table=True):
    """Tries and failures of one minute, over all logins."""

    __tablename__ = "login_minute"

    minute: datetime = utc_field(primary_key=True)
    tries: int = 0
    failures: int = 0
