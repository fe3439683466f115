"""Reading partners' logs for one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select

from nmo_kit.db import ReadSession
from nmo_kit.principal import Principal
from nmo_notifications.partners.tables import PartnerEvent


async def told_of(
    session: ReadSession,
    viewer: Principal,
    *,
    between: tuple[datetime, datetime],
    before: tuple[datetime, UUID],
    limit: int,
) -> Sequence[PartnerEvent]:
    """What entered partners' logs about the viewer, newest first; bodies that a withdrawal emptied count too."""
    query = (
        select(PartnerEvent)
        .where(
            col(PartnerEvent.person_id) == viewer.person_id,
            col(PartnerEvent.at) >= between[0],
            col(PartnerEvent.at) < between[1],
            tuple_(col(PartnerEvent.at), col(PartnerEvent.event_id)) < before,
        )
        .order_by(col(PartnerEvent.at).desc(), col(PartnerEvent.event_id).desc())
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()
