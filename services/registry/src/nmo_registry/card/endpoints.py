"""Route of one's own register card."""

from fastapi import APIRouter, Request

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.consents import refuse_withdrawn
from nmo_kit.db import ReadDep
from nmo_kit.errors import ConsentRequired, problems
from nmo_registry.card import views
from nmo_registry.card.errors import NotInRegister
from nmo_registry.card.schemas import RegisterCard
from nmo_registry.reference_books.queries import passports
from nmo_registry.specialists.queries import employers, person_by_id
from nmo_registry.sync import queries as sync

router = APIRouter(prefix="/api/v1/register", tags=["register"])


@router.get("/card", responses=problems(NotInRegister, ConsentRequired))
@action("registry.card.read")
async def card(request: Request, session: ReadDep, viewer: CurrentPrincipal) -> RegisterCard:
    """Your record in the federal register as the portal's mirror holds it, with the time of the last check."""
    await refuse_withdrawn(session, viewer.person_id)
    person = await person_by_id(session, viewer.specialist_id, request.app.state.cipher)
    if person is None:
        raise NotInRegister
    known = await employers(session, {job.employer_oid for job in person.record.employments})
    confirmed_at = await sync.confirmed_at(session, person.row.register_oid, person.row.fetched_at)
    editions = await passports(session, views.editions_of(person.record, known.values()))
    return views.card(person, views.Known(known, editions), confirmed_at=confirmed_at)
