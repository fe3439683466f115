"""Programmes that the demonstration relies on: of the first organisation, starting soon, with seats and all bases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from nmo_catalog.demo.elements import Scene, element_id
from nmo_catalog.elements.tables import Element

CARDIOLOGY: Final = "VO-027"
HOURS: Final = 72
_WEEKS = 2


@dataclass(frozen=True, slots=True)
class _Run:
    title: str
    starts_in_days: int
    form: str
    seats: int
    price_kopecks: int
    about: str


_ACUTE = (
    "Острый коронарный синдром, жизнеугрожающие аритмии, острая сердечная недостаточность, тромбоэмболия"
    " лёгочной артерии."
)
_RUNS: Final = (
    _Run(
        "Неотложная кардиология",
        10,
        "full_time",
        60,
        1_080_000,
        f"{_ACUTE} Отработка действий команды на симуляторе.",
    ),
    _Run(
        "Неотложная кардиология",
        38,
        "part_time",
        60,
        1_080_000,
        f"{_ACUTE} Лекции дистанционно, практика очно.",
    ),
    _Run(
        "Ишемическая болезнь сердца: диагностика и лечение",
        17,
        "part_time",
        40,
        936_000,
        "Неинвазивная диагностика, отбор на реваскуляризацию, медикаментозная терапия, наблюдение.",
    ),
    _Run(
        "Аритмология для практикующего врача",
        24,
        "full_time",
        30,
        1_224_000,
        "Нарушения ритма и проводимости, антиаритмическая и антикоагулянтная терапия, показания к вмешательствам.",
    ),
    _Run(
        "Хроническая сердечная недостаточность: ведение пациента",
        52,
        "correspondence",
        100,
        792_000,
        "Современная терапия, титрация препаратов, школа пациента, телемедицинское наблюдение.",
    ),
)


def journey_elements(scene: Scene) -> Iterator[Element]:
    """The guaranteed set for the month of the scene's day; the same ids within a month."""
    site = scene.organizations[0]
    month = f"{scene.today:%Y-%m}"
    for n, run in enumerate(_RUNS):
        starts_on = scene.today + timedelta(days=run.starts_in_days)
        yield Element(
            id=element_id(f"journey/{month}/{n}"),
            kind="programme",
            title=run.title,
            about=f"{run.about} Выдаётся удостоверение о повышении квалификации.",
            zet=Decimal(HOURS),
            workload_hours=HOURS,
            form=run.form,
            bases=["budget", "contract", "contract_foms"],
            starts_on=starts_on,
            ends_on=starts_on + timedelta(weeks=_WEEKS, days=-3),
            organization_id=site.id,
            region_code=site.region_code,
            place="Дистанционно" if run.form == "correspondence" else site.address,
            price_kopecks=run.price_kopecks,
            seats_total=run.seats,
            has_simulation=run.form == "full_time",
            has_placement=False,
            uses_distance=run.form != "full_time",
            specialty_keys=[CARDIOLOGY],
            materials_url=f"{site.site}/cardiology/{n}",
            status="published",
            published_at=scene.now,
            updated_at=scene.now,
        )
