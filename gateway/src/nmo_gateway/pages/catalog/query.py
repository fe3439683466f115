"""What the reader asks of the catalogue: filters from the address, links that keep them, parameters for the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from nmo_gateway import texts
from nmo_gateway.pages.forms import Form, parse_day

PAGE_SIZE = 25
FILTERS = ("kind", "form", "basis", "region", "from", "to", "zet_min", "free")
FIELDS = ("q", "cycle", "specialty", "organization", *FILTERS, "sort")
SORTS = {
    "date": "Сначала ближайшие",
    "-date": "Сначала дальние",
    "-zet": "Больше ЗЕТ",
    "zet": "Меньше ЗЕТ",
    "title": "По названию",
    "price": "Дешевле",
}
MAX_ZET = Decimal(9999)


@dataclass(frozen=True, slots=True)
class Query:
    """The search as typed, checked; ``form`` holds values and messages for the page."""

    form: Form
    path: str
    cursor: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """A filter's value; empty when not set."""
        return self.form.get(name)

    @property
    def filtered(self) -> bool:
        """Whether any filter beside the words is set: the panel opens then."""
        return any(self.value(name) for name in (*FILTERS, "organization")) or bool(self.form.errors)

    @property
    def cleared(self) -> str:
        """«Сбросить фильтр»: only the words and the cycle stay."""
        return self._address({name: self.value(name) for name in ("q", "cycle")})

    def with_(self, **changes: str) -> str:
        """Address of the same search with something else, from the first page."""
        return self._address({**{name: self.value(name) for name in FIELDS}, **changes})

    def _address(self, values: Mapping[str, str]) -> str:
        present = {name: value for name, value in values.items() if value}
        return self.path + ("?" + urlencode(present) if present else "")

    def parameters(self) -> dict[str, Any]:
        """What the service is asked with."""
        days = {name: parse_day(self.value(name)) for name in ("from", "to")}
        return {
            "q": self.value("q") or None,
            **{
                name: self.value(name) or None
                for name in ("kind", "form", "basis", "region", "zet_min", "organization")
            },
            "specialty": self.value("specialty") or self.fixed.get("specialty"),
            "preferred": self.fixed.get("preferred"),
            "from": days["from"].isoformat() if days["from"] else None,
            "to": days["to"].isoformat() if days["to"] else None,
            "free": "true" if self.value("free") == "1" else None,
            "sort": self.value("sort") or None,
            "limit": PAGE_SIZE,
            "cursor": self.cursor,
        }


def read(params: Mapping[str, str], path: str, fixed: Mapping[str, str] | None = None) -> Query:
    """Take the search out of the address; what makes no sense is dropped, a wrong date is a message."""
    values = {name: params.get(name, "").strip() for name in FIELDS}
    for name, known in (("kind", texts.KIND), ("form", texts.FORM), ("basis", texts.BASIS), ("sort", SORTS)):
        if values[name] not in known:
            values[name] = ""
    values["q"] = values["q"][:200]
    form = Form(values=values)
    for name in ("from", "to"):
        if values[name] and parse_day(values[name]) is None:
            form.add(name, "Введите дату в формате ДД.ММ.ГГГГ, например 01.02.2027")
    if values["zet_min"] and not _is_zet(values["zet_min"]):
        form.add("zet_min", "Введите число ЗЕТ, например 36")
    return Query(form, path, params.get("cursor") or None, fixed or {})


def _is_zet(text: str) -> bool:
    try:
        return Decimal(0) <= Decimal(text) <= MAX_ZET
    except InvalidOperation:
        return False
