"""Routes for our services alone: identity asks for approved changes, the gateway speaks for guests."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nmo_applications.deps import CipherDep
from nmo_applications.requests import queries, schemas, views
from nmo_applications.requests.commands.open import GUEST, Words, key_hash, open_guest_request
from nmo_applications.requests.commands.reply import reply
from nmo_applications.requests.endpoints import NO_STORE
from nmo_applications.requests.errors import IllegalMove
from nmo_applications.requests.rules import Status
from nmo_applications.requests.sealing import read_values
from nmo_kit import clock, journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(prefix="/internal", tags=["internal"])


@router.post("/changes/disclose", responses=problems(NotFound))
@action("applications.change.disclose")
async def disclose(
    body: schemas.DiscloseChange,
    session: WriteDep,
    caller: CurrentPrincipal,
    cipher: CipherDep,
    response: Response,
) -> schemas.DisclosedChange:
    """Values of a change that two employees approved, to be carried out; the look is journalled."""
    response.headers.update(NO_STORE)
    row = await queries.any_request(session, body.request_id)
    change = await queries.change_of(session, row.id)
    if row.status is not Status.APPROVED or row.person_id is None or change is None:
        raise NotFound
    values = read_values(cipher, "proposed_sealed", row.id, change.proposed_sealed)
    await journal.record(
        session,
        actor=caller,
        action="applications.change.disclose",
        object_=f"request/{row.number}",
        person_id=row.person_id,
        purpose=body.purpose,
        fields=sorted(values),
    )
    return schemas.DisclosedChange(person_id=row.person_id, values=values)


@router.post("/requests/guest", status_code=201, responses=problems())
@action("applications.guest_request.open")
async def open_for_guest(
    body: schemas.OpenGuestRequest, session: WriteDep, cipher: CipherDep, response: Response
) -> schemas.OpenedForGuest:
    """Somebody cannot sign in (SUP-02). The gateway limits how often."""
    response.headers.update(NO_STORE)
    words = Words(body.topic, body.text, body.reference, body.happened_at, contact=body.contact)
    row, key = await open_guest_request(session, words, cipher=cipher, now=clock.now())
    return schemas.OpenedForGuest(number=row.number, key=key, due_at=row.due_at)


@router.post("/requests/guest/read", responses=problems(NotFound))
@action("applications.guest_request.read")
async def read_for_guest(
    body: schemas.GuestKey, session: WriteDep, cipher: CipherDep, response: Response
) -> schemas.RequestView:
    """The thread, for whoever holds the key."""
    response.headers.update(NO_STORE)
    row = await queries.guest_request(session, key_hash(body.key))
    return views.without_inner_steps(await views.view(session, row, cipher))


@router.post("/requests/guest/reply", status_code=201, responses=problems(NotFound, IllegalMove))
@action("applications.guest_request.reply")
async def reply_for_guest(
    body: schemas.GuestSaid, session: WriteDep, cipher: CipherDep, response: Response
) -> schemas.RequestView:
    """A guest writes on."""
    response.headers.update(NO_STORE)
    row = await queries.guest_request(session, key_hash(body.key), lock=True)
    await reply(session, row, body.text, by=GUEST, cipher=cipher, now=clock.now())
    await session.flush()
    return views.without_inner_steps(await views.view(session, row, cipher))
