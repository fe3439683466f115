"""Forms: what was typed, what is wrong with it, and reading of dates as Russians write them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from starlette.requests import Request

from nmo_gateway.service_errors import ServiceProblem

INVALID = 422


@dataclass(slots=True)
class Form:
    """Values to show and messages by field; order of messages is the order of the fields on the page."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    idempotency_key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def status(self) -> int:
        """HTTP status of the page that shows the form: 422 when something is wrong."""
        return INVALID if self.errors or self.summary else 200

    def get(self, name: str) -> str:
        """Value of a field, empty when absent."""
        return self.values.get(name) or ""

    def add(self, name: str, message: str) -> None:
        """Note a fault; the first message of a field stays."""
        self.errors.setdefault(name, message)

    def sort(self, order: Sequence[str]) -> None:
        """Bring the messages into the order of the page's fields; what is not named there comes last."""
        places = {name: place for place, name in enumerate(order)}
        self.errors = dict(sorted(self.errors.items(), key=lambda item: places.get(item[0], len(places))))

    def take(self, problem: ServiceProblem, fields: Mapping[str, str] | None = None) -> None:
        """Show a service's answer at the fields it names; what belongs to no field stands in the summary.

        ``fields``: the service's field names -> ids on this page; absent means the names are the same.
        """
        for name, message in problem.field_errors.items():
            known = fields.get(name, name) if fields else name
            if known in self.values or (fields and name in fields):
                self.add(known, message)
            else:
                self.summary.append(message)
        if not self.errors and not self.summary:
            self.summary.append(problem.detail or "Не получилось сохранить. Проверьте данные и повторите.")


def specialty_choices(items: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Specialties to choose from: those in force first; one that ended says so, for what is old still names it."""
    ended = [(item["key"], f"{item['name']} (упразднена)") for item in items if item.get("in_force") is False]
    return [(item["key"], item["name"]) for item in items if item.get("in_force") is not False] + ended


async def read_form(request: Request) -> Form:
    """Take the posted text fields, trimmed; the key against a second press travels along."""
    posted = await request.form()
    values = {name: value.strip() for name, value in posted.items() if isinstance(value, str)}
    key = values.pop("idempotency_key", "") or uuid4().hex
    values.pop("csrf_token", None)
    return Form(values=values, idempotency_key=key)


def parse_day(text: str) -> date | None:
    """Read ДД.ММ.ГГГГ with any separator or none; None when it is not a date of the calendar."""
    found = re.fullmatch(r"(\d{1,2})[\s./-]?(\d{1,2})[\s./-]?(\d{4})", text.strip())
    if not found:
        return None
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def required_day(form: Form, name: str, *, what: str, latest: date | None = None) -> date | None:
    """Read a date that must be there, noting at the field what is wrong.

    ``what``: the date in the genitive-free form that follows «Введите»: «дату сдачи экзамена».
    ``latest``: the last day allowed.
    """
    text = form.get(name)
    if not text:
        form.add(name, f"Введите {what}")
        return None
    known = parse_day(text)
    if known is None:
        form.add(name, f"Введите {what} в формате ДД.ММ.ГГГГ, например 25.05.2021")
    elif latest is not None and known > latest:
        form.add(name, f"{what[:1].upper()}{what[1:]}: этот день ещё не наступил")
        return None
    return known
