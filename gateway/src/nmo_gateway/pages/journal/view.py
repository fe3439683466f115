"""Words of the journal, on the page and in the file."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
REFUSED = frozenset({"denied", "refused", "failed", "error"})
KINDS = (
    ("sign_in", "Входы и способы входа"),
    ("profile", "Личные данные"),
    ("consent", "Согласия"),
    ("application", "Заявки"),
    ("learning", "Цикл и план обучения"),
    ("role", "Роли"),
    ("look", "Кто смотрел мои данные"),
)
KIND_WORDS = dict(KINDS)
HEADINGS = ("Время, мск", "Вид", "Что произошло", "Кто", "Отказано", "Сеть", "Код записи")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"
"""By which table programs know the letters."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal."""

    at: str
    title: str
    kind: str
    by: str
    denied: bool
    where: str
    reference: str


def entries(items: list[Json], names: dict[str, str]) -> list[Entry]:
    """Lines as they come: the newest first."""
    return [
        Entry(
            at=texts.moment(item["at"]),
            title=item["title"],
            kind=KIND_WORDS.get(item["kind"], ""),
            by=", ".join(part for part in (item["by"], names.get(item["organization_id"] or "")) if part),
            denied=item["result"] in REFUSED,
            where=item["ip_prefix"] or texts.MDASH,
            reference=item["reference"],
        )
        for item in items
    ]


def safe_cell(value: str) -> str:
    """A cell that no table program takes for a formula (P23)."""
    return f"'{value}" if value.startswith(FORMULA) else value


def as_csv(lines: list[Entry]) -> str:
    """The file: semicolons, as table programs here expect them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for line in lines:
        cells = (
            line.at,
            line.kind,
            line.title,
            line.by,
            "да" if line.denied else "",
            line.where,
            line.reference,
        )
        writer.writerow([safe_cell(cell) for cell in cells])
    return BOM + out.getvalue()
