"""Choose the work place that a session speaks for: one role, one organisation (cabinet 8.1)."""

from __future__ import annotations

from uuid import UUID

from nmo_identity.login.queries import session_by_id
from nmo_identity.roles import queries
from nmo_identity.roles.rules import SPECIALIST
from nmo_identity.staffing.errors import WorkplaceUnknown
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def choose_workplace(
    session: WriteSession, role: str, organization_id: UUID | None, *, by: Principal
) -> None:
    """Tokens of this session carry this role alone from now on. Journal row.

    Raises:
        WorkplaceUnknown: the person holds no such role.
    """
    wanted = (role, organization_id)
    if wanted != (SPECIALIST, None) and wanted not in await queries.held_by(session, by.person_id):
        raise WorkplaceUnknown
    row = await session_by_id(session, UUID(by.sid)) if by.sid else None
    if row is None or row.person_id != by.person_id:
        raise WorkplaceUnknown
    row.workplace_role, row.workplace_organization_id = role, organization_id
    session.add(row)
    await journal.record(
        session,
        actor=by,
        action="workplace.chosen",
        object_=f"organization/{organization_id}" if organization_id else "portal",
        person_id=by.person_id,
        fields=[role],
    )
