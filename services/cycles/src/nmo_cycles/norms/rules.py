"""Judging a ledger by norms. Pure; 1 ЗЕТ is 1 academic hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

NOTHING: Final = Decimal("0.00")
PORTAL: Final = "portal"
"""Family of the portal's own recommendation; its total is the target shown everywhere."""


class Component(StrEnum):
    """Part of the plan that a credit belongs to."""

    FORMAL = "formal"
    INFORMAL = "informal"


TITLES: Final[dict[Component, str]] = {
    Component.FORMAL: "Программы повышения квалификации",
    Component.INFORMAL: "Образовательные мероприятия и модули",
}


@dataclass(frozen=True, slots=True)
class Credit:
    """An entry of the ledger as far as norms look at it; reversals are negative."""

    component: Component
    zet: Decimal
    earned_on: date


@dataclass(frozen=True, slots=True)
class Norm:
    """One edition of one norm."""

    code: str
    family: str
    title: str
    legal_source: str
    unit: str
    valid_from: date
    valid_until: date | None
    """First day it is no longer in force; None while no end is known."""
    total: Decimal
    min_formal: Decimal
    min_informal: Decimal
    max_informal: Decimal | None
    yearly_total: Decimal | None
    yearly_formal: Decimal | None
    yearly_informal: Decimal | None

    def in_force(self, day: date) -> bool:
        """True if a filing on `day` is judged by it."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class Part:
    """One demand of a norm."""

    component: Component
    earned: Decimal
    counted: Decimal
    required: Decimal
    limit: Decimal | None

    @property
    def satisfied(self) -> bool:
        """True if enough of it counts."""
        return self.counted >= self.required


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ledger under one norm on one day."""

    norm: Norm
    parts: tuple[Part, ...]

    @property
    def counted(self) -> Decimal:
        """What counts in all."""
        return sum((part.counted for part in self.parts), NOTHING)

    @property
    def satisfied(self) -> bool:
        """True if every demand is met."""
        return self.counted >= self.norm.total and all(part.satisfied for part in self.parts)

    def passed(self, percent: int) -> bool:
        """True if the share of the norm is reached; the whole of it only when every demand is met."""
        enough = self.counted * 100 >= self.norm.total * percent
        return enough and (percent < 100 or self.satisfied)  # noqa: PLR2004 the whole


def component_of(kind: str) -> Component:
    """Programmes are formal education; events and modules are not."""
    return Component.FORMAL if kind == "programme" else Component.INFORMAL


def earned(credits_: Iterable[Credit], component: Component) -> Decimal:
    """Sum of a component."""
    return sum((credit.zet for credit in credits_ if credit.component is component), NOTHING)


def judge(norm: Norm, credits_: Sequence[Credit], *, filing_on: date) -> Verdict:
    """The ledger under the norm, counting what was earned by the day of filing (CYC-07)."""
    known = [credit for credit in credits_ if credit.earned_on <= filing_on]
    formal = earned(known, Component.FORMAL)
    informal = earned(known, Component.INFORMAL)
    counted = informal if norm.max_informal is None else min(informal, norm.max_informal)
    return Verdict(
        norm,
        (
            Part(Component.FORMAL, formal, formal, norm.min_formal, None),
            Part(Component.INFORMAL, informal, counted, norm.min_informal, norm.max_informal),
        ),
    )


def verdicts(norms: Iterable[Norm], credits_: Sequence[Credit], *, filing_on: date) -> list[Verdict]:
    """The same ledger under every norm in force on the day of filing, each for itself."""
    return [judge(norm, credits_, filing_on=filing_on) for norm in norms if norm.in_force(filing_on)]


def portal_norm(norms: Iterable[Norm], day: date) -> Norm | None:
    """The portal's recommendation in force on a day."""
    return next((norm for norm in norms if norm.family == PORTAL and norm.in_force(day)), None)
