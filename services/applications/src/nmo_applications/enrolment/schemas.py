"""Requests and answers about applications."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_applications.enrolment import texts
from nmo_applications.enrolment.queries import Viewed
from nmo_applications.enrolment.rules import Actor, Seat, Status, allowed_actions, document_kinds
from nmo_applications.enrolment.tables import Application, ApplicationMove

TEXT_LIMIT = 1000
Employment = Literal["employed", "unemployed"]
Basis = Literal["budget", "contract", "contract_foms"]
Payer = Literal["person", "legal_entity"]


class FormPatch(BaseModel):
    """Fields of the form to change; a field that is absent keeps its value."""

    model_config = ConfigDict(extra="forbid")

    employment: Employment | None = None
    position: str | None = Field(default=None, max_length=TEXT_LIMIT)
    workplace_name: str | None = Field(default=None, max_length=TEXT_LIMIT)
    workplace_address: str | None = Field(default=None, max_length=TEXT_LIMIT)
    region_code: str | None = Field(default=None, max_length=10)
    basis: Basis | None = None
    payer: Payer | None = None
    employer_oid: str | None = Field(default=None, max_length=100)
    """An employment chosen from `/employments`; without it the place of work is looked up by its name."""


class Withdrawal(BaseModel):
    """Why the application is withdrawn, if the person wants to say it."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(default=None, max_length=TEXT_LIMIT)


class ElementView(BaseModel):
    """The programme applied for."""

    element_id: UUID
    title: str
    zet: Decimal
    workload_hours: int
    starts_on: date | None
    ends_on: date | None
    form: str
    bases: list[str]
    organization_id: UUID
    organization_name: str


class FormView(BaseModel):
    """The form as saved."""

    employment: str | None
    position: str | None
    workplace_name: str | None
    workplace_address: str | None
    region_code: str | None
    basis: str | None
    payer: str | None
    employer_oid: str | None


class DocumentView(BaseModel):
    """A document that can be downloaded."""

    kind: str
    title: str
    url: str


class ApplicationView(BaseModel):
    """An application as its owner sees it."""

    application_id: UUID
    number: str
    status: Status
    status_title: str
    person_id: UUID
    cycle_id: UUID
    plan_item_id: UUID
    element: ElementView
    specialty_key: str
    specialty_name: str | None
    specialty_version: str | None
    form: FormView
    seat: Seat
    version: int
    documents: list[DocumentView]
    reason: str | None
    reason_code: str | None
    completed_on: date | None
    certificate_number: str | None
    deleted: bool
    created_at: datetime
    submitted_at: datetime | None
    updated_at: datetime
    allowed: list[str]


class MoveView(BaseModel):
    """One line of the history."""

    at: datetime
    action: str
    from_: Status | None = Field(serialization_alias="from", validation_alias="from_")
    to: Status
    to_title: str
    actor_role: str
    reason: str | None


class HistoryView(BaseModel):
    """Every move, oldest first."""

    items: list[MoveView]


class EmploymentView(BaseModel):
    """A present employment in the register, to fill the form from."""

    employer_oid: str
    employer_name: str
    employer_address: str
    region_code: str
    position: str
    state_budget: bool


class EmploymentsView(BaseModel):
    """Present employments in the register, and the form filled from the first of them."""

    items: list[EmploymentView]
    suggested: FormView


def application_view(viewed: Viewed, *, actor: Actor = Actor.SPECIALIST) -> ApplicationView:
    """The answer for one application; `allowed` is what `actor` may do with it now."""
    row, element = viewed.row, viewed.element
    return ApplicationView(
        application_id=row.id,
        element=ElementView.model_validate(element, from_attributes=True),
        form=FormView.model_validate(row, from_attributes=True),
        status_title=texts.STATUS_TITLES[row.status],
        documents=_documents(row, actor),
        deleted=row.deleted,
        allowed=allowed_actions(row.status, actor, deleted=row.deleted, seat=row.seat),
        **{name: getattr(row, name) for name in _SAME},
    )


_SAME = (
    "number",
    "status",
    "person_id",
    "cycle_id",
    "plan_item_id",
    "specialty_key",
    "specialty_name",
    "specialty_version",
    "seat",
    "version",
    "reason",
    "reason_code",
    "completed_on",
    "certificate_number",
    "created_at",
    "submitted_at",
    "updated_at",
)


def history_view(moves: list[ApplicationMove]) -> HistoryView:
    """The answer for a history; who acted is told by capacity, never by name."""
    return HistoryView(
        items=[
            MoveView(
                at=move.at,
                action=move.action,
                from_=move.from_status,
                to=move.to_status,
                to_title=texts.STATUS_TITLES[move.to_status],
                actor_role=move.actor_role,
                reason=move.reason,
            )
            for move in moves
        ]
    )


def _documents(row: Application, actor: Actor) -> list[DocumentView]:
    """What the owner can download now."""
    if actor is not Actor.SPECIALIST:
        return []
    return [
        DocumentView(
            kind=kind,
            title=texts.DOCUMENT_TITLES[kind],
            url=f"/api/v1/applications/{row.id}/documents/{kind}.pdf",
        )
        for kind in document_kinds(row.status, row.basis)
    ]
