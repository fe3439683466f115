"""Reads of employments with their employers."""

from uuid import UUID

from sqlmodel import col, select

from nmo_kit.db import ReadSession
from nmo_registry.specialists.tables import Employer, EmploymentRow, Specialist

Employed = tuple[EmploymentRow, Employer]


async def employments_of(session: ReadSession, specialist_id: UUID) -> list[Employed]:
    """Present jobs of a person who is in the register now, the latest begun first."""
    found = await session.execute(
        select(EmploymentRow, Employer)
        .join(Employer, col(Employer.oid) == col(EmploymentRow.employer_oid))
        .join(Specialist, col(Specialist.id) == col(EmploymentRow.specialist_id))
        .where(
            col(EmploymentRow.specialist_id) == specialist_id,
            col(EmploymentRow.ended_on).is_(None),
            col(Specialist.removed_at).is_(None),
        )
        .order_by(col(EmploymentRow.began_on).desc().nulls_last())
    )
    return [(job, employer) for job, employer in found]
