"""Issue the code of a flow."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_identity.codes.errors import CodeSpent
from nmo_identity.codes.rules import LIFETIME, TRIES, bound, new_code
from nmo_identity.codes.tables import OneTimeCode
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.ids import uuid7


async def issue_code(
    session: WriteSession,
    *,
    purpose: str,
    flow: str,
    account_id: UUID | None,
    cipher: FieldCipher,
    now: datetime,
) -> str:
    """A new code of six digits for ten minutes, told this once; it replaces an earlier one of the same flow (P07).

    Sending again does not give the tries back. `flow` is any text that names one attempt: an id or a handle's digest.

    Raises:
        CodeSpent: the flow's code was used, or all its tries are gone.
    """
    code = new_code()
    digest = cipher.blind_index(bound(purpose, flow, code))
    fresh = {"digest": digest, "issued_at": now, "expires_at": now + LIFETIME}
    written = await session.execute(
        insert(OneTimeCode)
        .values(id=uuid7(), purpose=purpose, flow=flow, account_id=account_id, tries=0, **fresh)
        .on_conflict_do_update(
            index_elements=["purpose", "flow"],
            set_=fresh,
            where=col(OneTimeCode.used_at).is_(None) & (col(OneTimeCode.tries) < TRIES),
        )
        .returning(col(OneTimeCode.id))
    )
    if written.first() is None:
        raise CodeSpent
    return code
