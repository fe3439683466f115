"""Routes of the person's consents."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from nmo_contracts.purposes import EMPLOYER, MAIN
from nmo_identity.consents import receipts, views
from nmo_identity.consents.commands.answer import grant_consent, refuse_consent, withdraw_consent
from nmo_identity.consents.errors import ConsentTextOutdated, MainConsentFirst
from nmo_identity.consents.rules import PURPOSE, Purpose
from nmo_identity.consents.schemas import AnswerConsent, Consents, Receipt
from nmo_identity.deps import CipherDep, DatabaseDep, SettingsDep
from nmo_identity.matching.commands.match_person import owe_match
from nmo_identity.matching.commands.refresh import match_after_consent
from nmo_identity.matching.commands.tell_again import tell_match_again
from nmo_identity.matching.deps import RegisterDep
from nmo_identity.matching.queries import last_result
from nmo_identity.me.queries import me_of
from nmo_identity.me.schemas import Me
from nmo_identity.oidc_provider.deps import MintDep
from nmo_identity.sessions.errors import StepUpRequired
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import clock, failpoints
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(prefix="/api/v1/me/consents", tags=["consents"])


@router.get("")
@action("identity.me.consents.read")
async def read_consents(session: ReadDep, principal: CurrentPrincipal) -> Consents:
    """Each purpose with its text in force and state, the history of answers, and an erasure that awaits."""
    return Consents.model_validate(await views.consents_of(session, principal))


@router.post(
    "", status_code=201, responses=problems(ConsentTextOutdated, MainConsentFirst, StepUpRequired, NotFound)
)
@action("identity.me.consents.grant")
async def answer_consent(
    body: AnswerConsent,
    principal: CurrentPrincipal,
    db: DatabaseDep,
    register: RegisterDep,
    cipher: CipherDep,
    settings: SettingsDep,
) -> Me:
    """Agree to one purpose, or refuse.

    Only after an agreement to the main one the register is asked, once, and the result is in the answer; a repeated
    agreement changes nothing and asks nothing.
    """
    now, version, owed = clock.now(), body.text_version, False
    if not body.agreed and body.purpose in principal.purposes:
        require_recent(principal, now)
    async with db.write() as session:
        if not body.agreed:
            await refuse_consent(
                session,
                by=principal,
                text_version=version,
                now=now,
                purpose=body.purpose,
                erase_after=timedelta(days=settings.erasure_after_days),
            )
        else:
            given = await grant_consent(
                session, by=principal, text_version=version, now=now, purpose=body.purpose
            )
            if body.purpose == MAIN and (given or await last_result(session, principal.person_id) is None):
                await owe_match(session, principal.person_id, now=now)
                owed = True
            elif body.purpose == EMPLOYER and given:
                await tell_match_again(session, principal.person_id)
    if owed:
        await failpoints.hit("identity.consent.granted")
        await match_after_consent(db, register, cipher, by=principal, now=now)
    async with db.read() as session:
        return Me.model_validate(await me_of(session, principal, cipher))


@router.delete("", status_code=204, responses=problems(NotFound, StepUpRequired))
@action("identity.me.consents.withdraw")
async def withdraw(
    session: WriteDep,
    principal: CurrentPrincipal,
    settings: SettingsDep,
    purpose: Annotated[Purpose, Query()] = PURPOSE,
) -> None:
    """Take the consent to one purpose back, after a fresh sign-in; with the main one the cabinet is closed."""
    require_recent(principal, clock.now())
    await withdraw_consent(
        session,
        by=principal,
        now=clock.now(),
        purpose=purpose,
        erase_after=timedelta(days=settings.erasure_after_days),
    )


@router.get("/records/{record_id}", responses=problems(NotFound))
@action("identity.me.consents.receipt")
async def read_receipt(
    record_id: UUID, session: ReadDep, principal: CurrentPrincipal, mint: MintDep, response: Response
) -> Receipt:
    """The receipt of one's own consent, to keep: in words and signed."""
    found = await views.receipt(session, record_id, viewer=principal, issuer=mint.issuer)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="consent-{record_id}.json"'
    return Receipt(receipt=found, signed=await mint.document(receipts.KIND, found))
