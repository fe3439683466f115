"""Take a registration: the answer is the same for everybody, and what is known is asked later, by the worker."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_identity.letters.commands.send import send_letter
from nmo_identity.limits.commands.take import take_day, take_rate
from nmo_identity.limits.rules import Rate, keyed
from nmo_identity.local_accounts.errors import InvitationOver, RegistrationsSlowed, RobotCheckFailed
from nmo_identity.local_accounts.fields import Typed
from nmo_identity.local_accounts.proof_of_work import ProofOfWork, ProofRefusedError
from nmo_identity.local_accounts.queries import invitation
from nmo_identity.local_accounts.rules import INVITATION_LIFETIME, LETTERS_A_DAY, LINK_LIFETIME
from nmo_identity.local_accounts.tables import Invitation, Registration, UsedProof
from nmo_identity.lockout.queries import is_under_attack
from nmo_identity.login.rules import digest
from nmo_identity.passwords.queries import email_index
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, ReadSession, WriteSession

FORM = "registration"
INVITATION_RATE = Rate(timedelta(minutes=20), 3)
"""The way without a proof of work is narrower."""
ALL_INVITATIONS = Rate(timedelta(seconds=20), 30)
WEIGHT_UNDER_ATTACK = 4


def place(row_id: object) -> str:
    """What the sealed data of a registration are bound to."""
    return f"registration|data_sealed|{row_id}"


async def weight_now(session: ReadSession, now: datetime) -> int:
    """How many times heavier the proof of work is now: attacks on sign-in and registration come together."""
    return WEIGHT_UNDER_ATTACK if await is_under_attack(session, now) else 1


async def register(
    db: Database,
    typed: Typed,
    *,
    proof: str | None,
    invited_by: str | None,
    prover: ProofOfWork,
    network: str,
    pace: Rate,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Keep what was typed (REG-01). Nothing is looked up here, so nothing about others shows in answer or time (T06).

    Either a proof of work or an invitation by mail pays for it. Writes the registration and a journal row.

    Raises:
        RobotCheckFailed: the proof is missing, spent, old, or another form's.
        InvitationOver: the invitation's link is used or old, or was sent to another address.
        RegistrationsSlowed: too many from this network.
    """
    await _slow_down(db, f"registration:{network}", pace, now)
    async with db.write() as session:
        index = email_index(cipher, typed.email)
        if invited_by:
            await _use_invitation(session, invited_by, index, now)
        else:
            await _use_proof(session, prover, proof or "", now)
        row = Registration(
            email_index=index,
            snils_index=cipher.blind_index(typed.snils),
            data_sealed=b"",
            received_at=now,
            expires_at=now + LINK_LIFETIME,
        )
        row.data_sealed = cipher.encrypt(typed.dumped(), aad=place(row.id))
        session.add(row)
        await journal.record(
            session,
            actor="anonymous",
            action="registration.received",
            object_=f"registration/{row.id}",
            person_id=None,
            result="pending",
        )


async def invite(db: Database, email: str, *, network: str, cipher: FieldCipher, now: datetime) -> None:
    """Mail a link that opens the form, for browsers that run no scripts; the answer is the same for everybody.

    Raises:
        RegistrationsSlowed: too many from this network or altogether.
    """
    await _slow_down(db, f"invitation:{network}", INVITATION_RATE, now)
    await _slow_down(db, "invitation", ALL_INVITATIONS, now)
    index = email_index(cipher, email)
    link = secrets.token_urlsafe(32)
    async with db.write() as session:
        if await take_day(session, f"registration-mail:{keyed(index)}", LETTERS_A_DAY, now=now) is None:
            return
        hashed = digest(link)
        session.add(
            Invitation(
                link_hash=hashed,
                email_index=index,
                email_sealed=cipher.encrypt(email, aad=invitation_place(hashed)),
                created_at=now,
                expires_at=now + INVITATION_LIFETIME,
            )
        )
        await send_letter(
            session,
            kind="registration_invitation",
            channel="email",
            to=email,
            params={"token": link},
            person_id=None,
            cipher=cipher,
            now=now,
            lifetime=INVITATION_LIFETIME,
        )


def invitation_place(link_hash: bytes) -> str:
    """What the sealed address of an invitation is bound to."""
    return f"registration_invitation|email_sealed|{link_hash.hex()}"


async def invited_address(db: Database, link: str, *, cipher: FieldCipher, now: datetime) -> str:
    """The address that an invitation was sent to; it is shown in the form and cannot be changed there.

    Raises:
        InvitationOver: the link is used or old.
    """
    async with db.write() as session:
        row = await invitation(session, digest(link), now)
        if row is None:
            raise InvitationOver
        return cipher.decrypt(row.email_sealed, aad=invitation_place(row.link_hash))


async def _slow_down(db: Database, key: str, rate: Rate, now: datetime) -> None:
    """Take one of the rate, committed on its own: a refused registration counts as well."""
    async with db.write() as session:
        wait = await take_rate(session, key, rate, now=now)
    if wait is not None:
        raise RegistrationsSlowed(wait)


async def _use_invitation(session: WriteSession, link: str, index: bytes, now: datetime) -> None:
    row = await invitation(session, digest(link), now)
    if row is None or row.email_index != index:
        raise InvitationOver
    row.used_at = now
    session.add(row)


async def _use_proof(session: WriteSession, prover: ProofOfWork, proof: str, now: datetime) -> None:
    try:
        checked = prover.check(proof, FORM, now=now)
    except ProofRefusedError as refused:
        raise RobotCheckFailed(refused.reason) from refused
    kept = await session.execute(
        insert(UsedProof)
        .values(nonce=checked.nonce, expires_at=checked.expires_at)
        .on_conflict_do_nothing()
        .returning(col(UsedProof.nonce))
    )
    if kept.first() is None:
        raise RobotCheckFailed("used")
