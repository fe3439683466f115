"""Forget every browser of an account, and its counters."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col

from nmo_identity.lockout.tables import KnownDevice
from nmo_kit.db import WriteSession


async def forget_devices(session: WriteSession, account_id: UUID) -> None:
    """No browser is known for the account any more (recovery, P08); its locks are lifted, so that its owner gets in."""
    await session.execute(delete(KnownDevice).where(col(KnownDevice.account_id) == account_id))
    await session.execute(
        text("delete from login_counter where key = :account or key like :devices"),
        {"account": f"account:{account_id}", "devices": f"device:{account_id}:%"},
    )
