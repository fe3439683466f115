"""Every SELECT on signs of risk: they are rows of the journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import ReadSession

_SIGNS = text(
    """
    select ip_prefix from journal
    where person_id = :person_id and action = :action and at > :since
    order by at desc limit 200
    """
)
_KNOWN = text(
    """
    select exists (
        select from auth_session
        where account_id = :account_id and ip_prefix = :network and created_at > :since
    )
    """
)


async def networks_of_signs(
    session: ReadSession, person_id: UUID, action: str, since: datetime
) -> Sequence[str]:
    """Network of each sign about the person since then."""
    found = await session.execute(_SIGNS, {"person_id": person_id, "action": action, "since": since})
    return found.scalars().all()


async def is_known_network(session: ReadSession, account_id: UUID, network: str, since: datetime) -> bool:
    """Whether a session of the way in was opened from that network since then."""
    found = await session.execute(_KNOWN, {"account_id": account_id, "network": network, "since": since})
    return bool(found.scalar_one())
