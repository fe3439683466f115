"""Routes of partner systems."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.safe_http import AddressRefused, check_url
from nmo_notifications.deps import CipherDep, DatabaseDep, QueuesDep, SettingsDep
from nmo_notifications.partners import queries, schemas
from nmo_notifications.partners.commands.ping import send_ping
from nmo_notifications.partners.commands.replay import replay, resume
from nmo_notifications.partners.commands.rotate import rotate_secret
from nmo_notifications.partners.commands.subscribe import subscribe
from nmo_notifications.partners.commands.unsubscribe import unsubscribe
from nmo_notifications.partners.errors import NoSecret, QueueTaken, QueueWayClosed, TooManySubscriptions
from nmo_notifications.partners.feed import feed_cursor, place_of, read_feed

router = APIRouter(prefix="/api/v1/partner", tags=["partner"])
LONGEST_WAIT_S = 20


@router.post(
    "/subscriptions",
    status_code=201,
    responses=problems(QueueTaken, TooManySubscriptions, QueueWayClosed),
)
@action("partner.subscription.create")
async def create_subscription(
    body: schemas.SubscriptionRequest,
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
    queues: QueuesDep,
    settings: SettingsDep,
) -> schemas.NewSubscription:
    """Subscribe from now on. Secret and password are in this answer alone."""
    if body.url is not None:
        try:
            check_url(body.url, allow_loopback=not settings.is_production)
        except AddressRefused as refused:
            message = "Адрес должен быть публичным и начинаться с https://"
            raise FieldProblem([FieldError(pointer="/url", code=str(refused), message=message)]) from refused
    made = await subscribe(
        session,
        viewer=viewer,
        way=body.way,
        types=body.types,
        organization_ids=body.filter.organization_ids,
        url=body.url,
        cipher=cipher,
        queues=queues,
        now=clock.now(),
    )
    return schemas.new_subscription(made)


@router.get("/subscriptions", responses=problems())
@action("partner.subscription.list")
async def list_subscriptions(session: ReadDep, viewer: CurrentPrincipal) -> schemas.Subscriptions:
    """Own subscriptions."""
    rows = await queries.subscriptions_of(session, viewer=viewer)
    return schemas.Subscriptions(items=[schemas.subscription_view(row) for row in rows], next_cursor=None)


@router.delete(
    "/subscriptions/{subscription_id}", status_code=204, responses=problems(NotFound, QueueWayClosed)
)
@action("partner.subscription.delete")
async def delete_subscription(
    subscription_id: UUID, session: WriteDep, viewer: CurrentPrincipal, queues: QueuesDep
) -> None:
    """End a subscription."""
    await unsubscribe(session, subscription_id, viewer=viewer, queues=queues)


@router.post("/subscriptions/{subscription_id}/test", status_code=202, responses=problems(NotFound))
@action("partner.subscription.test")
async def test_subscription(
    subscription_id: UUID, session: WriteDep, viewer: CurrentPrincipal
) -> schemas.Sent:
    """Send a test event the way real ones go."""
    return schemas.Sent(event_id=await send_ping(session, subscription_id, viewer=viewer, now=clock.now()))


@router.post("/subscriptions/{subscription_id}/replay", status_code=202, responses=problems(NotFound))
@action("partner.subscription.replay")
async def replay_subscription(
    subscription_id: UUID, body: schemas.ReplayRequest, session: WriteDep, viewer: CurrentPrincipal
) -> schemas.ReplayView:
    """Deliver everything since a moment once more, with the same ids."""
    done = await replay(session, subscription_id, viewer=viewer, since=body.since, now=clock.now())
    return schemas.ReplayView(deliveries=done.deliveries, cursor=feed_cursor(done.after))


@router.post("/subscriptions/{subscription_id}/resume", status_code=204, responses=problems(NotFound))
@action("partner.subscription.resume")
async def resume_subscription(subscription_id: UUID, session: WriteDep, viewer: CurrentPrincipal) -> None:
    """End a pause."""
    await resume(session, subscription_id, viewer=viewer, now=clock.now())


@router.post(
    "/subscriptions/{subscription_id}/rotate-secret", status_code=200, responses=problems(NotFound, NoSecret)
)
@action("partner.subscription.rotate")
async def rotate_subscription_secret(
    subscription_id: UUID,
    body: schemas.RotateRequest,
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
) -> schemas.RotatedSecret:
    """Replace the secret of a webhook; both sign during the overlap."""
    overlap = timedelta(seconds=body.overlap_s)
    secret = await rotate_secret(
        session, subscription_id, viewer=viewer, overlap=overlap, cipher=cipher, now=clock.now()
    )
    return schemas.RotatedSecret(secret=secret)


@router.get("/events", responses=problems())
@action("partner.event.list")
async def list_events(
    viewer: CurrentPrincipal,
    database: DatabaseDep,
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
) -> schemas.Feed:
    """The pull feed; `wait` seconds for the first event when there is none yet."""
    return await read_feed(database, viewer.client_id, place_of(after), limit=limit, wait_s=wait)


@router.get("/events/{event_id}", responses=problems(NotFound))
@action("partner.event.read")
async def read_event(event_id: UUID, session: ReadDep, viewer: CurrentPrincipal) -> dict[str, Any]:
    """One event of the own log, while the person's consent lasts."""
    row = await queries.log_event(session, viewer.client_id, event_id)
    if row.person_id is not None and not await queries.has_consent(session, row.person_id):
        raise NotFound
    return schemas.event_body(row)
