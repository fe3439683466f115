"""The one thing to do next, as a sentence for the specialist. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_MONTHS = (
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905 reads as a line
)


@dataclass(frozen=True, slots=True)
class Step:
    """An item of the plan as far as advice needs it."""

    title: str
    starts_on: date | None
    number: str | None
    """Number of its application, if it has one."""
    status: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in a cycle."""

    ends_on: date
    total: Decimal
    target: Decimal
    formal_missing: Decimal
    informal_missing: Decimal
    steps: Sequence[Step]
    """Items of the plan in the order they start."""

    @property
    def fulfilled(self) -> bool:
        """True if nothing is missing."""
        return self.formal_missing <= 0 and self.informal_missing <= 0


def next_step(standing: Standing, *, today: date) -> str:
    """What to do next: what waits for the person first, then what waits for others, then what is missing."""
    if today > standing.ends_on:
        return _after_the_end(standing)
    waiting = _waits_for_person(standing.steps)
    if waiting:
        return waiting
    if standing.fulfilled:
        return f"Норма {zet(standing.target)} выполнена. Готовьте документы к периодической аккредитации."
    waiting = _waits_for_others(standing.steps, today)
    if waiting:
        return waiting
    return _missing(standing)


def _after_the_end(standing: Standing) -> str:
    if standing.fulfilled:
        return "Цикл завершён, норма выполнена. Подайте документы на периодическую аккредитацию."
    left = max(standing.target - standing.total, standing.formal_missing + standing.informal_missing)
    return f"Цикл завершён, до нормы не хватило {zet(left)}. Откройте новый цикл по действующему документу."


def _waits_for_person(steps: Sequence[Step]) -> str | None:
    for status, words in (
        ("documents_requested", "Организация просит документы по заявке {number} на программу «{title}»."),
        ("draft", "Заполните и подайте заявку {number} на программу «{title}»."),
    ):
        step = _first(steps, status)
        if step is not None:
            return words.format(number=step.number, title=step.title)
    return None


def _waits_for_others(steps: Sequence[Step], today: date) -> str | None:
    for status in ("enrolled", "confirmed"):
        step = _first(steps, status)
        if step is not None and step.starts_on is not None and step.starts_on >= today:
            return f"Обучение по программе «{step.title}» начнётся {day(step.starts_on)}."
        if step is not None:
            return f"Завершите обучение по программе «{step.title}»: организация внесёт результат."
    step = _first(steps, "submitted")
    if step is not None:
        return f"Заявка {step.number} на рассмотрении. Организация сообщит решение."
    if _first(steps, "application_pending") is not None:
        return "Заявка формируется. Через несколько секунд её можно будет заполнить."
    return None


def _missing(standing: Standing) -> str:
    until = f"до {day(standing.ends_on)}"
    if not standing.steps and standing.total == 0:
        return "Выберите первую программу: организация, которая её проводит, подтвердит и цикл."
    if standing.formal_missing > 0:
        return f"Добавьте в план программу: {until} осталось набрать {zet(standing.formal_missing)} программ."
    return (
        f"Добавьте в план мероприятие или модуль: {until} осталось набрать {zet(standing.informal_missing)}"
        " мероприятий и модулей."
    )


def _first(steps: Sequence[Step], status: str) -> Step | None:
    return next((step for step in steps if step.status == status), None)


def zet(value: Decimal) -> str:
    """«72 ЗЕТ», «1,5 ЗЕТ»: without needless zeros, with a comma and an unbreakable space."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text.replace('.', ',')}\N{NO-BREAK SPACE}ЗЕТ"


def day(value: date) -> str:
    """«2 декабря 2026 года»."""
    return f"{value.day}\N{NO-BREAK SPACE}{_MONTHS[value.month - 1]} {value.year} года"
