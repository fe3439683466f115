"""Route of one's own admission documents."""

from fastapi import APIRouter

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.consents import refuse_withdrawn
from nmo_kit.db import ReadDep
from nmo_kit.errors import ConsentRequired, problems
from nmo_registry.documents.queries import documents_of
from nmo_registry.documents.schemas import AdmissionDocumentItem, AdmissionDocuments

router = APIRouter(prefix="/api/v1/register", tags=["register"])


@router.get("/documents", responses=problems(ConsentRequired))
@action("registry.documents.read")
async def documents(session: ReadDep, viewer: CurrentPrincipal) -> AdmissionDocuments:
    """Your certificates and accreditations in the federal register; empty if you are not in it."""
    await refuse_withdrawn(session, viewer.person_id)
    found = await documents_of(session, viewer.specialist_id)
    items = [
        AdmissionDocumentItem.model_validate({"document_id": row.id, **row.model_dump(exclude={"id"})})
        for row in found
    ]
    return AdmissionDocuments(items=items, next_cursor=None)
