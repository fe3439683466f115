"""The register's dump: every card as a line of JSON, for those who compare the whole."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from nmo_sandbox.common.faults import Fault, FaultBoard
from nmo_sandbox.frmr.access import caller
from nmo_sandbox.frmr.answers import RegisterError, envelope
from nmo_sandbox.frmr.feed_faults import faulty_card
from nmo_sandbox.frmr.ready_dump import END, ReadyDump
from nmo_sandbox.frmr.state import Card, State

LINES_AT_ONCE = 100
DUMP_FAULTS = (
    Fault("dump_cut", "the dump's connection ends after so many cards", 1000),
    Fault("dump_disorder", "every n-th card stands in the dump after the next one", 2),
    Fault("dump_thin", "every n-th card is missing from the dump", 3),
    Fault("dump_twice", "every n-th card stands in the dump twice, the second time later", 3),
    Fault(
        "dump_broken",
        "every n-th line of the dump cannot be read: bad JSON, bytes of another encoding, no number",
        3,
    ),
    Fault("dump_nameless", "every n-th line of the dump is no card and holds no number", 5),
)
router = APIRouter(dependencies=[Depends(caller)])


def _state(request: Request) -> State:
    state: State = request.app.state.register
    return state


def _faults(request: Request) -> FaultBoard:
    faults: FaultBoard = request.app.state.faults
    return faults


def _ready(request: Request) -> ReadyDump:
    ready: ReadyDump = request.app.state.ready_dump
    return ready


StateDep = Annotated[State, Depends(_state)]
FaultsDep = Annotated[FaultBoard, Depends(_faults)]
ReadyDep = Annotated[ReadyDump, Depends(_ready)]
OrganizationParam = Annotated[str, Query(min_length=1)]


@router.get("/person/dump")
async def dump(state: StateDep, mo: OrganizationParam) -> dict[str, Any]:
    """Name the dump of the whole register, how many cards it holds and where the change feed stands at it."""
    del mo
    return envelope(
        {
            "dumpId": state.dump_id(),
            "total": state.count(),
            "cursor": f"{state.feed_id}.{state.last_seq()}",
        }
    )


@router.get("/person/dump/{dump_id}")
async def dump_cards(
    dump_id: str,
    state: StateDep,
    faults: FaultsDep,
    ready: ReadyDep,
    mo: OrganizationParam,
    after: Annotated[str, Query(max_length=64)] = "",
) -> StreamingResponse:
    """Answer with the cards in the order of their numbers, those after a number only; the last line says that it is.

    A card that changes while the dump is read is given as it is then, or as it was when the dump was made ready; the
    change feed tells of it again.
    """
    del mo
    if dump_id.rpartition("-")[0] != state.feed_id:
        raise RegisterError(410, "DUMP_EXPIRED", "Выгрузка устарела, начните чтение сначала")
    # Faults strike single cards: those of a file have none.
    lines = (
        ready.after(after) if ready.dump_id == dump_id and not faults.any() else _lines(state, faults, after)
    )
    return StreamingResponse(lines, media_type="application/x-ndjson")


async def _lines(state: State, faults: FaultBoard, after: str) -> AsyncIterator[bytes]:
    left = int(faults.number("dump_cut")) or None
    lines, count = _faulty(state.dump(after), faults), 0
    while page := list(islice(lines, LINES_AT_ONCE)):
        if left is not None and count + len(page) > left:
            yield b"".join(page[: left - count])[:-20]
            return
        count += len(page)
        yield b"".join(page)
    yield END


def _faulty(cards: Iterator[Card], faults: FaultBoard) -> Iterator[bytes]:
    """Lines of the cards, with the faults that are switched on."""
    thin, twice, broken, nameless = (
        int(faults.number(f"dump_{name}")) for name in ("thin", "twice", "broken", "nameless")
    )
    again: bytes | None = None
    ordered = _disordered(cards, int(faults.number("dump_disorder")))
    for number, card in enumerate((faulty_card(faults, card) for card in ordered), start=1):
        line = orjson.dumps(card) + b"\n"
        if nameless and number % nameless == 0:
            yield b'["lost"]\n' if number % (2 * nameless) else line.partition(b":")[0] + b"\n"
            continue
        if thin and number % thin == 0:
            continue
        if broken and number % broken == 0:
            yield _unreadable(card, line, number // broken)
            continue
        yield line
        if again is not None:
            yield again
        again = line if twice and number % twice == 0 else None


def _disordered(cards: Iterator[Card], every: int) -> Iterator[Card]:
    for number, card in enumerate(cards, start=1):
        if every and number % every == 0:
            yield from islice(cards, 1)
        yield card


def _unreadable(card: Card, line: bytes, turn: int) -> bytes:
    match turn % 3:
        case 0:
            return line[: len(line) // 2] + b"\n"
        case 1:
            return line.decode().encode("cp1251", "replace")
        case _:
            return orjson.dumps({**card, "birthDate": None}) + b"\n"
