"""Routes of signing in by password, called by the gateway alone."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, BackgroundTasks

from nmo_identity.accounts.errors import AccountFrozen
from nmo_identity.codes.errors import CodeExpired, CodeSpent, CodeWrong
from nmo_identity.deps import CipherDep, DatabaseDep, SettingsDep
from nmo_identity.limits.rules import Rate
from nmo_identity.local_accounts import errors, schemas
from nmo_identity.local_accounts.commands.sign_in import Attempt, OwesSecondStep, sign_in
from nmo_identity.local_accounts.commands.unlock import new_flow, send_unlock_code, unlock
from nmo_identity.lockout.commands.guard import NetworkLimit
from nmo_identity.lockout.errors import LoginLocked, LoginSlowed
from nmo_identity.login.answers import finished_login
from nmo_kit import clock
from nmo_kit.auth import action
from nmo_kit.errors import Unavailable, problems

router = APIRouter(prefix="/internal/local", tags=["login"])


@router.post(
    "/login",
    responses=problems(errors.LoginWrong, LoginLocked, LoginSlowed, AccountFrozen, Unavailable),
)
@action("identity.local.login")
async def login(
    body: schemas.LocalLogin, db: DatabaseDep, settings: SettingsDep, cipher: CipherDep
) -> schemas.LocalSignedIn | schemas.SecondStepOwed:
    """Sign in by login and password, or by the temporary password of the letter."""
    limit = NetworkLimit(
        Rate(timedelta(seconds=settings.login_network_interval_s), settings.login_network_burst)
    )
    found = await sign_in(
        db,
        Attempt(body.login, body.password, body.device, body.ip, body.user_agent),
        issuer=settings.public_url,
        limit=limit,
        cipher=cipher,
        now=clock.now(),
    )
    if isinstance(found, OwesSecondStep):
        return schemas.SecondStepOwed(pending=found.pending, methods=list(found.methods))
    async with db.read() as session:
        answer = await finished_login(session, found.signed_in)
    return schemas.LocalSignedIn(session=answer.session, person=answer.person, device=found.device)


@router.post("/unlock", status_code=202)
@action("identity.local.ask_unlock")
async def ask_unlock(
    body: schemas.AskUnlock, db: DatabaseDep, cipher: CipherDep, after: BackgroundTasks
) -> schemas.AskedUnlock:
    """Send a code to the owner of a login, if it has one; the answer is given before that is known."""
    flow = new_flow(body.login, cipher)
    after.add_task(send_unlock_code, db, body.login, flow, cipher=cipher, now=clock.now())
    return schemas.AskedUnlock(flow=flow)


@router.post("/unlock/confirm", status_code=204, responses=problems(CodeWrong, CodeExpired, CodeSpent))
@action("identity.local.unlock")
async def confirm_unlock(body: schemas.Unlock, db: DatabaseDep, cipher: CipherDep) -> None:
    """Open the sign-in again by the code."""
    await unlock(db, body.flow, body.code, cipher=cipher, now=clock.now())
