"""The code of a recovery."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.codes.commands.check import check_code
from nmo_identity.recovery import queries
from nmo_identity.recovery.rules import PURPOSE
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database


async def prove_recovery(db: Database, handle: str, code: str, *, cipher: FieldCipher, now: datetime) -> None:
    """Take the code; the recovery may set a password from then on.

    Raises:
        RecoveryOver: it does not go on.
        CodeWrong, CodeExpired, CodeSpent: the code does not do; the same for a contact nobody has.
    """
    async with db.read() as session:
        flow = await queries.open_flow(session, handle, now)
    await check_code(db, purpose=PURPOSE, flow=str(flow.id), code=code, cipher=cipher, now=now)
    async with db.write() as session:
        flow = await queries.flow_for_update(session, handle, now)
        flow.proved_at = now
        session.add(flow)
