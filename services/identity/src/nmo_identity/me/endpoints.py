"""Routes of the person about themselves."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nmo_identity.deps import CipherDep, DatabaseDep
from nmo_identity.matching.commands.confirm_weak import confirm_weak_match
from nmo_identity.matching.commands.refresh import refresh_match
from nmo_identity.matching.deps import RegisterDep
from nmo_identity.matching.errors import MatchQuotaSpent, NothingToConfirm
from nmo_identity.me import queries
from nmo_identity.me.schemas import Me
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(prefix="/api/v1/me", tags=["me"])
NO_STORE = {"Cache-Control": "no-store"}


@router.get("", responses=problems(NotFound))
@action("identity.me.read")
async def read_me(session: ReadDep, principal: CurrentPrincipal, cipher: CipherDep, response: Response) -> Me:
    """The signed-in person: data, entry, match, consent, roles, last sign-in."""
    response.headers.update(NO_STORE)
    return Me.model_validate(await queries.me_of(session, principal, cipher))


@router.post("/match/confirm", responses=problems(NothingToConfirm, NotFound))
@action("identity.me.match.confirm")
async def confirm(session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep) -> Me:
    """Confirm that the nearly equal record of the register is one's own."""
    await confirm_weak_match(session, by=principal, now=clock.now())
    await session.flush()
    return Me.model_validate(await queries.me_of(session, principal, cipher))


@router.post("/refresh", responses=problems(MatchQuotaSpent, NotFound))
@action("identity.me.refresh")
async def refresh(
    principal: CurrentPrincipal, db: DatabaseDep, register: RegisterDep, cipher: CipherDep
) -> Me:
    """Compare with the register anew, three times a day. Data of Госуслуги are read anew by signing in again."""
    await refresh_match(db, register, cipher, by=principal, now=clock.now())
    async with db.read() as session:
        return Me.model_validate(await queries.me_of(session, principal, cipher))
