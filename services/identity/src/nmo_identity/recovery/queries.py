"""Every SELECT of recovery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from nmo_identity.accounts.rules import LOCAL
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.login.rules import digest
from nmo_identity.passwords.queries import email_index
from nmo_identity.passwords.tables import LocalCredential
from nmo_identity.recovery.errors import RecoveryOver
from nmo_identity.recovery.tables import RecoveryFlow
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession


def contact_place(flow: RecoveryFlow) -> str:
    """What the sealed contact is bound to."""
    return f"recovery_flow|contact_sealed|{flow.id}"


async def open_flow(session: ReadSession, handle: str, now: datetime) -> RecoveryFlow:
    """The recovery of a handle.

    Raises:
        RecoveryOver: there is none that goes on.
    """
    found = await session.execute(
        select(RecoveryFlow).where(
            col(RecoveryFlow.handle_hash) == digest(handle),
            col(RecoveryFlow.ended_at).is_(None),
            col(RecoveryFlow.expires_at) > now,
        )
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise RecoveryOver
    return row


async def flow_for_update(session: WriteSession, handle: str, now: datetime) -> RecoveryFlow:
    """The same, locked.

    Raises:
        RecoveryOver: there is none that goes on.
    """
    found = await session.execute(
        select(RecoveryFlow)
        .where(
            col(RecoveryFlow.handle_hash) == digest(handle),
            col(RecoveryFlow.ended_at).is_(None),
            col(RecoveryFlow.expires_at) > now,
        )
        .with_for_update()
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise RecoveryOver
    return row


async def unprepared(session: WriteSession, now: datetime, limit: int) -> Sequence[RecoveryFlow]:
    """Recoveries whose letter is owed; those another process works on are left to it."""
    found = await session.execute(
        select(RecoveryFlow)
        .where(
            col(RecoveryFlow.prepared_at).is_(None),
            col(RecoveryFlow.ended_at).is_(None),
            col(RecoveryFlow.expires_at) > now,
        )
        .order_by(col(RecoveryFlow.created_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().all()


async def account_reached_by(
    session: ReadSession, channel: str, contact: str, cipher: FieldCipher
) -> Account | None:
    """The local account whose confirmed contact this is; of several with one number the one used last.

    An account that never confirmed its address is not found: it belongs to nobody yet (L7, L11).
    """
    query = (
        select(Account)
        .join(LocalCredential, col(LocalCredential.account_id) == col(Account.id))
        .where(
            col(Account.provider_key) == LOCAL,
            col(Account.state) == "active",
            col(LocalCredential.verified_at).is_not(None),
        )
        .order_by(col(Account.last_login_at).desc())
        .limit(1)
    )
    if channel == "email":
        query = query.where(col(LocalCredential.email_index) == email_index(cipher, contact))
    else:
        query = query.join(Person, col(Person.id) == col(Account.person_id)).where(
            col(Person.phone) == contact, col(Person.phone_verified)
        )
    return (await session.execute(query)).scalar_one_or_none()


async def person_signs_in_elsewhere(session: ReadSession, email: str) -> Person | None:
    """Somebody with this confirmed address who has no password here and enters through a provider."""
    found = await session.execute(
        select(Person)
        .join(Account, col(Account.person_id) == col(Person.id))
        .where(col(Person.email) == email, col(Person.email_verified), col(Account.state) == "active")
        .limit(1)
    )
    return found.scalar_one_or_none()


async def other_ways_in(session: ReadSession, account: Account) -> bool:
    """True when the person has another way in than this account."""
    found = await session.execute(
        select(col(Account.id)).where(
            col(Account.person_id) == account.person_id,
            col(Account.id) != account.id,
            col(Account.state) != "closed",
        )
    )
    return found.first() is not None
