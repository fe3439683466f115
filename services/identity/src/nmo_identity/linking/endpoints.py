"""Routes of links: the person's own list and steps; finishing is the gateway's, because it opens a session."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from nmo_identity.accounts.errors import SnilsTaken
from nmo_identity.deps import CipherDep, DatabaseDep, SettingsDep
from nmo_identity.linking import errors
from nmo_identity.linking.commands.begin_join import begin_join, dismiss
from nmo_identity.linking.commands.confirm_links import confirm_links
from nmo_identity.linking.commands.consume import Shown
from nmo_identity.linking.commands.finish import finish_link
from nmo_identity.linking.commands.join import join, send_join_code
from nmo_identity.linking.commands.start import start_link
from nmo_identity.linking.commands.untie import untie
from nmo_identity.linking.queries import links_of
from nmo_identity.linking.schemas import (
    BegunJoin,
    ConfirmLinks,
    FinishJoin,
    FinishLink,
    Links,
    SentCode,
    StartedLink,
    StartLink,
    StateOnly,
)
from nmo_identity.login import errors as login_errors
from nmo_identity.login.answers import finished_login
from nmo_identity.login.commands.open_session import SignedIn
from nmo_identity.login.queries import live_session
from nmo_identity.login.rules import digest
from nmo_identity.login.schemas import FinishedLogin
from nmo_identity.matching.commands.match_person import match_person
from nmo_identity.matching.deps import RegisterDep
from nmo_identity.matching.register import Register
from nmo_identity.providers.deps import ProvidersDep
from nmo_identity.providers.port import LoginProvider
from nmo_identity.sessions.errors import StepUpRequired
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(tags=["links"])
REFUSALS = (
    errors.LinkStateInvalid,
    errors.LinkUsed,
    errors.LinkNotFresh,
    errors.LinkTaken,
    errors.LinkOtherPerson,
    errors.LinkOtherIdentity,
)


@router.get("/api/v1/me/links")
@action("identity.me.links.read")
async def read(principal: CurrentPrincipal, session: ReadDep, providers: ProvidersDep) -> Links:
    """Ways in of the caller, providers they could add, and accounts that may be theirs (REG-09, SSO-05)."""
    return Links.model_validate(await links_of(session, principal, providers))


@router.post(
    "/api/v1/me/links",
    status_code=201,
    responses=problems(
        StepUpRequired,
        errors.LinkStateInvalid,
        errors.LinkOtherIdentity,
        errors.LastWayIn,
        login_errors.ProviderUnknown,
        login_errors.ProviderUnavailable,
    ),
)
@action("identity.me.links.start")
async def start(
    body: StartLink,
    principal: CurrentPrincipal,
    db: DatabaseDep,
    providers: ProvidersDep,
    settings: SettingsDep,
) -> StartedLink:
    """Begin to tie a provider. Its callback works in the browser of `flow_id` and within this session alone."""
    provider = _provider(providers, body.provider)
    url = await start_link(
        db,
        provider,
        by=principal,
        browser=body.flow_id,
        public_url=settings.public_url,
        now=clock.now(),
    )
    back = f"{settings.public_url}/auth/{provider.key}/confirm"
    return StartedLink(authorize_url=url, sign_out_url=provider.forget_url(back))


@router.post("/api/v1/me/links/confirm", status_code=204, responses=problems(NotFound))
@action("identity.me.links.confirm")
async def confirm(
    body: ConfirmLinks,
    principal: CurrentPrincipal,
    session: WriteDep,
    providers: ProvidersDep,
    cipher: CipherDep,
) -> None:
    """After recovery: keep these ways in, untie the others (L8)."""
    await confirm_links(session, body.keep, by=principal, providers=providers, cipher=cipher, now=clock.now())


@router.post(
    "/api/v1/me/links/found/{account_id}",
    status_code=201,
    responses=problems(StepUpRequired, errors.LinkNotFound, errors.LinkStateInvalid),
)
@action("identity.me.links.join.start")
async def begin(account_id: UUID, principal: CurrentPrincipal, session: WriteDep) -> BegunJoin:
    """Begin to tie an account of this portal that carries one's own number or address."""
    return BegunJoin(state=await begin_join(session, account_id, by=principal, now=clock.now()))


