"""What may be changed of a cycle after it was opened."""

from __future__ import annotations

from uuid import UUID

from nmo_cycles.cycles import queries
from nmo_cycles.cycles.errors import StaleVersion
from nmo_cycles.cycles.tables import Cycle
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def prefer_organization(
    session: WriteSession,
    cycle_id: UUID,
    organization_id: UUID | None,
    *,
    expected_version: int | None,
    viewer: Principal,
) -> Cycle:
    """Change the organisation that is listed first (CYC-04).

    Args:
        session: the transaction.
        cycle_id: the viewer's cycle.
        organization_id: None for no preference.
        expected_version: version the viewer saw; None if they did not say.
        viewer: the specialist.

    Returns:
        The row. Writes the journal; nobody else needs to know.

    Raises:
        NotFound: no such cycle of the viewer.
        StaleVersion: the cycle has changed since.
    """
    cycle = await queries.cycle_of_for_update(session, cycle_id, viewer=viewer)
    if expected_version is not None and expected_version != cycle.version:
        raise StaleVersion
    if cycle.preferred_organization_id != organization_id:
        cycle.preferred_organization_id = organization_id
        cycle.next_version()
        await journal.record(
            session,
            actor=viewer,
            action="cycles.cycle.edit",
            object_=f"cycle/{cycle.id}",
            person_id=viewer.person_id,
            fields=["preferred_organization_id"],
        )
    return cycle
