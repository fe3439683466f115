"""Route of the match, for identity only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadDep
from nmo_kit.errors import problems
from nmo_registry.lookup.commands.match import Claim, Matcher
from nmo_registry.lookup.errors import CardSetAside, RegisterUnavailable
from nmo_registry.lookup.rules import PersonName
from nmo_registry.lookup.schemas import KnownRequest, KnownResponse, MatchRequest, MatchResponse
from nmo_registry.specialists.queries import snils_holders

router = APIRouter(prefix="/internal", tags=["internal"])


async def _matcher(request: Request) -> Matcher:
    matcher: Matcher = request.app.state.matcher
    return matcher


async def _cipher(request: Request) -> FieldCipher:
    cipher: FieldCipher = request.app.state.cipher
    return cipher


CipherDep = Annotated[FieldCipher, Depends(_cipher)]
MatcherDep = Annotated[Matcher, Depends(_matcher)]


@router.post("/match", responses=problems(RegisterUnavailable, CardSetAside))
@action("registry.match")
async def match(body: MatchRequest, matcher: MatcherDep, caller: CurrentPrincipal) -> MatchResponse:
    """Compare data of a person with the register's record of the same СНИЛС; the person finds it in their journal."""
    name = PersonName(body.last_name, body.first_name, body.patronymic, body.birth_on)
    claim = Claim(body.snils, name, body.person_id, body.refresh, body.purpose)
    return MatchResponse.model_validate(await matcher.match(claim, by=caller))


@router.post("/known", responses=problems())
@action("registry.known")
async def known(body: KnownRequest, session: ReadDep, cipher: CipherDep) -> KnownResponse:
    """Which of these numbers appeared in the mirror: who was absent is compared anew without asking the source (MAT-04)."""
    indexes = {snils: cipher.blind_index(snils) for snils in body.snils}
    held = await snils_holders(session, indexes.values())
    return KnownResponse(known=[snils for snils, index in indexes.items() if index in held])
