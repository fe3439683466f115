"""Every SELECT of the second step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from nmo_identity.accounts.rules import LOCAL
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.login.rules import digest
from nmo_identity.passwords.queries import credential
from nmo_identity.second_factor.errors import MethodMissing, NoLocalAccount, PendingOver
from nmo_identity.second_factor.rules import Method, masked_phone
from nmo_identity.second_factor.tables import PendingSignIn, RecoveryCode, SecondFactor
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.principal import Principal


@dataclass(frozen=True, slots=True)
class Holder:
    """A local account and its person."""

    account: Account
    person: Person


def secret_place(factor: SecondFactor) -> str:
    """What a sealed secret is bound to."""
    return f"second_factor|secret_sealed|{factor.id}"


def secret_of(factor: SecondFactor, cipher: FieldCipher) -> str:
    """The secret of an app."""
    if factor.secret_sealed is None:
        raise MethodMissing
    return cipher.decrypt(factor.secret_sealed, aad=secret_place(factor))


async def methods_of(session: ReadSession, account_id: UUID) -> list[Method]:
    """Ways of the second step that a sign-in of the account may take now; empty when it is switched off.

    Text messages count only while the person's number is confirmed, recovery codes only beside another way.
    """
    found = await session.execute(
        select(col(SecondFactor.kind), col(Person.phone_verified))
        .join(Account, col(Account.id) == col(SecondFactor.account_id))
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(col(SecondFactor.account_id) == account_id, col(SecondFactor.confirmed_at).is_not(None))
    )
    rows = found.all()
    kinds = {row.kind for row in rows}
    methods: list[Method] = []
    if "totp" in kinds:
        methods.append("totp")
    if "sms" in kinds and rows[0].phone_verified:
        methods.append("sms")
    if kinds and await codes_left(session, account_id):
        methods.append("recovery_code")
    return methods


async def factor(session: ReadSession, account_id: UUID, kind: str) -> SecondFactor | None:
    """One way of an account, confirmed or not."""
    found = await session.execute(
        select(SecondFactor).where(col(SecondFactor.account_id) == account_id, col(SecondFactor.kind) == kind)
    )
    return found.scalar_one_or_none()


async def factor_for_update(session: WriteSession, account_id: UUID, kind: str) -> SecondFactor | None:
    """The same, locked."""
    found = await session.execute(
        select(SecondFactor)
        .where(col(SecondFactor.account_id) == account_id, col(SecondFactor.kind) == kind)
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def codes_left(session: ReadSession, account_id: UUID) -> int:
    """Recovery codes that were not used yet."""
    found: int = (
        await session.execute(
            select(func.count()).where(
                col(RecoveryCode.account_id) == account_id, col(RecoveryCode.used_at).is_(None)
            )
        )
    ).scalar_one()
    return found


async def holder_of_account(session: ReadSession, account_id: UUID) -> Holder:
    """A local account with its person.

    Raises:
        NoLocalAccount: it is none.
    """
    found = await session.execute(
        select(Account, Person)
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(col(Account.id) == account_id, col(Account.provider_key) == LOCAL)
    )
    row = found.one_or_none()
    if row is None:
        raise NoLocalAccount
    return Holder(*row)


async def local_account_of(session: ReadSession, person_id: UUID) -> Account | None:
    """The person's account with a password, if there is one that lives."""
    found = await session.execute(
        select(Account).where(
            col(Account.person_id) == person_id,
            col(Account.provider_key) == LOCAL,
            col(Account.state) != "closed",
        )
    )
    return found.scalars().first()


async def required_local_account(session: ReadSession, person_id: UUID) -> Account:
    """The same, required.

    Raises:
        NoLocalAccount: the person has none.
    """
    found = await local_account_of(session, person_id)
    if found is None:
        raise NoLocalAccount
    return found


async def security_of(session: ReadSession, viewer: Principal) -> dict[str, Any]:
    """How the viewer's own account is protected."""
    account = await local_account_of(session, viewer.person_id)
    if account is None:
        return {
            "local": False,
            "password_changed_at": None,
            "methods": [],
            "recovery_codes_left": 0,
            "phone_masked": None,
        }
    holder = await holder_of_account(session, account.id)
    known = await credential(session, account.id)
    phone = holder.person.phone if holder.person.phone_verified else None
    return {
        "local": True,
        "password_changed_at": known.set_at if known else None,
        "methods": await methods_of(session, account.id),
        "recovery_codes_left": await codes_left(session, account.id),
        "phone_masked": masked_phone(phone) if phone else None,
    }


async def waiting(session: ReadSession, handle: str, now: datetime) -> PendingSignIn:
    """A sign-in that still waits for its second step.

    Raises:
        PendingOver: unknown, finished or older than ten minutes.
    """
    found = await session.execute(
        select(PendingSignIn).where(
            col(PendingSignIn.handle_hash) == digest(handle),
            col(PendingSignIn.consumed_at).is_(None),
            col(PendingSignIn.expires_at) > now,
        )
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise PendingOver
    return row
