"""Routes of the person's contacts, and of taking a change back by a link."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from nmo_identity.codes.errors import CodeExpired, CodeSpent, CodeWrong
from nmo_identity.contacts import errors, queries
from nmo_identity.contacts.commands.confirm import confirm_change
from nmo_identity.contacts.commands.start import (
    Begun,
    cancel_waiting,
    require_no_other_step,
    send_again,
    start_change,
)
from nmo_identity.contacts.commands.undo import undo_change
from nmo_identity.contacts.rules import Kind
from nmo_identity.contacts.schemas import BegunChange, Contacts, GivenCode, NewContact, UndoChange, Undone
from nmo_identity.deps import CipherDep, DatabaseDep
from nmo_identity.letters.errors import LettersSpent
from nmo_identity.sessions.errors import StepUpRequired
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(tags=["contacts"])
MINE = "/api/v1/contacts"


@router.get(MINE, responses=problems(NotFound))
@action("identity.contacts.read")
async def read(
    session: ReadDep, principal: CurrentPrincipal, cipher: CipherDep, response: Response
) -> Contacts:
    """Own contacts, and the changes that wait for a code."""
    response.headers["Cache-Control"] = "no-store"
    found = await queries.contacts_of(session, principal, cipher, clock.now())
    return Contacts.model_validate(found)


@router.post(
    MINE + "/{kind}",
    status_code=202,
    responses=problems(
        errors.ContactInvalid, errors.NoConfirmedContact, LettersSpent, StepUpRequired, NotFound
    ),
)
@action("identity.contacts.change")
async def change(
    kind: Kind, body: NewContact, principal: CurrentPrincipal, db: DatabaseDep, cipher: CipherDep
) -> BegunChange:
    """Begin the change of a contact; a code goes to the new one."""
    now = clock.now()
    require_recent(principal, now)
    await require_no_other_step(db, principal)
    return _told(await start_change(db, kind, body.value, by=principal, cipher=cipher, now=now))


@router.post(
    MINE + "/changes/{change_id}/resend",
    status_code=202,
    responses=problems(errors.ChangeMissing, CodeSpent, LettersSpent),
)
@action("identity.contacts.resend")
async def resend(
    change_id: UUID, principal: CurrentPrincipal, db: DatabaseDep, cipher: CipherDep
) -> BegunChange:
    """Send another code for a change that waits."""
    return _told(await send_again(db, change_id, by=principal, cipher=cipher, now=clock.now()))


@router.post(
    MINE + "/changes/{change_id}/confirm",
    responses=problems(errors.ChangeMissing, errors.ContactTaken, CodeWrong, CodeExpired, CodeSpent),
)
@action("identity.contacts.confirm")
async def confirm(
    change_id: UUID, body: GivenCode, principal: CurrentPrincipal, db: DatabaseDep, cipher: CipherDep
) -> Contacts:
    """Finish a change by its code."""
    now = clock.now()
    await confirm_change(db, change_id, body.code, by=principal, cipher=cipher, now=now)
    async with db.read() as session:
        return Contacts.model_validate(await queries.contacts_of(session, principal, cipher, now))


@router.delete(MINE + "/changes/{change_id}", status_code=204, responses=problems(errors.ChangeMissing))
@action("identity.contacts.cancel")
async def cancel(change_id: UUID, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Give a change up that waits for its code."""
    now = clock.now()
    row = await queries.pending_change(session, change_id, principal.person_id, now)
    await cancel_waiting(session, principal.person_id, now=now, kinds=(row.kind,))


@router.post("/internal/contacts/undo", responses=problems(errors.UndoOver, errors.ContactTaken))
@action("identity.contacts.undo")
async def undo(body: UndoChange, session: WriteDep, cipher: CipherDep) -> Undone:
    """Take a change back by the link of the letter; every session ends."""
    done = await undo_change(session, body.token, cipher=cipher, now=clock.now())
    return Undone.model_validate(done, from_attributes=True)


def _told(begun: Begun) -> BegunChange:
    return BegunChange(change_id=begun.change_id, sent_to=begun.sent_to)
