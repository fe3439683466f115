"""Route of one's own admission documents."""

from fastapi import APIRouter

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.consents import refuse_withdrawn
from nmo_kit.db import ReadDep
from nmo_kit.errors import ConsentRequired, problems
from nmo_registry.documents.queries import documents_of
from nmo_registry.documents.schemas import AdmissionDocumentItem, AdmissionDocuments
from nmo_registry.reference_books.editions import told
from nmo_registry.reference_books.queries import passports

router = APIRouter(prefix="/api/v1/register", tags=["register"])


@router.get("/documents", responses=problems(ConsentRequired))
@action("registry.documents.read")
async def documents(session: ReadDep, viewer: CurrentPrincipal) -> AdmissionDocuments:
    """Your certificates and accreditations in the federal register; empty if you are not in it."""
    await refuse_withdrawn(session, viewer.person_id)
    found = await documents_of(session, viewer.specialist_id)
    editions = await passports(session, [row.specialty_edition for row in found])
    items = [
        AdmissionDocumentItem.model_validate(
            {
                **row.model_dump(exclude={"id"}),
                "document_id": row.id,
                **told("specialty", row.specialty_code, row.specialty_edition, editions),
            }
        )
        for row in found
    ]
    return AdmissionDocuments(items=items, next_cursor=None)
