"""From rows to what people see; sealed words are opened here, for those who may read them."""

from __future__ import annotations

from datetime import datetime

from nmo_applications.requests import queries, schemas
from nmo_applications.requests.rules import OF_EMPLOYEE, OF_OWNER, OF_SECOND, Status, allowed
from nmo_applications.requests.sealing import Values, read, read_values
from nmo_applications.requests.tables import SupportRequest
from nmo_applications.upstreams import RequestPerson
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.principal import Principal

DESTROYED = "Сведения уничтожены"
CLOSED_STEPS = frozenset({"release", "take"})
"""Whose turn it is among employees is not the owner's business."""


def topic_of(row: SupportRequest, cipher: FieldCipher) -> str:
    """The topic in the owner's words; what was destroyed with its owner says so."""
    if not row.topic_sealed:
        return DESTROYED
    return read(cipher, "support_request", "topic_sealed", row.id, row.topic_sealed)


def item(row: SupportRequest, cipher: FieldCipher) -> schemas.RequestItem:
    """A line of the owner's list."""
    return schemas.RequestItem(
        request_id=row.id,
        number=row.number,
        kind=row.kind,
        topic=topic_of(row, cipher),
        status=row.status,
        result=row.result,
        due_at=row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def opened(row: SupportRequest) -> schemas.Opened:
    """What a new request is known by."""
    return schemas.Opened(request_id=row.id, number=row.number, status=row.status, due_at=row.due_at)


async def view(
    session: ReadSession | WriteSession, row: SupportRequest, cipher: FieldCipher
) -> schemas.RequestView:
    """A request as its owner sees it."""
    thread = await queries.messages(session, row.id)
    history = await queries.moves(session, row.id)
    change = await queries.change_of(session, row.id)
    asked: Values = read_values(cipher, "asked_sealed", row.id, change.asked_sealed) if change else {}
    return schemas.RequestView(
        **item(row, cipher).model_dump(),
        reference=row.reference,
        happened_at=row.happened_at,
        messages=[
            schemas.MessageView(
                at=line.at,
                author=line.author,
                text=read(cipher, "support_message", "text_sealed", line.id, line.text_sealed),
            )
            for line in thread
        ],
        history=[
            schemas.MoveView(at=line.at, action=line.action, status=line.to_status, role=line.actor_role)
            for line in history
        ],
        asked=asked,
        allowed=allowed(row.status, OF_OWNER),
    )


def without_inner_steps(found: schemas.RequestView) -> schemas.RequestView:
    """The owner's view: who of the employees took or gave back is left out."""
    kept = [line for line in found.history if line.action not in CLOSED_STEPS]
    return found.model_copy(update={"history": kept})


async def work_view(
    session: WriteSession,
    row: SupportRequest,
    person: RequestPerson | None,
    *,
    viewer: Principal,
    cipher: FieldCipher,
    now: datetime,
) -> schemas.WorkView:
    """A request as an employee sees it who took it, or who decides on the change."""
    found = await view(session, row, cipher)
    change = await queries.change_of(session, row.id)
    mine = row.taken_by == viewer.person_id
    actions = OF_EMPLOYEE if mine else OF_SECOND
    if change is None:
        actions = actions - {"propose"}
    contact = row.contact_sealed
    return schemas.WorkView(
        **{**found.model_dump(), "allowed": allowed(row.status, frozenset(actions))},
        level=row.level,
        overdue=is_overdue(row, now),
        guest=row.person_id is None,
        contact=None
        if contact is None
        else read(cipher, "support_request", "contact_sealed", row.id, contact),
        person=None if person is None else schemas.PersonCard(**person.model_dump(exclude={"short_name"})),
        person_missing=person is None and row.person_id is not None,
        proposed=read_values(cipher, "proposed_sealed", row.id, change.proposed_sealed) if change else {},
        proposed_by_me=change is not None and change.proposed_by == viewer.person_id,
        asked_documents=row.asked_documents,
    )


def queue_item(
    row: SupportRequest, name: str | None, *, viewer: Principal, cipher: FieldCipher, now: datetime
) -> schemas.QueueItem:
    """A line of the queue; the topic, which is the person's words, only of those the viewer has taken."""
    mine = row.taken_by == viewer.person_id
    return schemas.QueueItem(
        request_id=row.id,
        number=row.number,
        kind=row.kind,
        status=row.status,
        level=row.level,
        due_at=row.due_at,
        overdue=is_overdue(row, now),
        created_at=row.created_at,
        guest=row.person_id is None,
        topic=topic_of(row, cipher) if mine else None,
        person_name=name if mine else None,
    )


def is_overdue(row: SupportRequest, now: datetime) -> bool:
    """Support is late: it is its turn, and the time is over."""
    return row.status in {Status.NEW, Status.TAKEN, Status.PROPOSED} and now > row.due_at
