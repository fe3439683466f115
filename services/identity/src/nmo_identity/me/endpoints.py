"""Routes of the person about themselves."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nmo_identity.consents.commands.answer import grant_consent, refuse_consent, withdraw_consent
from nmo_identity.consents.errors import ConsentTextOutdated
from nmo_identity.deps import CipherDep, DatabaseDep
from nmo_identity.matching.commands.confirm_weak import confirm_weak_match
from nmo_identity.matching.commands.match_person import owe_match
from nmo_identity.matching.commands.refresh import match_after_consent, refresh_match
from nmo_identity.matching.deps import RegisterDep
from nmo_identity.matching.errors import MatchQuotaSpent, NothingToConfirm
from nmo_identity.matching.queries import last_result
from nmo_identity.me import queries
from nmo_identity.me.schemas import AnswerConsent, Consents, Me
from nmo_kit import clock, failpoints
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


@router.get("/consents")
@action("identity.me.consents.read")
async def read_consents(session: ReadDep, principal: CurrentPrincipal) -> Consents:
    """The text of the consent in force, its state and the history of answers."""
    return Consents.model_validate(await queries.consents_of(session, principal))


@router.post("/consents", status_code=201, responses=problems(ConsentTextOutdated, NotFound))
@action("identity.me.consents.grant")
async def answer_consent(
    body: AnswerConsent,
    principal: CurrentPrincipal,
    db: DatabaseDep,
    register: RegisterDep,
    cipher: CipherDep,
) -> Me:
    """Agree to the passing on of data, or refuse.

    Only after an agreement the register is asked, once, and the result is in the answer; a repeated agreement changes
    nothing and asks nothing.
    """
    now, version, owed = clock.now(), body.text_version, False
    async with db.write() as session:
        if not body.agreed:
            await refuse_consent(session, by=principal, text_version=version, now=now)
        elif (
            await grant_consent(session, by=principal, text_version=version, now=now)
            or await last_result(session, principal.person_id) is None
        ):
            await owe_match(session, principal.person_id, now=now)
            owed = True
    if owed:
        await failpoints.hit("identity.consent.granted")
        await match_after_consent(db, register, cipher, by=principal, now=now)
    async with db.read() as session:
        return Me.model_validate(await queries.me_of(session, principal, cipher))


@router.delete("/consents", status_code=204, responses=problems(NotFound))
@action("identity.me.consents.withdraw")
async def withdraw(session: WriteDep, principal: CurrentPrincipal) -> None:
    """Take the consent back; the cabinet falls to the limited set."""
    await withdraw_consent(session, by=principal, now=clock.now())


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
