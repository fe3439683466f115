"""Routes of letters, for the sending service alone."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from nmo_identity.deps import CipherDep
from nmo_identity.letters.commands.mark_address import mark_bounced
from nmo_identity.letters.commands.settle import settle_letter
from nmo_identity.letters.commands.take import take_letter
from nmo_identity.letters.errors import LetterOver
from nmo_identity.letters.schemas import Bounce, SettleLetter, TakenLetter
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(tags=["letters"])


@router.post("/internal/letters/{letter_id}/take", responses=problems(NotFound, LetterOver))
@action("identity.letter.take")
async def take(letter_id: UUID, session: ReadDep, cipher: CipherDep, response: Response) -> TakenLetter:
    """Address and parameters of a letter, at the moment of sending."""
    response.headers["Cache-Control"] = "no-store"
    return TakenLetter.model_validate(await take_letter(session, letter_id, cipher=cipher, now=clock.now()))


@router.post("/internal/letters/{letter_id}/settle", status_code=204, responses=problems(NotFound))
@action("identity.letter.settle")
async def settle(
    letter_id: UUID, body: SettleLetter, session: WriteDep, cipher: CipherDep, principal: CurrentPrincipal
) -> None:
    """Tell that a letter was sent or given up; its content is erased."""
    await settle_letter(
        session, letter_id, body.outcome, by=principal.client_id, cipher=cipher, now=clock.now()
    )


@router.post("/internal/letters/bounces", status_code=204)
@action("identity.letter.bounce")
async def bounce(body: Bounce, session: WriteDep, cipher: CipherDep, principal: CurrentPrincipal) -> None:
    """Tell that a mail server refused the address of a message which was not identity's own letter."""
    await mark_bounced(
        session, body.address, body.person_id, by=principal.client_id, cipher=cipher, now=clock.now()
    )
