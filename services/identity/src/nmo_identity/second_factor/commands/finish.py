"""Pass the second step of a sign-in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col

from nmo_identity.login.rules import digest
from nmo_identity.second_factor import queries
from nmo_identity.second_factor.commands.check import check_second_step
from nmo_identity.second_factor.errors import PendingOver
from nmo_identity.second_factor.tables import PendingSignIn
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession


async def pass_second_step(
    db: Database, handle: str, method: str, code: str, *, cipher: FieldCipher, now: datetime
) -> PendingSignIn:
    """The waiting sign-in, after a right code. `consume_pending` uses it up beside the session it opens.

    Raises:
        PendingOver: unknown, finished or older than ten minutes.
        Problem: as `check_second_step`.
    """
    async with db.read() as session:
        row = await queries.pending(session, digest(handle), now)
    if row is None:
        raise PendingOver
    await check_second_step(db, row.account_id, method, code, cipher=cipher, now=now)
    return row


async def consume_pending(session: WriteSession, row: PendingSignIn, *, now: datetime) -> None:
    """Use a waiting sign-in up, in the transaction that opens its session; of two at once one goes through.

    Raises:
        PendingOver: it was used meanwhile.
    """
    used = await session.execute(
        update(PendingSignIn)
        .where(
            col(PendingSignIn.handle_hash) == row.handle_hash, col(PendingSignIn.consumed_at).is_(None)
        )
        .values(consumed_at=now)
        .returning(col(PendingSignIn.account_id))
        .execution_options(synchronize_session=False)
    )
    if used.first() is None:
        raise PendingOver
