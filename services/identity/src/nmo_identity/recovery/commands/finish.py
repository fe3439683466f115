"""Set the new password and end everything earlier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from nmo_identity.accounts import events
from nmo_identity.accounts.queries import account_by_id, person_for_update
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.contacts.commands.start import cancel_waiting
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.linking.commands.revoke_proofs import revoke_link_proofs
from nmo_identity.lockout.commands.forget_devices import forget_devices
from nmo_identity.passwords.commands.set_password import set_password
from nmo_identity.recovery import queries
from nmo_identity.recovery.errors import RecoveryOver, RecoveryUnproven
from nmo_identity.recovery.rules import MUST_CONFIRM_LINKS
from nmo_identity.recovery.tables import RecoveryFlow
from nmo_identity.sessions.commands.end_sessions import end_sessions
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession

# Other ways to the account that were under way: sign-ins after the old password, other recoveries.
_UNDER_WAY = (
    text(
        "update pending_sign_in set consumed_at = :now where account_id = :account_id and consumed_at is null"
    ),
    text("update recovery_flow set ended_at = :now where account_id = :account_id and ended_at is null"),
    text("update one_time_code set used_at = :now where account_id = :account_id and used_at is null"),
)


async def finish_recovery(
    db: Database, handle: str, password: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Put the new password in force and end what came before it, in one transaction (REG-07, P08).

    Sessions with their tokens and codes, links under way, contact changes that wait, remembered devices, sign-ins that
    wait for a second step, other recoveries. The second step itself stays: a contact alone does not take it off. When
    the person has other ways in, the next session first asks which of them are theirs (L8). The owner is written to.

    Raises:
        RecoveryOver: it does not go on.
        RecoveryUnproven: the code was not given.
        PasswordRefused: names the rules broken; the recovery goes on.
    """
    async with db.write() as session:
        flow = await queries.flow_for_update(session, handle, now)
        if flow.proved_at is None:
            raise RecoveryUnproven
        account = await account_by_id(session, flow.account_id) if flow.account_id else None
        if account is None or account.state != "active":
            raise RecoveryOver
        person = await person_for_update(session, account.person_id)
        await set_password(session, account.id, password, person=person, now=now)
        await end_everything(session, account, person, now=now)
        await _tell(session, flow, account, person, cipher, now)
        flow.ended_at, flow.contact_sealed = now, None
        session.add(flow)


async def end_everything(session: WriteSession, account: Account, person: Person, *, now: datetime) -> None:
    """End every earlier proof of who the person is; the person's row is locked."""
    await end_sessions(session, person.id, reason="recovery", now=now, by="identity.recovery")
    await revoke_link_proofs(session, person.id)
    await cancel_waiting(session, person.id, now=now)
    await forget_devices(session, account.id)
    for statement in _UNDER_WAY:
        await session.execute(statement, {"account_id": account.id, "now": now})
    if await queries.other_ways_in(session, account) and MUST_CONFIRM_LINKS not in account.duties:
        account.duties = [*account.duties, MUST_CONFIRM_LINKS]
        session.add(account)
    await events.publish(session, person, events.changed(person, ["password"]))


async def _tell(
    session: WriteSession,
    flow: RecoveryFlow,
    account: Account,
    person: Person,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    await journal.record(
        session,
        actor=str(person.id),
        action="recovery.finished",
        object_=f"recovery/{flow.number}",
        person_id=person.id,
        purpose=flow.channel,
    )
    reached = [("email", person.email if person.email_verified else None)]
    if flow.channel == "sms":
        reached.append(("sms", person.phone))
    for channel, to in reached:
        if to is not None:
            await send_letter(
                session,
                kind="password_recovered",
                channel="sms" if channel == "sms" else "email",
                to=to,
                params={},
                person_id=account.person_id,
                cipher=cipher,
                now=now,
            )
