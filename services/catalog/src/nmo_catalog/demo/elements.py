"""Invented elements in the number of a real catalogue's section: the same for the same day."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from nmo_catalog.demo.families import Family
from nmo_catalog.demo.texts import (
    about_event,
    about_module,
    about_programme,
    event_title,
    module_title,
    programme_title,
)
from nmo_catalog.elements.tables import Element
from nmo_catalog.organisations.tables import Organization

SEED: Final = 20160101
PROGRAMMES_PER_SPECIALTY: Final = 10
EVENTS_PER_SPECIALTY: Final = 4
MODULES_PER_SPECIALTY: Final = 3
HORIZON_DAYS: Final = 330
_SIZES = ((18, 3), (36, 5), (72, 4), (144, 2))
_HOUR_PRICE_KOPECKS = (9_000, 11_000, 12_500, 15_000, 18_000)
_HOURS_A_DAY = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """What the generator works with: the day everything is counted from, the moment of publication, the names."""

    today: date
    now: datetime
    organizations: Sequence[Organization]
    specialty_names: dict[str, str]


def element_id(name: str) -> UUID:
    """Id of an invented element."""
    return uuid5(NAMESPACE_URL, f"https://portal-nmo.example/elements/{name}")


def elements(scene: Scene, families: Sequence[Family], *, times: int = 1) -> Iterator[Element]:
    """All invented elements, family by family; `times` as many of each kind where a larger catalogue is wanted."""
    dice = random.Random(SEED)  # noqa: S311 not a secret: the same catalogue every time
    for family in families:
        for key in family.keys:
            for n in range(PROGRAMMES_PER_SPECIALTY * times):
                yield _programme(scene, family, key, n, dice)
            for n in range(EVENTS_PER_SPECIALTY * times):
                yield _event(scene, family, key, n, dice)
            for n in range(MODULES_PER_SPECIALTY * times):
                yield _module(scene, family, key, n, dice)


def _programme(scene: Scene, family: Family, key: str, n: int, dice: random.Random) -> Element:
    hours = dice.choices([size for size, _ in _SIZES], [weight for _, weight in _SIZES])[0]
    site = _site(scene, key, dice)
    distance = dice.random() < 0.55  # noqa: PLR2004 share seen in real lists
    form = dice.choice(
        ("correspondence", "part_time") if distance else ("full_time", "full_time", "part_time")
    )
    starts_on = _next_monday(scene.today + timedelta(days=dice.randint(6, HORIZON_DAYS)))
    bases = dice.choice(
        (("contract",), ("contract", "contract_foms"), ("budget", "contract", "contract_foms"))
    )
    seats = dice.choice((12, 15, 20, 24, 25, 30, 40, 50, 100))
    return Element(
        id=element_id(f"programme/{key}/{n}"),
        kind="programme",
        title=programme_title(family, scene.specialty_names[key], hours, dice),
        about=about_programme(family, scene.specialty_names[key], hours, dice),
        zet=Decimal(hours),
        workload_hours=hours,
        form=form,
        bases=list(bases),
        starts_on=starts_on,
        ends_on=_end(starts_on, hours),
        organization_id=site.id,
        region_code=site.region_code,
        place="Дистанционно" if form == "correspondence" else site.address,
        price_kopecks=hours * dice.choice(_HOUR_PRICE_KOPECKS),
        seats_total=seats,
        seats_held=min(seats, dice.choice((0, 0, 2, 5, 11, seats // 2, seats))),
        has_simulation=form != "correspondence" and dice.random() < 0.35,  # noqa: PLR2004 same
        has_placement=form == "full_time" and dice.random() < 0.2,  # noqa: PLR2004 same
        uses_distance=distance,
        specialty_keys=_keys(family, key, dice, most=3 if hours <= 36 else 1),  # noqa: PLR2004 36-hour ones are shared
        materials_url=f"{site.site}/programmes/{key.lower()}-{n}",
        status="published",
        published_at=scene.now,
        updated_at=scene.now,
    )


def _event(scene: Scene, family: Family, key: str, n: int, dice: random.Random) -> Element:
    site = _site(scene, key, dice)
    online = dice.random() < 0.6  # noqa: PLR2004 share seen in real lists
    days = 1 if online else dice.choice((1, 1, 2, 3))
    starts_on = scene.today + timedelta(days=dice.randint(3, HORIZON_DAYS // 2))
    title = event_title(family, scene.specialty_names[key], online, dice)
    return Element(
        id=element_id(f"event/{key}/{n}"),
        kind="event",
        title=title,
        about=about_event(family, scene.specialty_names[key], online, days, dice),
        zet=Decimal(6 * days) if not online else Decimal(dice.choice((2, 4, 6))),
        workload_hours=_HOURS_A_DAY * days,
        form="correspondence" if online else "full_time",
        bases=["contract"],
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=days - 1),
        organization_id=site.id,
        region_code=site.region_code,
        place="Онлайн-трансляция" if online else site.address,
        price_kopecks=0 if online or dice.random() < 0.7 else 250_000,  # noqa: PLR2004 most events cost nothing
        seats_total=None if online else dice.choice((80, 120, 200, 300)),
        has_simulation=False,
        has_placement=False,
        uses_distance=online,
        specialty_keys=_keys(family, key, dice, most=4),
        materials_url=f"{site.site}/events/{key.lower()}-{n}",
        recording_url=f"{site.site}/video/{key.lower()}-{n}" if online else None,
        status="published",
        published_at=scene.now,
        updated_at=scene.now,
    )


def _module(scene: Scene, family: Family, key: str, n: int, dice: random.Random) -> Element:
    site = _site(scene, key, dice)
    topic = family.topics[(n * 5 + len(key) + int(key[-2:])) % len(family.topics)]
    zet = dice.choice((1, 1, 2, 2, 3))
    return Element(
        id=element_id(f"module/{key}/{n}"),
        kind="module",
        title=module_title(topic, doctors=key.startswith("VO")),
        about=about_module(family, scene.specialty_names[key], dice),
        zet=Decimal(zet),
        workload_hours=zet,
        form="correspondence",
        bases=["budget"],
        organization_id=site.id,
        region_code=site.region_code,
        place="Портал",
        price_kopecks=0,
        has_simulation=False,
        has_placement=False,
        uses_distance=True,
        specialty_keys=_keys(family, key, dice, most=4),
        status="published",
        published_at=scene.now,
        updated_at=scene.now,
    )


def _site(scene: Scene, key: str, dice: random.Random) -> Organization:
    """Colleges teach the middle staff only; the first organisation publishes more than others."""
    fit = [
        site for site in scene.organizations if key.startswith("SPO") or site.kind != "vocational_education"
    ]
    return fit[0] if dice.random() < 0.1 else dice.choice(fit)  # noqa: PLR2004 the demonstration's own share


def _keys(family: Family, key: str, dice: random.Random, *, most: int) -> list[str]:
    others = [other for other in family.keys if other != key and other[:2] == key[:2]]
    return [key, *dice.sample(others, min(len(others), dice.randint(0, most - 1)))]


def _next_monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def _end(starts_on: date, hours: int) -> date:
    """Six academic hours a day, five days a week."""
    days = max(1, hours // _HOURS_A_DAY)
    weeks, rest = divmod(days, 5)
    return starts_on + timedelta(days=weeks * 7 - 3 if not rest else weeks * 7 + rest - 1)
