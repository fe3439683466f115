"""Switch ways of the second step on and off; recovery codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col

from nmo_identity.accounts.tables import Account, Person
from nmo_identity.second_factor import queries, rules
from nmo_identity.second_factor.commands.check import recovery_digest
from nmo_identity.second_factor.commands.notice import tell_owner
from nmo_identity.second_factor.errors import MethodMissing, PhoneMissing, SetupOver
from nmo_identity.second_factor.tables import RecoveryCode, SecondFactor
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


@dataclass(frozen=True, slots=True)
class AppSetup:
    """What an authenticator app is given; told until the set-up is confirmed."""

    secret: str
    uri: str


async def start_app(
    session: WriteSession, account: Account, person: Person, *, cipher: FieldCipher, now: datetime
) -> AppSetup:
    """Begin with an authenticator app: the secret for it. A set-up begun within 30 minutes goes on with its secret.

    An app in force works on until the new one is confirmed by a code.
    """
    row = await queries.factor_for_update(session, account.id, "totp_setup")
    if row is None or row.created_at <= now - rules.SETUP_LIFETIME:
        if row is None:
            row = SecondFactor(account_id=account.id, kind="totp_setup", created_at=now)
        row.created_at = now
        row.secret_sealed = cipher.encrypt(rules.new_secret(), aad=queries.secret_place(row))
        session.add(row)
    secret = queries.secret_of(row, cipher)
    label = person.email or person.phone or person.last_name
    return AppSetup(secret, rules.provisioning_uri(secret, label=label))


async def setup_of(session: WriteSession, account: Account, *, now: datetime) -> SecondFactor:
    """The set-up in hand, locked.

    Raises:
        SetupOver: there is none.
    """
    row = await queries.factor_for_update(session, account.id, "totp_setup")
    if row is None or row.created_at <= now - rules.SETUP_LIFETIME:
        raise SetupOver
    return row


async def confirm_app(
    session: WriteSession,
    account: Account,
    person: Person,
    *,
    step: int,
    cipher: FieldCipher,
    now: datetime,
) -> list[str]:
    """The app showed the right code of `step`: it is in force. Returns new recovery codes, told this once.

    Raises:
        SetupOver: there is no set-up in hand.
    """
    fresh = await setup_of(session, account, now=now)
    secret = queries.secret_of(fresh, cipher)
    row = await queries.factor_for_update(session, account.id, "totp")
    if row is None:
        row = SecondFactor(account_id=account.id, kind="totp", created_at=now)
    row.secret_sealed = cipher.encrypt(secret, aad=queries.secret_place(row))
    row.last_step, row.confirmed_at = step, now
    session.add(row)
    await session.delete(fresh)
    await _tell(session, account, person, "second_step_on", "totp", cipher=cipher, now=now)
    return await renew_codes(session, account, person, cipher=cipher, now=now)


async def start_sms(session: WriteSession, account: Account, person: Person, *, now: datetime) -> None:
    """Begin with text messages: the way stands, not in force before a code from a message is typed.

    Raises:
        PhoneMissing: no confirmed number.
    """
    if person.phone is None or not person.phone_verified:
        raise PhoneMissing
    if await queries.factor_for_update(session, account.id, "sms") is None:
        session.add(SecondFactor(account_id=account.id, kind="sms", created_at=now))


async def confirm_sms(
    session: WriteSession, account: Account, person: Person, *, cipher: FieldCipher, now: datetime
) -> list[str]:
    """The code came through: text messages are in force. Returns recovery codes, empty when there are some already.

    Raises:
        SetupOver: the set-up was not begun.
    """
    row = await queries.factor_for_update(session, account.id, "sms")
    if row is None:
        raise SetupOver
    row.confirmed_at = now
    session.add(row)
    await _tell(session, account, person, "second_step_on", "sms", cipher=cipher, now=now)
    if await queries.codes_left(session, account.id):
        return []
    return await renew_codes(session, account, person, cipher=cipher, now=now)


async def switch_off(
    session: WriteSession,
    account: Account,
    person: Person,
    method: str,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Take one way away; with the last one the recovery codes go too.

    Raises:
        MethodMissing: it is not in force.
    """
    row = await queries.factor_for_update(session, account.id, method)
    if row is None or row.confirmed_at is None:
        raise MethodMissing
    await session.delete(row)
    await session.flush()
    other = "sms" if method == "totp" else "totp"
    rest = await queries.factor(session, account.id, other)
    if rest is None or rest.confirmed_at is None:
        await session.execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
    await _tell(session, account, person, "second_step_off", method, cipher=cipher, now=now)


async def renew_codes(
    session: WriteSession, account: Account, person: Person, *, cipher: FieldCipher, now: datetime
) -> list[str]:
    """Ten new recovery codes, told this once; the earlier ones stop working."""
    await session.execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
    codes = [rules.new_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    for code in codes:
        session.add(
            RecoveryCode(
                account_id=account.id, digest=recovery_digest(cipher, account.id, code), created_at=now
            )
        )
    await journal.record(
        session,
        actor=str(person.id),
        action="recovery_codes.renewed",
        object_=f"account/{account.id}",
        person_id=person.id,
    )
    return codes


async def _tell(
    session: WriteSession,
    account: Account,
    person: Person,
    kind: str,
    method: str,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Journal row and letter of a change."""
    await journal.record(
        session,
        actor=str(person.id),
        action=kind.replace("second_step_", "second_step."),
        object_=f"account/{account.id}",
        person_id=person.id,
        purpose=method,
    )
    await tell_owner(session, person, kind, {"method": method}, cipher=cipher, now=now)
