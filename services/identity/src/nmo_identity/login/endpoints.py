"""Routes of signing in, called by the gateway alone."""

from __future__ import annotations

from fastapi import APIRouter

from nmo_identity.accounts.errors import AccountFrozen, SnilsTaken
from nmo_identity.deps import CipherDep, DatabaseDep, SettingsDep
from nmo_identity.login import errors
from nmo_identity.login.answers import finished_login
from nmo_identity.login.commands.consume_flow import Callback
from nmo_identity.login.commands.finish import finish_login
from nmo_identity.login.commands.logout import logout
from nmo_identity.login.commands.start import start_login
from nmo_identity.login.schemas import (
    FinishedLogin,
    FinishLogin,
    LoggedOut,
    Logout,
    ProviderItem,
    StartedLogin,
    StartLogin,
)
from nmo_identity.matching.commands.refresh import match_at_sign_in
from nmo_identity.matching.deps import RegisterDep
from nmo_identity.providers.deps import ProvidersDep
from nmo_identity.providers.port import LoginProvider
from nmo_kit import clock, failpoints
from nmo_kit.auth import action
from nmo_kit.errors import problems

router = APIRouter(tags=["login"])


@router.get("/internal/providers")
@action("identity.login.providers")
async def list_providers(providers: ProvidersDep) -> list[ProviderItem]:
    """Ways to sign in, in the configured order."""
    return [
        ProviderItem(key=item.key, title=item.title)
        for item in providers.values()
        if not (item.hidden or item.link_only)
    ]


@router.post("/internal/login/start", responses=problems(errors.ProviderUnknown, errors.ProviderUnavailable))
@action("identity.login.start")
async def start(
    body: StartLogin, db: DatabaseDep, providers: ProvidersDep, settings: SettingsDep
) -> StartedLogin:
    """Begin a sign-in for one browser."""
    provider = _provider(providers, body.provider)
    url = await start_login(
        db, provider, flow_id=body.flow_id, public_url=settings.public_url, now=clock.now()
    )
    return StartedLogin(authorize_url=url)


@router.post(
    "/internal/login/finish",
    responses=problems(
        errors.ProviderUnknown,
        errors.LoginStateInvalid,
        errors.LoginReplayed,
        errors.LoginProviderError,
        errors.LoginTokenInvalid,
        errors.LoginCancelled,
        errors.ProviderUnavailable,
        SnilsTaken,
        AccountFrozen,
    ),
)
@action("identity.login.finish")
async def finish(
    body: FinishLogin, db: DatabaseDep, providers: ProvidersDep, cipher: CipherDep, register: RegisterDep
) -> FinishedLogin:
    """Finish a sign-in; the register is asked only of those whose consent is in force."""
    provider = _provider(providers, body.provider)
    callback = Callback(body.flow_id, body.query, body.ip, body.user_agent)
    signed_in = await finish_login(db, provider, callback, cipher=cipher, now=clock.now())
    await failpoints.hit("identity.login.recorded")
    await match_at_sign_in(db, register, cipher, signed_in.person_id, now=clock.now())
    async with db.read() as session:
        return await finished_login(session, signed_in)


@router.post("/internal/login/logout")
@action("identity.login.logout")
async def end(
    body: Logout, db: DatabaseDep, providers: ProvidersDep, settings: SettingsDep, cipher: CipherDep
) -> LoggedOut:
    """End a session here; answers where to end the provider's, if the person is there to be sent."""
    # Over here before the provider is asked for anything: its silence holds no lock and undoes no sign-out.
    async with db.write() as session:
        row = await logout(session, body.handle, reason=body.reason, cipher=cipher, now=clock.now())
    provider = providers.get(row.provider_key) if row and body.reason == "logout" else None
    return LoggedOut(
        provider_logout_url=await provider.logout_url(settings.public_url + "/login?out=1")
        if provider
        else None
    )


def _provider(providers: dict[str, LoginProvider], key: str) -> LoginProvider:
    if key not in providers:
        raise errors.ProviderUnknown
    return providers[key]
