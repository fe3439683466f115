"""Control of the stand-in: cards, bulk generation, registration of calling systems. Never reachable in production."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from nmo_sandbox.frmr import people_cards, synthetic
from nmo_sandbox.frmr.access import key_of
from nmo_sandbox.frmr.dump import ReadyDep
from nmo_sandbox.frmr.state import Card, Change, State

router = APIRouter(prefix="/sandbox")
MAX_BATCH = 5_000_000


class ClientRegistration(BaseModel):
    """A calling system: the certificate whose key signs its tokens."""

    certificate_pem: str = Field(max_length=20_000)


class Generation(BaseModel):
    """How many bulk cards to add, and the seed that decides what is in them."""

    count: int = Field(ge=1, le=MAX_BATCH)
    seed: int = 1


def _state(request: Request) -> State:
    state: State = request.app.state.register
    return state


StateDep = Annotated[State, Depends(_state)]


def load_people(state: State) -> None:
    """Put in the cards of the sandbox people that the register does not hold yet."""
    for key, card in people_cards.cards().items():
        if state.card(key=key) is None:
            state.put_card(card, key=key)


@router.put("/clients/{client_id}")
async def register_client(client_id: str, wanted: ClientRegistration, state: StateDep) -> dict[str, str]:
    """Register a calling system or replace its certificate."""
    try:
        _, algorithm = key_of(wanted.certificate_pem)
    except ValueError as error:
        raise HTTPException(422, "certificate_pem holds no usable certificate") from error
    state.put_client(client_id, wanted.model_dump())
    return {"client_id": client_id, "algorithm": algorithm}


@router.get("/cards")
async def list_cards(
    state: StateDep,
    after: Annotated[str, Query(description="number of the last card seen")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """List stored cards by person number; bulk cards are found one by one."""
    found = state.stored_cards(after=after, limit=limit)
    last = found[-1]["oid"] if len(found) == limit else None
    return {"items": found, "next_after": last, "total": state.count()}


@router.get("/cards/{identifier}")
async def show_card(identifier: str, state: StateDep) -> Card:
    """Show one card by its number, the person's key or СНИЛС."""
    return _card(state, identifier)


@router.post("/cards", status_code=201)
async def add_card(card: dict[str, Any], state: StateDep, key: str | None = None) -> dict[str, Any]:
    """Add a card, or replace the one with the same `oid`."""
    if not card.get("oid") or not card.get("snils"):
        raise HTTPException(422, "a card needs oid and snils")
    return _told(state.put_card(card, key=key))


@router.patch("/cards/{identifier}")
async def change_card(identifier: str, patch: dict[str, Any], state: StateDep) -> dict[str, Any]:
    """Change a card by a JSON merge patch (RFC 7396); the person moves to the end of the change feed."""
    card = _card(state, identifier)
    if patch.get("oid", card["oid"]) != card["oid"]:
        raise HTTPException(422, "the number of a card does not change")
    return _told(state.put_card(_merged(card, patch)))


@router.delete("/cards/{identifier}")
async def remove_card(identifier: str, state: StateDep) -> dict[str, Any]:
    """Take a card out of the register."""
    return _told(state.remove_card(_card(state, identifier)))


@router.post("/generate", status_code=201)
async def generate(wanted: Generation, state: StateDep) -> dict[str, Any]:
    """Add bulk cards: computed when read, so millions cost nothing here."""
    first_number, first_seq = state.generate(wanted.count, wanted.seed)
    return {
        "count": wanted.count,
        "first_oid": synthetic.oid_of(first_number),
        "last_oid": synthetic.oid_of(first_number + wanted.count - 1),
        "first_snils": synthetic.snils_of(first_number),
        "first_change_seq": first_seq,
        "total": state.count(),
    }


@router.post("/dump", status_code=201)
def make_dump_ready(state: StateDep, ready: ReadyDep) -> dict[str, Any]:
    """Write the dump of the register to a file and give it from there until a card changes: nothing is computed on the way."""
    name = state.dump_id()
    return {"dump_id": name, "total": state.count(), "bytes": ready.write(name, state.dump(""))}


def _card(state: State, identifier: str) -> Card:
    card = state.card(oid=identifier) or state.card(key=identifier) or state.card(snils=identifier)
    if card is None:
        raise HTTPException(404, "no such card")
    return card


def _told(change: Change) -> dict[str, Any]:
    return {"oid": change.oid, "change_seq": change.change_seq, "changed_at": change.changed_at}


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None and isinstance(target, dict) and isinstance(target.get(name), dict | list):
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged
