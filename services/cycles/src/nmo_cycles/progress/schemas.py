"""Answer about progress."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from nmo_cycles.norms.rules import TITLES, Component, Verdict
from nmo_cycles.progress.queries import Progress

CENT = Decimal("0.01")


class YearView(BaseModel):
    """One year of the cycle, counted from its first day."""

    year: int
    from_: date
    to: date
    zet: Decimal
    target_zet: Decimal

    model_config = {"serialize_by_alias": True, "alias_generator": lambda name: name.rstrip("_")}


class ComponentView(BaseModel):
    """A component of the plan against its target."""

    code: Component
    title: str
    zet: Decimal
    target_zet: Decimal


class ForecastView(BaseModel):
    """Where the present pace leads."""

    on_track: bool
    ends_with_zet: Decimal


class PartView(BaseModel):
    """One demand of a norm; `limit` says how much of it counts at most."""

    code: Component
    title: str
    zet: Decimal
    counted: Decimal
    required: Decimal
    limit: Decimal | None
    satisfied: bool


class NormView(BaseModel):
    """The ledger under one norm; norms are never merged."""

    code: str
    family: Literal["portal", "legal"]
    title: str
    legal_source: str
    unit: str
    satisfied: bool
    counted: Decimal
    required: Decimal
    parts: list[PartView]


class ProgressView(BaseModel):
    """Progress of a cycle; norms are judged as if the documents were filed on `filing_on`."""

    cycle_id: UUID
    total_zet: Decimal
    target_zet: Decimal
    years: list[YearView]
    components: list[ComponentView]
    days_left: int
    months_left: int
    pace_zet_per_month: Decimal
    forecast: ForecastView
    filing_on: date
    norms: list[NormView]
    next_step: str


def progress_view(progress: Progress) -> ProgressView:
    """Everything found out, as the answer."""
    norm = progress.norm
    yearly = norm.yearly_total if norm and norm.yearly_total is not None else Decimal("0.00")
    pace = progress.pace
    return ProgressView(
        cycle_id=progress.cycle.id,
        total_zet=progress.total,
        target_zet=progress.target,
        years=[
            YearView.model_validate(
                {"year": y.number, "from": y.from_on, "to": y.to_on, "zet": y.zet, "target_zet": yearly}
            )
            for y in progress.years
        ],
        components=[
            ComponentView(
                code=component,
                title=title,
                zet=progress.earned[component],
                target_zet=progress.component_target(component),
            )
            for component, title in TITLES.items()
        ],
        days_left=pace.days_left,
        months_left=pace.months_left,
        pace_zet_per_month=pace.zet_per_month,
        forecast=ForecastView(on_track=pace.on_track(progress.target), ends_with_zet=pace.ends_with_zet),
        filing_on=progress.filing_on,
        norms=[norm_view(verdict) for verdict in progress.verdicts],
        next_step=progress.next_step,
    )


def norm_view(verdict: Verdict) -> NormView:
    """A verdict as its answer."""
    norm = verdict.norm
    return NormView.model_validate(
        {
            "code": norm.code,
            "family": norm.family,
            "title": norm.title,
            "legal_source": norm.legal_source,
            "unit": norm.unit,
            "satisfied": verdict.satisfied,
            "counted": verdict.counted,
            "required": norm.total,
            "parts": [
                {
                    "code": part.component,
                    "title": TITLES[part.component],
                    "zet": part.earned,
                    "counted": part.counted,
                    "required": part.required,
                    "limit": part.limit,
                    "satisfied": part.satisfied,
                }
                for part in verdict.parts
            ],
        }
    )
