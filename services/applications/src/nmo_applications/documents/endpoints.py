"""Routes of documents: download by the owner, authenticity for everybody."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from nmo_applications.deps import CipherDep, FilesDep, SettingsDep, UpstreamsDep
from nmo_applications.documents import queries
from nmo_applications.documents.commands import issue_document
from nmo_applications.documents.errors import FormNotFilled, UnknownCode
from nmo_applications.documents.rules import parsed_code
from nmo_applications.documents.schemas import Verification, verification
from nmo_applications.enrolment.applicant import frozen
from nmo_applications.enrolment.queries import own_application
from nmo_applications.enrolment.rules import document_kinds
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems
from nmo_kit.http import UpstreamUnavailable

router = APIRouter(prefix="/api/v1/applications", tags=["documents"])
PDF = "application/pdf"


class Kind(StrEnum):
    """Documents of an application."""

    APPLICATION = "application"
    CERTIFICATE = "certificate"
    REFERRAL = "referral"


@router.get("/verify/{code}", responses=problems(UnknownCode))
@action("applications.document.verify")
async def verify(session: ReadDep, code: Annotated[str, Path(max_length=60)]) -> Verification:
    """Whether the paper with this code is genuine; no personal data beyond initials."""
    parsed = parsed_code(code)
    checked = await queries.by_code(session, parsed) if parsed else None
    if checked is None:
        raise UnknownCode
    return verification(checked)


@router.get(
    "/{application_id}/documents/{kind}.pdf",
    response_class=Response,
    responses={200: {"content": {PDF: {}}}, **problems(NotFound, FormNotFilled, UpstreamUnavailable)},
)
@action("applications.document.read")
async def download(  # noqa: PLR0917 each is a dependency of the route
    application_id: UUID,
    kind: Kind,
    reading: ReadDep,
    session: WriteDep,
    viewer: CurrentPrincipal,
    upstreams: UpstreamsDep,
    cipher: CipherDep,
    files: FilesDep,
    settings: SettingsDep,
) -> Response:
    """The document of the form as it is now; the others only where there are such (APP-04)."""
    seen = await own_application(reading, application_id, viewer=viewer)
    if seen.row.basis is None:
        raise FormNotFilled
    if kind not in document_kinds(seen.row.status, seen.row.basis):
        raise NotFound
    applicant = frozen(seen.row, cipher) or await upstreams.applicant(viewer.person_id)
    viewed = await own_application(session, application_id, viewer=viewer, lock=True)
    document, body = await issue_document(
        session,
        viewed,
        kind,
        applicant,
        viewer=viewer,
        files=files,
        public_url=settings.public_url,
        now=clock.now(),
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{seen.row.number}-{kind}.pdf"',
        "ETag": f'"{document.sha256}"',
        # СНИЛС stands in it: nothing of it stays on a shared computer.
        "Cache-Control": "no-store",
    }
    return Response(body, media_type=PDF, headers=headers)
