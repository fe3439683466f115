"""Routes of the owner of a document added by hand."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Response

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.consents import refuse_withdrawn
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import ConsentRequired, NotFound, TooLarge, problems
from nmo_kit.idempotency import IdempotencyDep
from nmo_registry.lookup.endpoints import CipherDep
from nmo_registry.own_documents import queries, schemas, views
from nmo_registry.own_documents.commands.keep_scan import keep_scan
from nmo_registry.own_documents.commands.send import Sheet, resend_document, send_document
from nmo_registry.own_documents.commands.withdraw import withdraw_document
from nmo_registry.own_documents.errors import (
    AlreadyInRegister,
    AlreadySent,
    IllegalMove,
    TooManyOpen,
    TooManyScans,
)
from nmo_registry.own_documents.scans import MAX_BYTES, SUFFIXES
from nmo_registry.own_documents.sealing import content_of
from nmo_registry.own_documents.tables import OwnDocumentScan

SCANS_PATH = "/api/v1/register/scans"
UPLOADS = {SCANS_PATH: MAX_BYTES + 1024}
"""A file a little above the limit is read, so that its refusal says what to do."""
NO_STORE = {"Cache-Control": "no-store"}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in SUFFIXES}}
}
router = APIRouter(prefix="/api/v1/register", tags=["register"])


@router.post("/scans", status_code=201, responses=problems(ConsentRequired, TooManyScans, TooLarge))
@action("registry.own_document.send")
async def upload_scan(
    body: Annotated[bytes, Body(media_type="application/octet-stream")],
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
) -> schemas.KeptScan:
    """Upload a scan: PDF, JPG or PNG of 5 MB at most, judged by its content; the form then names it by its id."""
    await refuse_withdrawn(session, viewer.person_id)
    row = await keep_scan(session, body, by=viewer, cipher=cipher, now=await queries.moment(session))
    return schemas.KeptScan(scan_id=row.id, media_type=row.media_type, size_bytes=row.size_bytes)


@router.get("/own-documents", responses=problems(ConsentRequired))
@action("registry.own_document.read")
async def list_own(session: ReadDep, viewer: CurrentPrincipal, response: Response) -> schemas.OwnItems:
    """Documents you added by hand, newest first, each with where its verification stands."""
    response.headers.update(NO_STORE)
    await refuse_withdrawn(session, viewer.person_id)
    now = await queries.moment(session)
    found = await queries.own_documents(session, viewer=viewer)
    return schemas.OwnItems(items=[views.item(row, now) for row in found], next_cursor=None)


@router.post(
    "/own-documents",
    status_code=201,
    responses=problems(ConsentRequired, AlreadyInRegister, AlreadySent, TooManyOpen),
)
@action("registry.own_document.send")
async def send(
    body: schemas.DocumentForm,
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
    idempotency: IdempotencyDep,
) -> schemas.Sent:
    """Add a document that the register does not show; the number and the term are in the answer (FRM-04, FRM-05)."""
    await refuse_withdrawn(session, viewer.person_id)

    async def work() -> schemas.Sent:
        sheet = Sheet(body.typed(), body.scan_ids)
        return views.sent(await send_document(session, sheet, by=viewer, cipher=cipher))

    return schemas.Sent.model_validate(await idempotency.once(schemas.Sent, work))


@router.get("/own-documents/{document_id}", responses=problems(ConsentRequired, NotFound))
@action("registry.own_document.read")
async def read_own(
    document_id: UUID, session: ReadDep, viewer: CurrentPrincipal, cipher: CipherDep, response: Response
) -> schemas.OwnView:
    """One document with its scans and history."""
    response.headers.update(NO_STORE)
    await refuse_withdrawn(session, viewer.person_id)
    row = await queries.own_document(session, document_id, viewer=viewer)
    return await views.view(session, row, cipher, await queries.moment(session))


@router.post(
    "/own-documents/{document_id}/resend",
    responses=problems(ConsentRequired, NotFound, IllegalMove, AlreadyInRegister, AlreadySent),
)
@action("registry.own_document.send")
async def resend(
    document_id: UUID,
    body: schemas.DocumentForm,
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
    idempotency: IdempotencyDep,
) -> schemas.Sent:
    """Send a refused document corrected, or one with the further papers that were asked for (FRM-06)."""
    await refuse_withdrawn(session, viewer.person_id)

    async def work() -> schemas.Sent:
        sheet = Sheet(body.typed(), body.scan_ids)
        return views.sent(await resend_document(session, document_id, sheet, by=viewer, cipher=cipher))

    return schemas.Sent.model_validate(await idempotency.once(schemas.Sent, work))


@router.post(
    "/own-documents/{document_id}/withdraw", responses=problems(ConsentRequired, NotFound, IllegalMove)
)
@action("registry.own_document.withdraw")
async def withdraw(
    document_id: UUID, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> schemas.OwnView:
    """Take the document back before it is verified."""
    row = await withdraw_document(session, document_id, by=viewer)
    await session.flush()
    return await views.view(session, row, cipher, await queries.moment(session))


@router.get(
    "/own-documents/{document_id}/scans/{scan_id}",
    responses={**problems(ConsentRequired, NotFound), **FILE},
    response_class=Response,
)
@action("registry.own_document.read")
async def download(
    document_id: UUID, scan_id: UUID, session: ReadDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> Response:
    """The scan as it was uploaded."""
    await refuse_withdrawn(session, viewer.person_id)
    row = await queries.own_document(session, document_id, viewer=viewer)
    return file_of(await queries.scan(session, scan_id, row.id), row.number, cipher)


def file_of(scan: OwnDocumentScan, number: str, cipher: CipherDep) -> Response:
    """A scan as a file to keep: never shown within the portal's own origin."""
    name = number.replace("ДОК", "doc")
    return Response(
        content_of(cipher, scan),
        media_type=scan.media_type,
        headers={
            **NO_STORE,
            "Content-Disposition": f'attachment; filename="{name}.{SUFFIXES[scan.media_type]}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        },
    )
