"""What the register knows of the person's work, asked only when the form needs it (APP-02, APP-03)."""

from collections.abc import Mapping, Sequence
from typing import Any

from nmo_applications.enrolment.form_rules import BUDGET, EMPLOYED, Form
from nmo_applications.enrolment.queries import Viewed
from nmo_applications.enrolment.schemas import EmploymentsView, EmploymentView, FormView
from nmo_applications.upstreams import Employment, Upstreams
from nmo_kit.principal import Principal


async def employments_for(
    form: Form, changes: Mapping[str, Any], *, viewer: Principal, upstreams: Upstreams
) -> list[Employment] | None:
    """Present employments, when the form with the changes cannot be judged without them; None when it can.

    Only «бюджетная» and a newly chosen employer depend on the register, so everything else is saved while it is down.

    Raises:
        UpstreamUnavailable: they are needed and cannot be had.
    """
    basis = changes.get("basis", form.basis)
    if basis == BUDGET or changes.get("employer_oid"):
        return await upstreams.employments(viewer)
    return None


def employments_view(viewed: Viewed, employments: Sequence[Employment]) -> EmploymentsView:
    """The choice of employments, and a form filled from the first one unless the person has begun to fill it."""
    row = viewed.row
    suggested = FormView.model_validate(row, from_attributes=True)
    if employments and row.employment is None:
        first = employments[0]
        suggested = suggested.model_copy(
            update={
                "employment": EMPLOYED,
                "position": first.position,
                "workplace_name": first.employer_name,
                "workplace_address": first.employer_address,
                "region_code": first.region_code,
                "employer_oid": first.employer_oid,
                "basis": viewed.element.bases[0] if len(viewed.element.bases) == 1 else None,
            }
        )
    return EmploymentsView(
        items=[EmploymentView.model_validate(item, from_attributes=True) for item in employments],
        suggested=suggested,
    )
