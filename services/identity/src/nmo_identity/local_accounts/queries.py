"""Every SELECT on local accounts and registrations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from nmo_identity.accounts.rules import LIVE, LOCAL, ProofLevel
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.local_accounts.rules import login_kind
from nmo_identity.local_accounts.tables import Invitation, Registration
from nmo_identity.passwords.queries import email_index
from nmo_identity.passwords.rules import NOTICE_DAYS, Profile, is_over
from nmo_identity.passwords.tables import LocalCredential
from nmo_identity.second_factor.tables import SecondFactor
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession


def login_index(login: str, cipher: FieldCipher) -> bytes:
    """What tries of a login are counted under, known or not: the same for each way of writing it."""
    kind = login_kind(login)
    return cipher.blind_index(f"login|{kind[1] if kind else login.strip().lower()}")


def secret_index(email: str, secret: str, cipher: FieldCipher) -> bytes:
    """How a temporary password is found: it opens only together with its address."""
    return cipher.blind_index(f"temporary-secret|{email}|{secret.strip()}")


async def account_of_login(session: ReadSession, login: str, cipher: FieldCipher) -> Account | None:
    """The local account that a login means: e-mail address, confirmed phone, or a number that is held.

    A confirmed address comes before an unconfirmed one; a phone that several people confirmed means nobody.
    """
    found = login_kind(login)
    if found is None:
        return None
    kind, value = found
    query = (
        select(Account)
        .join(LocalCredential, col(LocalCredential.account_id) == col(Account.id))
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(col(Account.provider_key) == LOCAL, col(Account.state) != "closed")
    )
    if kind == "email":
        query = query.where(col(LocalCredential.email_index) == email_index(cipher, value)).order_by(
            col(LocalCredential.verified_at).desc().nulls_last(), col(LocalCredential.created_at).desc()
        )
        return (await session.execute(query.limit(1))).scalar_one_or_none()
    if kind == "phone":
        query = query.where(col(Person.phone) == value, col(Person.phone_verified))
    else:
        query = query.where(col(Person.snils_index) == cipher.blind_index(value), col(Person.holds_snils))
    rows = (await session.execute(query.limit(2))).scalars().all()
    return rows[0] if len(rows) == 1 else None


async def verified_account(session: ReadSession, index: bytes) -> Account | None:
    """The account whose confirmed address this is."""
    found = await session.execute(
        select(Account)
        .join(LocalCredential, col(LocalCredential.account_id) == col(Account.id))
        .where(
            col(LocalCredential.email_index) == index,
            col(LocalCredential.verified_at).is_not(None),
            col(Account.state) != "closed",
        )
    )
    return found.scalar_one_or_none()


async def holder(session: ReadSession, snils_index: bytes) -> Person | None:
    """Who holds a number."""
    found = await session.execute(
        select(Person).where(col(Person.snils_index) == snils_index, col(Person.holds_snils))
    )
    return found.scalar_one_or_none()


async def claim_received(session: WriteSession, limit: int) -> Sequence[Registration]:
    """Registrations nobody has answered yet, locked; rows another worker holds are skipped."""
    found = await session.execute(
        select(Registration)
        .where(col(Registration.state) == "received")
        .order_by(col(Registration.received_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().all()


async def registration_of_link(session: WriteSession, link_hash: bytes) -> Registration | None:
    """The registration of a link, locked."""
    found = await session.execute(
        select(Registration).where(col(Registration.link_hash) == link_hash).with_for_update()
    )
    return found.scalar_one_or_none()


async def registration_of_secret(session: WriteSession, index: bytes, now: datetime) -> Registration | None:
    """The registration whose temporary password this is, locked; None when it is used or over."""
    found = await session.execute(
        select(Registration)
        .where(
            col(Registration.secret_index) == index,
            col(Registration.secret_used_at).is_(None),
            col(Registration.secret_expires_at) > now,
        )
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def registration_of_account(session: WriteSession, account_id: UUID) -> Registration | None:
    """The newest registration that an account came from, locked."""
    found = await session.execute(
        select(Registration)
        .where(col(Registration.account_id) == account_id)
        .order_by(col(Registration.received_at).desc())
        .limit(1)
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def invitation(session: WriteSession, link_hash: bytes, now: datetime) -> Invitation | None:
    """An invitation that still opens the form, locked."""
    found = await session.execute(
        select(Invitation)
        .where(
            col(Invitation.link_hash) == link_hash,
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > now,
        )
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def unconfirmed_since(session: WriteSession, before: datetime, limit: int) -> Sequence[Account]:
    """Local accounts that nobody confirmed since before that moment."""
    found = await session.execute(
        select(Account)
        .where(
            col(Account.provider_key) == LOCAL,
            col(Account.state) == "unverified",
            col(Account.created_at) <= before,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().all()


def may_sign_in(account: Account) -> bool:
    """True while the account opens sessions."""
    return account.state in LIVE


def _stands_alone() -> ColumnElement[bool]:
    """The password is all that an `Account` of the query has: no app with codes, no live way in through ЕСИА."""
    app = select(col(SecondFactor.id)).where(
        col(SecondFactor.account_id) == col(Account.id),
        col(SecondFactor.kind) == "totp",
        col(SecondFactor.confirmed_at).is_not(None),
    )
    other = aliased(Account)
    esia = select(col(other.id)).where(
        col(other.person_id) == col(Account.person_id),
        col(other.state) == "active",
        col(other.level) >= ProofLevel.ESIA_PROVEN,
    )
    return and_(~app.exists(), ~esia.exists())


async def is_password_over(session: ReadSession, account_id: UUID, rules: Profile, *, now: datetime) -> bool:
    """True when the account's password is older than the rules let it be."""
    query = (
        select(col(LocalCredential.set_at), _stands_alone())
        .join(Account, col(Account.id) == col(LocalCredential.account_id))
        .where(col(LocalCredential.account_id) == account_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None or found[0] is None or not is_over(found[0], rules, now):
        return False
    return bool(found[1]) or not rules.age_lifted


async def growing_old(
    session: WriteSession, rules: Profile, *, now: datetime, limit: int
) -> Sequence[tuple[LocalCredential, Person]]:
    """Passwords near enough to their end for a notice that is not written yet, locked, with their owners."""
    if rules.max_age is None:
        return []
    over_before = now - rules.max_age
    due = [
        and_(
            col(LocalCredential.set_at) <= over_before + timedelta(days=days),
            or_(col(LocalCredential.noticed_days).is_(None), col(LocalCredential.noticed_days) > days),
        )
        for days in NOTICE_DAYS
    ]
    query = (
        select(LocalCredential, Person)
        .join(Account, col(Account.id) == col(LocalCredential.account_id))
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(
            col(Account.state) == "active",
            col(Person.email_verified),
            col(LocalCredential.set_at) > over_before,
            or_(*due),
        )
        .limit(limit)
        .with_for_update(of=LocalCredential, skip_locked=True)
    )
    if rules.age_lifted:
        query = query.where(_stands_alone())
    return list((await session.execute(query)).tuples())
