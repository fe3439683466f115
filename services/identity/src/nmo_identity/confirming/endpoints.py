"""Routes of confirming a session, called by the gateway alone."""

from __future__ import annotations

from fastapi import APIRouter

from nmo_identity.confirming.commands.by_password import (
    confirm_by_password,
    send_confirming_code,
    ways_to_confirm,
)
from nmo_identity.confirming.commands.by_provider import finish_confirming, start_confirming
from nmo_identity.confirming.errors import (
    ConfirmingPaused,
    NotAskedAnew,
    OtherPerson,
    PasswordWrong,
    SecondStepOwed,
    SessionOver,
)
from nmo_identity.confirming.schemas import (
    ConfirmByPassword,
    FinishConfirming,
    LocalSession,
    StartConfirming,
    WaysToConfirm,
)
from nmo_identity.deps import CipherDep, DatabaseDep, SettingsDep
from nmo_identity.login import errors
from nmo_identity.login.commands.consume_flow import Callback
from nmo_identity.login.schemas import StartedLogin
from nmo_identity.providers.deps import ProvidersDep
from nmo_identity.providers.port import LoginProvider
from nmo_kit import clock
from nmo_kit.auth import action
from nmo_kit.errors import Conflict, TooManyRequests, problems

router = APIRouter(prefix="/internal/login/confirm", tags=["login"])


@router.post("/start", responses=problems(errors.ProviderUnknown, errors.ProviderUnavailable, SessionOver))
@action("identity.login.confirm.start")
async def start(
    body: StartConfirming, db: DatabaseDep, providers: ProvidersDep, settings: SettingsDep
) -> StartedLogin:
    """Send the person of a session to prove anew who they are."""
    url = await start_confirming(
        db,
        _provider(providers, body.provider),
        flow_id=body.flow_id,
        handle=body.handle,
        public_url=settings.public_url,
        signed_out=body.signed_out,
        now=clock.now(),
    )
    return StartedLogin(authorize_url=url)


@router.post(
    "/finish",
    status_code=204,
    responses=problems(
        errors.ProviderUnknown,
        errors.LoginStateInvalid,
        errors.LoginReplayed,
        errors.LoginProviderError,
        errors.LoginTokenInvalid,
        errors.LoginCancelled,
        errors.ProviderUnavailable,
        SessionOver,
        OtherPerson,
        NotAskedAnew,
    ),
)
@action("identity.login.confirm.finish")
async def finish(body: FinishConfirming, db: DatabaseDep, providers: ProvidersDep) -> None:
    """Take the provider's answer: the session's sign-in is recent again."""
    callback = Callback(body.flow_id, body.query, body.ip, body.user_agent)
    await finish_confirming(
        db, _provider(providers, body.provider), callback, handle=body.handle, now=clock.now()
    )


@router.post("/ways", responses=problems(errors.ProviderUnknown, SessionOver))
@action("identity.login.confirm.ways")
async def ways(body: LocalSession, db: DatabaseDep) -> WaysToConfirm:
    """What a session of a local account is confirmed by, beside its password."""
    return WaysToConfirm(methods=list(await ways_to_confirm(db, body.handle, now=clock.now())))


@router.post(
    "/code",
    status_code=204,
    responses=problems(errors.ProviderUnknown, SessionOver, TooManyRequests, Conflict),
)
@action("identity.login.confirm.code")
async def code(body: LocalSession, db: DatabaseDep, cipher: CipherDep) -> None:
    """Send the code of the second step as a text message."""
    await send_confirming_code(db, body.handle, cipher=cipher, now=clock.now())


@router.post(
    "/password",
    status_code=204,
    responses=problems(
        errors.ProviderUnknown, SessionOver, PasswordWrong, SecondStepOwed, ConfirmingPaused, TooManyRequests
    ),
)
@action("identity.login.confirm.password")
async def password(body: ConfirmByPassword, db: DatabaseDep, cipher: CipherDep) -> None:
    """Confirm a session of a local account: its sign-in is recent again."""
    await confirm_by_password(
        db,
        body.handle,
        body.password,
        method=body.method,
        code=body.code,
        cipher=cipher,
        now=clock.now(),
    )


def _provider(providers: dict[str, LoginProvider], key: str) -> LoginProvider:
    if key not in providers:
        raise errors.ProviderUnknown
    return providers[key]
