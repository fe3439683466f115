"""Every SELECT on persons and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from nmo_identity.accounts.rules import LOCAL
from nmo_identity.accounts.tables import Account, Person
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.snils import Snils


@dataclass(frozen=True, slots=True)
class Sealed:
    """The opened P3 values of a person."""

    snils: Snils | None
    birth_on: date | None


def place(person_id: UUID, column: str) -> str:
    """What a sealed value is bound to."""
    return f"person|{column}|{person_id}"


def opened(person: Person, cipher: FieldCipher) -> Sealed:
    """Open СНИЛС and birth date of a row."""
    snils = birth = None
    if person.snils_sealed is not None:
        snils = Snils(cipher.decrypt(person.snils_sealed, aad=place(person.id, "snils_sealed")))
    if person.birth_sealed is not None:
        birth = date.fromisoformat(cipher.decrypt(person.birth_sealed, aad=place(person.id, "birth_sealed")))
    return Sealed(snils, birth)


async def account_of(session: ReadSession, issuer: str, subject: str) -> Account | None:
    """The account of a subject, if it ever signed in."""
    found = await session.execute(
        select(Account).where(col(Account.issuer) == issuer, col(Account.subject) == subject)
    )
    return found.scalar_one_or_none()


async def account_for_update(session: WriteSession, issuer: str, subject: str) -> Account | None:
    """The same, locked: two sign-ins of one subject, or a sign-in and an untying, follow each other."""
    found = await session.execute(
        select(Account)
        .where(col(Account.issuer) == issuer, col(Account.subject) == subject)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def sids_of(session: ReadSession, account_id: UUID) -> list[UUID]:
    """Sessions opened by a way in that nobody ended."""
    # By name: sign-in stands on this slice, not the other way round.
    found = await session.execute(
        text("select sid from auth_session where account_id = :id and ended_at is null order by sid"),
        {"id": account_id},
    )
    return list(found.scalars().all())


async def account_by_id(session: ReadSession, account_id: UUID) -> Account | None:
    """An account by its id."""
    return await session.get(Account, account_id)


async def person(session: ReadSession, person_id: UUID) -> Person:
    """The person.

    Raises:
        NotFound: there is none.
    """
    found = await session.get(Person, person_id)
    if found is None:
        raise NotFound
    return found


async def person_for_update(session: WriteSession, person_id: UUID) -> Person:
    """The person, locked until the transaction ends, so that versions of their events follow the commits.

    Raises:
        NotFound: there is none.
    """
    found = await session.execute(
        select(Person)
        .where(col(Person.id) == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def holder_of(session: WriteSession, snils_index: bytes) -> Person | None:
    """Who holds a number, locked."""
    found = await session.execute(
        select(Person)
        .where(col(Person.snils_index) == snils_index, col(Person.holds_snils))
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def accounts_of(session: ReadSession, person_id: UUID) -> Sequence[Account]:
    """Ways in of a person."""
    found = await session.execute(select(Account).where(col(Account.person_id) == person_id))
    return found.scalars().all()


async def has_only_local_accounts(session: ReadSession, person_id: UUID) -> bool:
    """True when no provider but the portal itself stands behind the person."""
    return {account.provider_key for account in await accounts_of(session, person_id)} == {LOCAL}


async def persons_by_ids(session: ReadSession, person_ids: Sequence[UUID]) -> Sequence[Person]:
    """Those of the ids that exist."""
    found = await session.execute(select(Person).where(col(Person.id).in_(person_ids)))
    return found.scalars().all()


async def is_local_with_address(session: ReadSession, row: Person) -> bool:
    """The person registered here and showed that the address of mail is theirs."""
    if not row.email_verified:
        return False
    found = await session.execute(
        select(col(Account.id))
        .where(
            col(Account.person_id) == row.id,
            col(Account.provider_key) == LOCAL,
            col(Account.state) == "active",
        )
        .limit(1)
    )
    return found.first() is not None
