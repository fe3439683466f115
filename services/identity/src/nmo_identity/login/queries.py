"""Every SELECT on flows and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from nmo_identity.accounts.rules import LIVE
from nmo_identity.accounts.tables import Account
from nmo_identity.login.tables import AuthSession, LoginFlow
from nmo_kit.db import ReadSession, WriteSession

CLOSED_STATES = ("frozen", "closed")
"""States of an account in which its sessions open nothing."""


async def flow_for_update(session: WriteSession, state: UUID) -> LoginFlow | None:
    """The flow of a state, locked: of two callbacks at once one waits and finds it used."""
    found = await session.execute(select(LoginFlow).where(col(LoginFlow.state) == state).with_for_update())
    return found.scalar_one_or_none()


async def live_session(session: ReadSession, handle_hash: bytes, now: datetime) -> AuthSession | None:
    """The session of a handle, if it is neither ended nor over and its account is not frozen."""
    found = await session.execute(
        select(AuthSession)
        .join(Account, col(Account.id) == col(AuthSession.account_id))
        .where(
            col(AuthSession.handle_hash) == handle_hash,
            col(AuthSession.ended_at).is_(None),
            col(AuthSession.expires_at) > now,
            col(Account.state).in_(LIVE),
        )
    )
    return found.scalar_one_or_none()


async def live_session_by_id(session: ReadSession, sid: UUID, now: datetime) -> AuthSession | None:
    """The same by the session's id."""
    found = await session.execute(
        select(AuthSession)
        .join(Account, col(Account.id) == col(AuthSession.account_id))
        .where(
            col(AuthSession.sid) == sid,
            col(AuthSession.ended_at).is_(None),
            col(AuthSession.expires_at) > now,
            col(Account.state).in_(LIVE),
        )
    )
    return found.scalar_one_or_none()


async def session_by_id(session: ReadSession, sid: UUID) -> AuthSession | None:
    """A session whatever its state."""
    return await session.get(AuthSession, sid)


async def ended_since(session: ReadSession, moment: datetime) -> Sequence[UUID]:
    """Sessions that somebody ended after that moment, and those that their account's state keeps closed."""
    ended = select(col(AuthSession.sid)).where(col(AuthSession.ended_at) > moment)
    closed = (
        select(col(AuthSession.sid))
        .join(Account, col(Account.id) == col(AuthSession.account_id))
        .where(
            col(Account.state).in_(CLOSED_STATES),
            col(AuthSession.ended_at).is_(None),
            col(AuthSession.expires_at) > moment,
        )
    )
    found = await session.execute(ended.union(closed))
    return found.scalars().all()


async def last_sign_in_at(session: ReadSession, person_id: UUID) -> datetime | None:
    """When the person signed in last (SSO-10)."""
    found = await session.execute(
        select(col(AuthSession.created_at))
        .where(col(AuthSession.person_id) == person_id)
        .order_by(col(AuthSession.created_at).desc())
        .limit(1)
    )
    return found.scalar_one_or_none()
