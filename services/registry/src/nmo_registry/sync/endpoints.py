"""Routes of the mirror's upkeep, for services and administrators only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from nmo_kit import clock
from nmo_kit.auth import action
from nmo_kit.db import ReadDep
from nmo_kit.errors import problems
from nmo_registry.sync import queries
from nmo_registry.sync.commands.follow import Follower
from nmo_registry.sync.schemas import SyncProgress, SyncResult

router = APIRouter(prefix="/internal/sync", tags=["internal"])


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
    found = await queries.state(session)
    age = None if found.last_success_at is None else (clock.now() - found.last_success_at).total_seconds()
    return SyncProgress(
        cursor=found.cursor,
        remaining=found.remaining,
        applied_total=found.applied_total,
        quarantined=await queries.quarantine_size(session),
        failures=found.failures,
        last_success_at=found.last_success_at,
        age_s=age,
        last_error=found.last_error,
        last_error_at=found.last_error_at,
        next_attempt_at=found.next_attempt_at,
    )
