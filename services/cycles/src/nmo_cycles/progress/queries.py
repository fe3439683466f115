"""All that progress is made of, read once and handed to the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.ledger.queries import entries_of, total
from nmo_cycles.norms.queries import all_norms
from nmo_cycles.norms.rules import NOTHING, Component, Norm, Verdict, earned, portal_norm, verdicts
from nmo_cycles.plan.queries import PlanRow, plan_of
from nmo_cycles.plan.rules import item_status
from nmo_cycles.progress.advice import Standing, Step, next_step
from nmo_cycles.progress.rules import Pace, Year, pace_of, years_of
from nmo_kit.db import ReadSession


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one cycle."""

    cycle: Cycle
    norm: Norm | None
    total: Decimal
    years: list[Year]
    earned: dict[Component, Decimal]
    pace: Pace
    filing_on: date
    verdicts: list[Verdict]
    next_step: str

    @property
    def target(self) -> Decimal:
        """Total of the portal's norm."""
        return self.norm.total if self.norm else NOTHING

    def component_target(self, component: Component) -> Decimal:
        """What the portal's norm asks of a component."""
        return _target(self.norm, component)


async def progress_of(session: ReadSession, cycle: Cycle, *, today: date, filing_on: date) -> Progress:
    """Progress of a cycle that the caller may see, judged as if documents were filed on `filing_on`."""
    norms = await all_norms(session)
    entries = await entries_of(session, cycle.id)
    credits_ = [entry.credit for entry in entries]
    norm = portal_norm(norms, today)
    sums = {component: earned(credits_, component) for component in Component}
    sum_ = total(entries)
    rows = await plan_of(session, cycle.id)
    return Progress(
        cycle=cycle,
        norm=norm,
        total=sum_,
        years=years_of(cycle.span, credits_),
        earned=sums,
        pace=pace_of(cycle.span, sum_, today=today),
        filing_on=filing_on,
        verdicts=verdicts(norms, credits_, filing_on=filing_on),
        next_step=next_step(_standing(cycle, norm, sums, sum_, rows), today=today),
    )


def _standing(
    cycle: Cycle, norm: Norm | None, sums: dict[Component, Decimal], sum_: Decimal, rows: Sequence[PlanRow]
) -> Standing:
    return Standing(
        ends_on=cycle.ends_on,
        total=sum_,
        target=norm.total if norm else NOTHING,
        formal_missing=max(NOTHING, _target(norm, Component.FORMAL) - sums[Component.FORMAL]),
        informal_missing=max(NOTHING, _target(norm, Component.INFORMAL) - sums[Component.INFORMAL]),
        steps=[_step(row) for row in rows],
    )


def _step(row: PlanRow) -> Step:
    application = row.application
    return Step(
        title=row.element.title,
        starts_on=row.element.starts_on,
        number=application.number if application else None,
        status=item_status(
            row.element.kind,
            application_status=application.status if application else None,
            has_result=row.result_zet is not None,
        ),
    )


def _target(norm: Norm | None, component: Component) -> Decimal:
    if norm is None:
        return NOTHING
    return norm.min_formal if component is Component.FORMAL else norm.min_informal
