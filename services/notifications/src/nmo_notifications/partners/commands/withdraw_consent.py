"""What a withdrawn consent takes away from partners (PAR-05)."""

from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import WriteSession
from nmo_notifications.partners import early

_DROP = text(
    """
    update webhook_delivery d set state = 'withdrawn', lease_until = null
    from partner_event e
    where d.state = 'pending' and e.client_id = d.client_id and e.seq = d.seq and e.person_id = :person_id
    """
)
_EMPTY = text("update partner_event set body = null where person_id = :person_id and body is not null")


async def forget_person(session: WriteSession, person_id: UUID) -> None:
    """Drop waiting deliveries about the person and empty the bodies in all logs; places in the logs stay."""
    await session.flush()
    await early.drop(session, person_id)
    await session.execute(_DROP, {"person_id": person_id})
    await session.execute(_EMPTY, {"person_id": person_id})
