"""Progress as data for templates: hero sentence, years, norms, ledger (CYC-07, CYC-09, CYC-10)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
UNITS = {"zet": "ЗЕТ", "hours": "ч", "hour": "ч"}
DAYS_OF_YEAR = 365
MONTHS_OF_YEAR = 12
DAYS_OF_MONTH = Decimal("30.44")


@dataclass(frozen=True, slots=True)
class YearRow:
    """One year of the cycle."""

    label: str
    span: str
    zet: Decimal
    target: Decimal
    current: bool


@dataclass(frozen=True, slots=True)
class Hero:
    """The card that answers «успеваю ли я»."""

    done: Decimal
    need: Decimal
    heading: str
    sentence: str
    finished: bool


def distance(days: int) -> str:
    """How far a day is: «184 дня», «23 месяца», «3 года 11 месяцев»."""
    if days <= DAYS_OF_YEAR:
        return texts.counted(days, "день", "дня", "дней")
    months = int(Decimal(days) / DAYS_OF_MONTH)
    years, rest = divmod(months, MONTHS_OF_YEAR)
    words = texts.counted(years, "год", "года", "лет")
    return words + (f" {texts.counted(rest, 'месяц', 'месяца', 'месяцев')}" if rest else "")


def hero(progress: Json, cycle: Json, today: date) -> Hero:
    """What is left, until when and at what pace."""
    done, need = Decimal(progress["total_zet"]), Decimal(progress["target_zet"])
    left = max(need - done, Decimal(0))
    ends_on = texts.as_date(cycle["ends_on"]) or today
    days = (ends_on - today).days
    name = f"«{cycle['specialty_name']}»"
    if left == 0:
        heading, finished = f"Набрано {texts.zet(done)}", True
        sentence = f"Цикл {name} выполнен. Он заканчивается {texts.day(ends_on)}."
    elif days < 0:
        heading, finished = f"Не хватило {texts.zet(left)}", False
        sentence = f"Цикл {name} закончился {texts.day(ends_on)}."
    else:
        heading, finished = f"Осталось набрать {texts.zet(left)}", False
        months = max(Decimal(days) / DAYS_OF_MONTH, Decimal(1))
        pace = max((left / months).quantize(Decimal(1)), Decimal(1))
        sentence = (
            f"Пятилетний цикл {name} заканчивается {texts.day(ends_on)} — через {distance(days)}. "
            f"Чтобы успеть, набирайте около {texts.zet(pace)} в{texts.NBSP}месяц."
        )
    return Hero(done, need, heading, sentence, finished)


def year_rows(progress: Json, today: date) -> list[YearRow]:
    """Years of the cycle in order; a calendar label each, since a cycle's year rarely starts in January."""
    rows = []
    for year in progress["years"]:
        first, last = texts.as_date(year["from"]) or today, texts.as_date(year["to"]) or today
        label = str(first.year) if first.month == first.day == 1 else f"{first.year}/{last.year % 100:02d}"
        rows.append(
            YearRow(
                label=label,
                span=texts.span(first, last),
                zet=Decimal(year["zet"]),
                target=Decimal(year["target_zet"]),
                current=first <= today <= last,
            )
        )
    return rows


def norm_of(rows: list[YearRow]) -> Decimal:
    """The yearly norm for the dashed line."""
    return rows[0].target if rows else Decimal(50)


@dataclass(frozen=True, slots=True)
class Norm:
    """One norm judged by the same ledger; norms are never merged (CYC-07)."""

    title: str
    source: str
    satisfied: bool
    counted: Decimal
    required: Decimal
    unit: str
    parts: list["Norm"]


def norms(progress: Json) -> list[Norm]:
    """Every norm beside the others."""
    return [_norm(norm) for norm in progress.get("norms", [])]


def _norm(norm: Json) -> Norm:
    return Norm(
        title=norm.get("title", ""),
        source=norm.get("legal_source", ""),
        satisfied=bool(norm.get("satisfied")),
        counted=Decimal(str(norm.get("counted", 0))),
        required=Decimal(str(norm.get("required", 0))),
        unit=UNITS.get(str(norm.get("unit", "")), str(norm.get("unit", ""))),
        parts=[_norm(part) for part in norm.get("parts", [])],
    )


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One entry of the ledger: credits in, or an earlier entry taken back."""

    earned_on: str
    title: str
    kind: str
    zet: str
    reversal: bool


def ledger_rows(items: list[Json]) -> list[LedgerRow]:
    """Entries, the newest first; nothing is ever summed over here (CYC-09)."""
    ordered = sorted(items, key=lambda item: (item["earned_on"], item["recorded_at"]), reverse=True)
    return [
        LedgerRow(
            earned_on=texts.day(item["earned_on"]),
            title=item["title"],
            kind=texts.KIND_SHORT.get(item["kind"], texts.MDASH),
            zet=_signed(Decimal(item["zet"])),
            reversal=bool(item.get("reversed_entry_id")),
        )
        for item in ordered
    ]


def _signed(zet: Decimal) -> str:
    return f"+{texts.number(zet)}" if zet > 0 else f"−{texts.number(-zet)}"
