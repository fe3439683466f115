"""The delivery log as partners read it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep
from nmo_kit.errors import NotFound, problems
from nmo_notifications.partners import queries, schemas
from nmo_notifications.partners.feed import place_of
from nmo_notifications.webhooks.log import deliveries_page

router = APIRouter(prefix="/api/v1/partner", tags=["partner"])


@router.get("/subscriptions/{subscription_id}/deliveries", responses=problems(NotFound))
@action("partner.delivery.list")
async def list_deliveries(
    subscription_id: UUID,
    session: ReadDep,
    viewer: CurrentPrincipal,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> schemas.Deliveries:
    """What became of each event, newest first."""
    row = await queries.own_subscription(session, subscription_id, viewer=viewer)
    return await deliveries_page(session, row, before=place_of(cursor) if cursor else None, limit=limit)
