"""Every read of sessions. Plain SQL: sign-in and the provider stand on this slice, not the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import ReadSession, WriteSession

_LIVE = "ended_at is null and expires_at > :now"


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One place where a person is signed in."""

    sid: UUID
    provider_key: str
    auth_time: datetime | None
    created_at: datetime
    expires_at: datetime
    ip_prefix: str
    user_agent: str


async def open_sessions(session: ReadSession, person_id: UUID, now: datetime) -> Sequence[OpenSession]:
    """Live sessions of a person, newest first."""
    found = await session.execute(
        text(
            f"""
            select sid, provider_key, auth_time, created_at, expires_at, ip_prefix, user_agent
            from auth_session where person_id = :person_id and {_LIVE} order by created_at desc, sid
            """  # noqa: S608 a constant of this file
        ),
        {"person_id": person_id, "now": now},
    )
    return [OpenSession(**row) for row in found.mappings()]


async def lock_open(session: WriteSession, person_id: UUID, now: datetime) -> Sequence[UUID]:
    """Ids of a person's live sessions, locked, always in one order."""
    found = await session.execute(
        text(
            f"select sid from auth_session where person_id = :person_id and {_LIVE} order by sid for update"  # noqa: S608
        ),
        {"person_id": person_id, "now": now},
    )
    return found.scalars().all()


async def has_programs(session: ReadSession, sid: UUID, now: datetime) -> bool:
    """Whether a client may still refresh its tokens in this session (`offline_access`)."""
    found = await session.execute(
        text(
            """
            select exists (select from refresh_token where sid = :sid and consumed_at is null and revoked_at is null
              and expires_at > :now)
            """
        ),
        {"sid": sid, "now": now},
    )
    return bool(found.scalar_one())
