"""Every SELECT on one-time codes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from nmo_identity.accounts.rules import NOBODY
from nmo_identity.accounts.tables import Account
from nmo_identity.codes.tables import OneTimeCode
from nmo_kit.db import ReadSession


async def code_of(session: ReadSession, purpose: str, flow: str) -> OneTimeCode | None:
    """The code of a flow, whatever its state."""
    found = await session.execute(
        select(OneTimeCode).where(col(OneTimeCode.purpose) == purpose, col(OneTimeCode.flow) == flow)
    )
    return found.scalar_one_or_none()


async def person_of(session: ReadSession, account_id: UUID | None) -> UUID | None:
    """Whose account it is; None for a flow without one, which takes as long."""
    wanted = account_id or NOBODY
    found = await session.execute(select(col(Account.person_id)).where(col(Account.id) == wanted))
    return found.scalar_one_or_none()
