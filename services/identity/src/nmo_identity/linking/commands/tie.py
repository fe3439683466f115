"""Tie two proven sides in one transaction: accounts, data, roles, sessions, audit, event (security D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts import events
from nmo_identity.accounts.commands.apply_proven import add_proofs, apply_proven
from nmo_identity.accounts.commands.move_account import move_account, proven_of
from nmo_identity.accounts.commands.thaw import thaw_account
from nmo_identity.accounts.queries import account_for_update, person_for_update
from nmo_identity.accounts.rules import LOCAL
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.consents.queries import is_granted
from nmo_identity.linking import queries
from nmo_identity.linking.commands.drop_unconfirmed import drop_unconfirmed
from nmo_identity.linking.commands.revoke_proofs import revoke_link_proofs
from nmo_identity.linking.rules import TIES, Verdict, verdict_of
from nmo_identity.matching.commands.match_person import owe_match
from nmo_identity.providers.port import ProvenPerson
from nmo_identity.roles.commands.sync_memberships import sync_memberships
from nmo_identity.sessions.commands.end_sessions import end_sessions
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


@dataclass(frozen=True, slots=True)
class Tied:
    """What became of two proven sides."""

    verdict: Verdict
    person: Person
    """Whose the ways in are now; with nothing tied, whoever asked."""
    account: Account | None
    """The way in of the other side; None when it does not exist."""

    @property
    def done(self) -> bool:
        """Something was tied."""
        return self.verdict in TIES


async def tie_provider(
    session: WriteSession,
    mine: Account,
    proven: ProvenPerson,
    *,
    provider_key: str,
    cipher: FieldCipher,
    now: datetime,
) -> Tied:
    """Tie what a provider proved to the person of `mine`, or say why not; then nothing is written.

    A local account that nobody confirmed loses everything by it (L7): its password may be a stranger's.

    Raises:
        SnilsTaken: somebody else holds the number by an equal proof.
    """
    theirs = await account_for_update(session, proven.issuer, proven.subject)
    if theirs is not None and theirs.state == "closed":
        other_id = None
    else:
        other_id = theirs.person_id if theirs else None
    me, other = await _lock(session, mine.person_id, other_id)
    verdict = verdict_of(
        await queries.side_of(session, me),
        await queries.side_of(session, other) if other else None,
        issuer=proven.issuer,
        same_person=other is not None and other.id == me.id,
        number=cipher.blind_index(proven.snils) if proven.snils else None,
        number_level=queries.number_level(proven),
    )
    if verdict not in TIES or (theirs is not None and theirs.state == "frozen"):
        return Tied("taken" if verdict in TIES else verdict, me, theirs)
    kept = me
    changed: list[str] = []
    if other is None:
        theirs = await _attach(session, me, theirs, proven, provider_key, now)
    elif theirs is not None and verdict == "bring":
        await move_account(session, theirs, source=other, target=me, now=now)
    else:
        kept, changed = other, await _go(session, mine, source=me, target=other, cipher=cipher, now=now)
    assert theirs is not None  # noqa: S101 without the other side's account there is only `attach`
    await drop_unconfirmed(session, kept, keep=theirs, now=now)
    applied = await apply_proven(session, kept, theirs, proven, cipher=cipher, now=now)
    theirs.last_login_at = now
    add_proofs(session, kept, theirs, proven, now)
    left = None if other is None else (me if kept is other else other)
    await _settle(session, kept, left, theirs, [*changed, *applied.changed], now)
    return Tied(verdict, kept, theirs)


async def tie_local(
    session: WriteSession, mine: Account, target: Account, *, cipher: FieldCipher, now: datetime
) -> Tied:
    """Tie an account of this portal, whose control was just shown, to the person who signed in by `mine`.

    Was it frozen by this person's own stronger proof, it is thawed: both sides are proven now.
    """
    me, other = await _lock(session, mine.person_id, target.person_id)
    assert other is not None  # noqa: S101 an account has a person
    verdict = verdict_of(
        await queries.side_of(session, me),
        await queries.side_of(session, other),
        issuer=target.issuer,
        same_person=other.id == me.id,
        number=other.snils_index,
        number_level=other.snils_level,
    )
    if verdict not in TIES:
        return Tied(verdict, me, target)
    kept, left = (me, other) if verdict == "bring" else (other, me)
    changed: list[str] = []
    if verdict == "bring":
        await move_account(session, target, source=other, target=me, now=now)
    else:
        changed = await _go(session, mine, source=me, target=other, cipher=cipher, now=now)
    await thaw_account(session, target, by=str(kept.id), proof="both_sides", cipher=cipher, now=now)
    await _settle(session, kept, left, target, changed, now)
    return Tied(verdict, kept, target)


async def _lock(session: WriteSession, mine: UUID, other: UUID | None) -> tuple[Person, Person | None]:
    """Both rows in one order, so that two links that cross wait for each other instead of dying of it."""
    rows = {key: await person_for_update(session, key) for key in sorted({mine, other or mine})}
    return rows[mine], rows[other] if other else None


async def _go(
    session: WriteSession,
    mine: Account,
    *,
    source: Person,
    target: Person,
    cipher: FieldCipher,
    now: datetime,
) -> list[str]:
    """My way in goes over to the other person, and with it what its provider proved; names of what changed there.

    Whatever the other side proves as well, the number must not be lost on the way.
    """
    proven = proven_of(source, mine, cipher, now=now)
    await move_account(session, mine, source=source, target=target, now=now)
    if mine.provider_key == LOCAL:
        return []
    applied = await apply_proven(session, target, mine, proven, cipher=cipher, now=now)
    add_proofs(session, target, mine, proven, now)
    return applied.changed


async def _attach(
    session: WriteSession,
    person: Person,
    closed: Account | None,
    proven: ProvenPerson,
    provider_key: str,
    now: datetime,
) -> Account:
    account = closed or Account(
        person_id=person.id,
        provider_key=provider_key,
        issuer=proven.issuer,
        subject=proven.subject,
        created_at=now,
        last_login_at=now,
    )
    account.person_id, account.state, account.closed_at, account.linked_at = person.id, "active", None, now
    session.add(account)
    await session.flush()
    return account


async def _settle(
    session: WriteSession,
    kept: Person,
    left: Person | None,
    account: Account,
    changed: list[str],
    now: datetime,
) -> None:
    """Everything that follows a link: sessions, roles, the register, journal, event; other proofs under way end."""
    await end_sessions(session, kept.id, reason="linked", now=now)
    await revoke_link_proofs(session, kept.id)
    if left is not None:
        await end_sessions(session, left.id, reason="linked", now=now)
        await revoke_link_proofs(session, left.id)
        await _record(session, left, account, "link.left")
    session.add(kept)
    await session.flush()
    await sync_memberships(session, kept, now=now)
    if await is_granted(session, kept.id):
        await owe_match(session, kept.id, now=now)
    await events.publish(session, kept, events.changed(kept, sorted({"links", *changed})))
    await _record(session, kept, account, "link.added")


async def _record(session: WriteSession, person: Person, account: Account, action: str) -> None:
    await journal.record(
        session,
        actor=str(person.id),
        action=action,
        object_=f"account/{account.id}",
        person_id=person.id,
        fields=[account.provider_key],
    )
