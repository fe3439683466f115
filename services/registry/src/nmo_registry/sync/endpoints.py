"""Routes of the mirror's upkeep, for services and administrators only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import problems
from nmo_kit.paging import MAX_CURSOR, Page, decode_cursor, encode_cursor
from nmo_registry.sync import queries
from nmo_registry.sync.commands.follow import Follower
from nmo_registry.sync.commands.order_comparison import order_comparison
from nmo_registry.sync.commands.retry import ask_at_once, retry_set_aside
from nmo_registry.sync.errors import ComparisonUnderWay
from nmo_registry.sync.progress import comparison_of, progress_of
from nmo_registry.sync.schemas import (
    CompareRequest,
    Exchange,
    Reason,
    ReasonCount,
    RetryRequest,
    RetryResult,
    SetAsideCard,
    SyncProgress,
    SyncResult,
    UnnamedLine,
)

UNNAMED_SHOWN = 100

router = APIRouter(prefix="/internal/sync", tags=["internal"])
exchange_router = APIRouter(prefix="/api/v1/register/exchange", tags=["admin"])


async def _follower(request: Request) -> Follower:
    follower: Follower = request.app.state.follower
    return follower


FollowerDep = Annotated[Follower, Depends(_follower)]


@router.post("/run", responses=problems())
@action("registry.sync.run")
async def run(follower: FollowerDep) -> SyncResult:
    """Follow the register's changes now, whatever the pause after failures; answers when the feed is read."""
    done = await follower.follow(force=True)
    return SyncResult(
        applied=done.applied, seen=done.seen, cursor=done.cursor, complete=done.complete, error=done.error
    )


@router.get("", responses=problems())
@action("registry.sync.read")
async def progress(session: ReadDep) -> SyncProgress:
    """How far the mirror is and how old."""
    return await progress_of(session, now=clock.now())


@exchange_router.get("", responses=problems())
@action("registry.exchange.read")
async def exchange(session: ReadDep) -> Exchange:
    """The change feed, the newest full comparison, and why cards were set aside."""
    now = clock.now()
    compared = await queries.last_reconciliation(session)
    reasons = await queries.quarantine_reasons(session)
    order = await queries.open_order(session)
    return Exchange(
        **(await progress_of(session, now=now)).model_dump(),
        comparison=None if compared is None else comparison_of(compared, now=now),
        ordered_at=None if order is None else order.ordered_at,
        reasons=[ReasonCount(reason=reason, count=count) for reason, count in reasons.items()],
        unnamed=[UnnamedLine.model_validate(line) for line in await queries.unnamed(session, UNNAMED_SHOWN)],
        unnamed_count=await queries.count_unnamed(session),
    )


@exchange_router.post("/again", status_code=204, responses=problems())
@action("registry.exchange.again")
async def again(session: WriteDep, principal: CurrentPrincipal) -> None:
    """Ask the register now, whatever the pause after failures."""
    await ask_at_once(session, by=principal)


@exchange_router.post("/comparison", status_code=204, responses=problems(ComparisonUnderWay))
@action("registry.exchange.compare")
async def compare(body: CompareRequest, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Compare the whole mirror with the register: in the next seconds, by the worker; an interrupted one goes on."""
    await order_comparison(session, allow_removals=body.allow_removals, reason=body.reason, by=principal)


@exchange_router.get("/set-aside", responses=problems())
@action("registry.exchange.read")
async def set_aside(
    session: ReadDep,
    reason: Reason | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR)] = None,
) -> Page[SetAsideCard]:
    """Cards that could not be read or written, by their numbers."""
    after = "" if cursor is None else str(decode_cursor(cursor).get("oid", ""))
    rows = await queries.in_quarantine(session, reason=reason, after=after, limit=limit + 1)
    items = [SetAsideCard.model_validate(row.model_dump()) for row in rows[:limit]]
    more = encode_cursor({"oid": items[-1].register_oid}) if len(rows) > limit else None
    return Page[SetAsideCard](items=items, next_cursor=more)


@exchange_router.post("/set-aside/retry", responses=problems())
@action("registry.exchange.retry")
async def retry(body: RetryRequest, session: WriteDep, principal: CurrentPrincipal) -> RetryResult:
    """Read cards again in the next seconds: one, all of a reason, or all."""
    queued = await retry_set_aside(session, oid=body.register_oid, reason=body.reason, by=principal)
    return RetryResult(queued=queued)
