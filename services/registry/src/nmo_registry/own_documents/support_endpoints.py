"""Routes of the employees who verify documents: the queue, taking, deciding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from nmo_kit import journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.paging import Page, decode_cursor, encode_cursor
from nmo_registry.lookup.endpoints import CipherDep
from nmo_registry.own_documents import queries, schemas, views
from nmo_registry.own_documents.commands.decide import decide_document
from nmo_registry.own_documents.commands.move import must_hold
from nmo_registry.own_documents.commands.take import release, take
from nmo_registry.own_documents.endpoints import FILE, NO_STORE, file_of
from nmo_registry.own_documents.errors import IllegalMove, OwnDocumentRefused, TakeFirst, TakenByAnother
from nmo_registry.own_documents.people import PURPOSE, DocumentOwner, People
from nmo_registry.own_documents.rules import Action
from nmo_registry.own_documents.tables import OwnDocument

router = APIRouter(prefix="/api/v1/support/documents", tags=["support"])
HELD = problems(NotFound, IllegalMove, TakeFirst, TakenByAnother, OwnDocumentRefused)


async def _people(request: Request) -> People:
    people: People = request.app.state.people
    return people


@dataclass(slots=True)
class Desk:
    """What every act of an employee needs: who, in which transaction, and how its outcome is shown."""

    session: WriteDep
    viewer: CurrentPrincipal
    cipher: CipherDep
    people: Annotated[People, Depends(_people)]

    async def show(self, row: OwnDocument) -> schemas.WorkView:
        """The document with who sent it; the look is journalled here and, for the person, by identity (AUD-03)."""
        await self.session.flush()
        owner = await self.people.owner(row.person_id)
        await self.look(row, fields=[] if owner is None else sorted(DocumentOwner.model_fields))
        now = await queries.moment(self.session)
        return await views.work_view(self.session, row, owner, self.cipher, now)

    async def look(self, row: OwnDocument, *, fields: list[str]) -> None:
        """Journal that the employee saw the document."""
        await journal.record(
            self.session,
            actor=self.viewer,
            action="support.document.read",
            object_=f"document/{row.number}",
            person_id=row.person_id,
            purpose=PURPOSE,
            fields=fields,
        )


DeskDep = Annotated[Desk, Depends()]


@router.get("", responses=problems())
@action("support.document.list")
async def list_queue(
    session: ReadDep,
    viewer: CurrentPrincipal,
    response: Response,
    part: Literal["new", "mine", "late"] = "new",
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[schemas.QueueItem]:
    """The queue, the earliest term first; whose the documents are is hidden until they are taken (ROL-04)."""
    response.headers.update(NO_STORE)
    now = await queries.moment(session)
    after = _after(cursor)
    found = await queries.queue(session, viewer=viewer, part=part, after=after, limit=limit + 1, now=now)
    page = found[:limit]
    more = encode_cursor({"after": str(page[-1].id)}) if len(found) > limit else None
    return Page(items=[views.queue_item(row, now) for row in page], next_cursor=more)


@router.get("/counts", responses=problems())
@action("support.document.list")
async def counts(session: ReadDep, viewer: CurrentPrincipal) -> schemas.QueueCounts:
    """How much there is in each part of the queue."""
    now = await queries.moment(session)
    return schemas.QueueCounts(**await queries.queue_counts(session, viewer=viewer, now=now))


@router.get("/{document_id}", responses=HELD)
@action("support.document.read")
async def read(document_id: UUID, desk: DeskDep, response: Response) -> schemas.WorkView:
    """One document with who sent it, for the employee who took it."""
    response.headers.update(NO_STORE)
    return await desk.show(await _held(desk, document_id))


@router.get("/{document_id}/scans/{scan_id}", responses={**HELD, **FILE}, response_class=Response)
@action("support.document.read")
async def download(document_id: UUID, scan_id: UUID, desk: DeskDep) -> Response:
    """A scan, for the employee who took the document; the look is journalled."""
    row = await _held(desk, document_id)
    scan = await queries.scan(desk.session, scan_id, row.id)
    await desk.look(row, fields=["scan"])
    return file_of(scan, row.number, desk.cipher)


@router.post("/{document_id}/take", responses=HELD)
@action("support.document.take")
async def take_it(document_id: UUID, desk: DeskDep) -> schemas.WorkView:
    """Take a document before acting on it."""
    return await desk.show(await take(desk.session, document_id, by=desk.viewer))


@router.post("/{document_id}/release", status_code=204, responses=HELD)
@action("support.document.release")
async def give_back(document_id: UUID, session: WriteDep, viewer: CurrentPrincipal) -> None:
    """Give it back to the queue."""
    await release(session, document_id, by=viewer)


@router.post("/{document_id}/verify", status_code=204, responses=HELD)
@action("support.document.decide")
async def verify(document_id: UUID, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep) -> None:
    """The document is right: «не подтверждено» goes."""
    await decide_document(session, document_id, Action.VERIFY, None, by=viewer, cipher=cipher)


@router.post("/{document_id}/refuse", status_code=204, responses=HELD)
@action("support.document.decide")
async def refuse(
    document_id: UUID, body: schemas.Reason, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> None:
    """The document cannot be confirmed; the reason reaches its owner, who may correct and send again."""
    await decide_document(session, document_id, Action.REFUSE, body.text, by=viewer, cipher=cipher)


@router.post("/{document_id}/ask", status_code=204, responses=HELD)
@action("support.document.decide")
async def ask(
    document_id: UUID, body: schemas.Reason, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> None:
    """Further papers are needed; the words reach the owner."""
    await decide_document(session, document_id, Action.ASK, body.text, by=viewer, cipher=cipher)


async def _held(desk: Desk, document_id: UUID) -> OwnDocument:
    row = await queries.any_document(desk.session, document_id)
    must_hold(row, desk.viewer)
    return row


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor).get("after")))
    except ValueError as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error