@router.delete(
    "/api/v1/me/links/found/{account_id}", status_code=204, responses=problems(errors.LinkNotFound)
)
@action("identity.me.links.dismiss")
async def not_mine(account_id: UUID, principal: CurrentPrincipal, session: WriteDep) -> None:
    """«Это не моя»: the account is not shown again."""
    await dismiss(session, account_id, by=principal, now=clock.now())


@router.post(
    "/api/v1/me/links/code",
    responses=problems(errors.LinkStateInvalid, errors.LinkUsed, errors.LinkNotFound),
)
@action("identity.me.links.join.code")
async def send_code(
    body: StateOnly, principal: CurrentPrincipal, db: DatabaseDep, cipher: CipherDep
) -> SentCode:
    """Mail a code to the confirmed address of the account that is to be tied."""
    shown = Shown(principal.sid, UUID(principal.sid), body.state, "local")
    return SentCode(email_masked=await send_join_code(db, shown, cipher=cipher, now=clock.now()))


@router.delete(
    "/api/v1/me/links/{account_id}",
    status_code=204,
    responses=problems(StepUpRequired, errors.LinkNotFound, errors.LastWayIn),
)
@action("identity.me.links.remove")
async def remove(
    account_id: UUID,
    principal: CurrentPrincipal,
    session: WriteDep,
    providers: ProvidersDep,
    cipher: CipherDep,
) -> None:
    """Untie a way in; the last one stays."""
    await untie(session, account_id, by=principal, providers=providers, cipher=cipher, now=clock.now())


@router.post(
    "/internal/links/finish",
    responses=problems(
        *REFUSALS,
        login_errors.ProviderUnknown,
        login_errors.LoginReplayed,
        login_errors.LoginProviderError,
        login_errors.LoginTokenInvalid,
        login_errors.LoginCancelled,
        login_errors.ProviderUnavailable,
        SnilsTaken,
    ),
)
@action("identity.links.finish")
async def finish(
    body: FinishLink, db: DatabaseDep, providers: ProvidersDep, cipher: CipherDep, register: RegisterDep
) -> FinishedLogin:
    """Finish tying a provider; all earlier sessions are over, this one is new."""
    provider = _provider(providers, body.provider)
    shown = Shown(
        body.flow_id,
        await _sid(db, body.handle),
        body.query.get("state", ""),
        provider.key,
        body.ip,
        body.user_agent,
    )
    signed_in = await finish_link(db, provider, shown, body.query, cipher=cipher, now=clock.now())
    return await _answer(db, register, cipher, signed_in)


@router.post(
    "/internal/links/join",
    responses=problems(*REFUSALS, errors.LinkNotFound, errors.LinkWrongProof, errors.LinkTriesSpent),
)
@action("identity.links.join")
async def finish_join(
    body: FinishJoin, db: DatabaseDep, cipher: CipherDep, register: RegisterDep
) -> FinishedLogin:
    """Tie an account of this portal by its password or a mailed code; all earlier sessions are over, this one is new."""
    sid = await _sid(db, body.handle)
    shown = Shown(str(sid), sid, body.state, "local", body.ip, body.user_agent)
    signed_in = await join(db, shown, password=body.password, code=body.code, cipher=cipher, now=clock.now())
    return await _answer(db, register, cipher, signed_in)


async def _answer(
    db: Database, register: Register, cipher: FieldCipher, signed_in: SignedIn
) -> FinishedLogin:
    await match_person(db, register, cipher, signed_in.person_id, now=clock.now())
    async with db.read() as session:
        return await finished_login(session, signed_in)


async def _sid(db: Database, handle: str) -> UUID | None:
    async with db.read() as session:
        row = await live_session(session, digest(handle), clock.now())
    return row.sid if row else None


def _provider(providers: dict[str, LoginProvider], key: str) -> LoginProvider:
    if key not in providers:
        raise login_errors.ProviderUnknown
    return providers[key]
