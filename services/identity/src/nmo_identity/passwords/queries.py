"""Every SELECT on passwords."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from nmo_identity.accounts.tables import Account
from nmo_identity.passwords.hashing import Hashed
from nmo_identity.passwords.tables import FormerPassword, LocalCredential
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession


async def credential(session: ReadSession, account_id: UUID) -> LocalCredential | None:
    """The credential of a local account."""
    return await session.get(LocalCredential, account_id)


async def credential_for_update(session: WriteSession, account_id: UUID) -> LocalCredential | None:
    """The credential, locked until the transaction ends."""
    found = await session.execute(
        select(LocalCredential)
        .where(col(LocalCredential.account_id) == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def former_passwords(session: ReadSession, account_id: UUID, limit: int) -> Sequence[Hashed]:
    """The last passwords before the one in force, newest first."""
    found = await session.execute(
        select(FormerPassword)
        .where(col(FormerPassword.account_id) == account_id)
        .order_by(col(FormerPassword.retired_at).desc(), col(FormerPassword.id).desc())
        .limit(limit)
    )
    return [Hashed(row.password_hash, row.pepper_id) for row in found.scalars()]


def hash_of(row: LocalCredential | None) -> Hashed | None:
    """The hash in force, if there is one."""
    if row is None or row.password_hash is None or row.pepper_id is None:
        return None
    return Hashed(row.password_hash, row.pepper_id)


def email_index(cipher: FieldCipher, email: str) -> bytes:
    """What a login is found by; capital letters make no other address."""
    return cipher.blind_index(f"local_credential|email|{email.lower()}")


async def credentials_of_person(session: WriteSession, person_id: UUID) -> Sequence[LocalCredential]:
    """Credentials of a person's live local accounts, locked."""
    found = await session.execute(
        select(LocalCredential)
        .join(Account, col(Account.id) == col(LocalCredential.account_id))
        .where(col(Account.person_id) == person_id, col(Account.state) != "closed")
        .with_for_update(of=LocalCredential)
    )
    return found.scalars().all()


async def confirmed_elsewhere(session: ReadSession, email: str, person_id: UUID, cipher: FieldCipher) -> bool:
    """True when another person's local account signs in with this confirmed address."""
    found = await session.execute(
        select(col(LocalCredential.account_id))
        .join(Account, col(Account.id) == col(LocalCredential.account_id))
        .where(
            col(LocalCredential.email_index) == email_index(cipher, email),
            col(LocalCredential.verified_at).is_not(None),
            col(Account.person_id) != person_id,
        )
    )
    return found.first() is not None
