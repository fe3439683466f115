"""The register's own paths: a person's card by blocks, lists, the change feed, organisations."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from nmo_sandbox.common.faults import FaultBoard
from nmo_sandbox.frmr import card_parts
from nmo_sandbox.frmr.access import caller
from nmo_sandbox.frmr.answers import RegisterError, envelope
from nmo_sandbox.frmr.feed_faults import faulty_card, faulty_entries, faulty_limit, in_another_encoding
from nmo_sandbox.frmr.organizations import ORGANIZATIONS
from nmo_sandbox.frmr.state import Card, State

MAX_LIST = 100
MAX_CHANGES = 500
router = APIRouter(dependencies=[Depends(caller)])

_BLOCK_PATHS = {
    "common": "educationCommon",
    "prof": "educationProf",
    "postgraduate": "educationPostgraduate",
    "ext": "educationExt",
    "cert": "educationCert",
    "accreditation": "personAccreditation",
    "qualification": "personQualification",
    "nomination": "personNomination",
    "organization": "personOrganization",
}


def _state(request: Request) -> State:
    state: State = request.app.state.register
    return state


def _faults(request: Request) -> FaultBoard:
    faults: FaultBoard = request.app.state.faults
    return faults


StateDep = Annotated[State, Depends(_state)]
FaultsDep = Annotated[FaultBoard, Depends(_faults)]


def _found(
    state: StateDep,
    mo: Annotated[str | None, Query()] = None,
    oid: Annotated[str | None, Query()] = None,
    snils: Annotated[str | None, Query()] = None,
) -> Card:
    """Find the one card asked for; without an organisation or a key there is no search."""
    if not mo:
        raise RegisterError(400, "MO_REQUIRED", "Не указан параметр mo")
    if not oid and not snils:
        raise RegisterError(400, "KEY_REQUIRED", "Укажите oid или snils")
    card = state.card(oid=oid) if oid else state.card(snils=snils)
    if card is None:
        raise RegisterError(404, "PERSON_NOT_FOUND", "Работник не найден")
    return card


CardDep = Annotated[Card, Depends(_found)]


@router.get("/person")
async def person(card: CardDep) -> dict[str, Any]:
    """Answer with the person's own block."""
    return envelope({name: value for name, value in card.items() if name not in card_parts.BLOCKS})


@router.get("/person/full", response_model=None)
async def full(card: CardDep, faults: FaultsDep) -> Response | dict[str, Any]:
    """Answer with the whole card."""
    answer = envelope(faulty_card(faults, card))
    if in_another_encoding(faults, card):
        body = json.dumps(answer, ensure_ascii=False).encode("cp1251", "replace")
        return Response(body, media_type="application/json")
    return answer


@router.get("/person/list")
async def people(
    state: StateDep,
    mo: Annotated[str, Query(min_length=1)],
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LIST)] = MAX_LIST,
) -> dict[str, Any]:
    """Answer with a page of person numbers."""
    del mo
    content = [{"oid": oid} for oid in state.all_oids(offset, limit)]
    return envelope(content, offset=offset, limit=limit, total=state.count())


@router.get("/person/changes")
async def changes(
    state: StateDep,
    faults: FaultsDep,
    cursor: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_CHANGES)] = MAX_LIST,
) -> dict[str, Any]:
    """Answer with the people changed after the cursor, each once at the newest place; `total` is what is left.

    A cursor of another feed (the register was rebuilt) is answered 410: the reader starts anew.
    """
    feed, _, place = cursor.partition(".")
    if cursor and (feed != state.feed_id or not place.isdigit()):
        raise RegisterError(410, "CURSOR_EXPIRED", "Курсор устарел, начните чтение сначала")
    after = int(place or 0)
    found = state.changes(after, faulty_limit(faults, limit))
    content = faulty_entries(faults, found)
    last = found[-1].change_seq if content else after
    page = envelope(content, nextCursor=f"{state.feed_id}.{last}", total=state.remaining(after))
    if faults.on("feed_shape"):
        del page["nextCursor"]
    return page


@router.get("/person/card")
async def jobs(card: CardDep, last_name: Annotated[str, Query(alias="lastName")]) -> dict[str, Any]:
    """Answer with the employments; the surname must be the card's own."""
    if last_name.casefold() != str(card["lastName"]).casefold():
        raise RegisterError(404, "PERSON_NOT_FOUND", "Работник не найден")
    return envelope(card["personCards"])


@router.get("/person/{block}")
async def one_block(block: str, card: CardDep) -> dict[str, Any]:
    """Answer with one block of the card."""
    if block not in _BLOCK_PATHS:
        raise RegisterError(404, "NOT_FOUND", "Такого раздела нет")
    return envelope(card.get(_BLOCK_PATHS[block], []))


@router.get("/org/{oid}")
async def organization(oid: str) -> dict[str, Any]:
    """Answer with one organisation of ФРМО."""
    if oid not in ORGANIZATIONS:
        raise RegisterError(404, "ORG_NOT_FOUND", "Организация не найдена")
    return envelope(ORGANIZATIONS[oid])
