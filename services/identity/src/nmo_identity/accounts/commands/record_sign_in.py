"""Keep what a provider proved at a sign-in: person, account, proofs, claim to the number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nmo_identity.accounts import events, queries
from nmo_identity.accounts.commands.apply_proven import add_proofs, apply_proven
from nmo_identity.accounts.commands.thaw import thaw_account
from nmo_identity.accounts.errors import AccountFrozen
from nmo_identity.accounts.rules import ProofLevel, thaws_by_sign_in
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.providers.port import ProvenPerson
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """What the sign-in left."""

    person: Person
    account: Account
    is_new: bool
    changed: list[str]
    frozen: list[Account] = field(default_factory=list)
    """Ways in of a weaker holder of the number, frozen by this sign-in."""
    thawed: list[Account] = field(default_factory=list)
    """Ways in of the same person that this proof opened again."""


async def record_sign_in(
    session: WriteSession, proven: ProvenPerson, *, provider_key: str, cipher: FieldCipher, now: datetime
) -> SignInRecord:
    """Create or refresh the person behind (issuer, subject): the only key of an identity (security L1).

    Writes person, account, proofs, journal rows; events `person.registered` or `person.changed`. Whoever proved a
    number thaws what was frozen by suspicion among their own ways in (promise 21).

    Raises:
        SnilsTaken: another account holds the number by an equal or stronger proof; nothing is merged.
        AccountFrozen: a stronger proof took this account's number before, or support froze it.
    """
    account = await queries.account_for_update(session, proven.issuer, proven.subject)
    is_new = account is None or account.state == "closed"
    if account is None or account.state == "closed":
        person, account = await _first_person(session, account, proven, provider_key, now)
    else:
        person = await queries.person_for_update(session, account.person_id)
        if account.state == "frozen" and not (
            thaws_by_sign_in(account.frozen_reason) and proven.confirmed and _is_newer(account, proven)
        ):
            raise AccountFrozen
        account.last_login_at = now
    applied = await apply_proven(session, person, account, proven, cipher=cipher, now=now)
    session.add(person)
    await session.flush()
    session.add(account)
    await session.flush()
    if is_new or applied.changed:
        add_proofs(session, person, account, proven, now)
    thawed = (
        await _thaw_own(session, person, account, cipher, now)
        if account.level == ProofLevel.ESIA_PROVEN
        else []
    )
    await _tell(session, person, provider_key, is_new=is_new, changed=applied.changed, now=now)
    return SignInRecord(person, account, is_new, applied.changed, applied.frozen, thawed)


async def _first_person(
    session: WriteSession, closed: Account | None, proven: ProvenPerson, provider_key: str, now: datetime
) -> tuple[Person, Account]:
    """A new person for a subject nobody is; a way in that was untied from its former person begins anew."""
    person = Person(last_name="", first_name="", created_at=now, updated_at=now)
    if closed is not None:
        # The person's row must be there before the account points at it.
        session.add(person)
        await session.flush()
        closed.person_id, closed.state, closed.closed_at, closed.linked_at = person.id, "active", None, None
        closed.created_at = closed.last_login_at = now
        return person, closed
    account = Account(
        person_id=person.id,
        provider_key=provider_key,
        issuer=proven.issuer,
        subject=proven.subject,
        created_at=now,
        last_login_at=now,
    )
    return person, account


def _is_newer(account: Account, proven: ProvenPerson) -> bool:
    """The password was typed at the provider after the freeze: a session it still had there proves nothing."""
    return (
        account.frozen_at is not None
        and proven.auth_time is not None
        and proven.auth_time >= account.frozen_at
    )


async def _thaw_own(
    session: WriteSession, person: Person, account: Account, cipher: FieldCipher, now: datetime
) -> list[Account]:
    return [
        row
        for row in await queries.accounts_of(session, person.id)
        if row.state == "frozen"
        and thaws_by_sign_in(row.frozen_reason)
        and await thaw_account(
            session, row, by=str(person.id), proof=account.provider_key, cipher=cipher, now=now
        )
    ]


async def _tell(
    session: WriteSession,
    person: Person,
    provider_key: str,
    *,
    is_new: bool,
    changed: list[str],
    now: datetime,
) -> None:
    if is_new:
        await events.publish(session, person, events.registered(person, provider_key, now))
        action = "account.registered"
    elif changed:
        await events.publish(session, person, events.changed(person, changed))
        action = "person.changed"
    else:
        return
    await journal.record(
        session,
        actor=str(person.id),
        action=action,
        object_=f"person/{person.id}",
        person_id=person.id,
        fields=[] if is_new else changed,
    )
