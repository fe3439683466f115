"""Question and answer of a search."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema

from nmo_catalog.elements.schemas import ElementCard
from nmo_catalog.search.rules import Criteria, Sort, words_of
from nmo_contracts.catalog import ElementKind, FundingBasis, StudyForm
from nmo_kit import clock
from nmo_kit.clock import CalendarDate
from nmo_kit.paging import Page

_ZET: dict[str, JsonValue] = {"type": "number", "minimum": 0, "maximum": 9999}
Zet = Annotated[Decimal, Field(ge=0, le=9999), WithJsonSchema(_ZET)]


class SearchQuery(BaseModel):
    """The address' query."""

    model_config = ConfigDict(frozen=True)

    q: str = Field(default="", max_length=200, description="Слова в любой форме, опечатки допустимы")
    specialty: tuple[str, ...] = Field(default=(), max_length=20)
    kind: tuple[ElementKind, ...] = Field(default=(), max_length=3)
    form: tuple[StudyForm, ...] = Field(default=(), max_length=3)
    basis: tuple[FundingBasis, ...] = Field(default=(), max_length=3)
    organization: tuple[UUID, ...] = Field(default=(), max_length=20)
    region: tuple[str, ...] = Field(default=(), max_length=20)
    from_on: CalendarDate | None = Field(
        default=None, alias="from", description="Начало не раньше; по умолчанию сегодня"
    )
    to_on: CalendarDate | None = Field(default=None, alias="to", description="Начало не позже")
    zet_min: Zet | None = None
    zet_max: Zet | None = None
    free: bool = Field(default=False, description="Только со свободными местами")
    preferred: UUID | None = Field(default=None, description="Организация, которая идёт первой")
    sort: Sort = Field(default="date", description="Минус впереди: по убыванию")
    limit: int = Field(default=25, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=2048)

    @property
    def criteria(self) -> Criteria:
        """What is searched for."""
        return Criteria(
            words=words_of(self.q),
            specialty=self.specialty,
            kind=self.kind,
            form=self.form,
            basis=self.basis,
            organization=self.organization,
            region=self.region,
            from_on=self.from_on or clock.today(),
            to_on=self.to_on,
            zet_min=self.zet_min,
            zet_max=self.zet_max,
            free=self.free,
            preferred=self.preferred,
            sort=self.sort,
        )


class ElementPage(Page[ElementCard]):
    """One page of the catalogue."""

    total_capped: int = Field(description="Сколько подходит, не больше 1000 (1000 значит «1000 и больше»)")
    suggestion: str | None = Field(description="Возможно, имелось в виду")
    corrected: bool = Field(
        description="Показано найденное по suggestion: по запросу как есть ничего не нашлось"
    )
