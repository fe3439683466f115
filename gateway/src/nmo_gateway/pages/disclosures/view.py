"""Who got what about the person, from several services, as one list and as a file."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.journal.view import BOM, safe_cell

Json = dict[str, Any]
FIELDS = {
    "last_name": "фамилия",
    "first_name": "имя",
    "patronymic": "отчество",
    "full_name": "фамилия, имя, отчество",
    "short_name": "фамилия и инициалы",
    "snils": "СНИЛС",
    "birth_on": "дата рождения",
    "email": "электронная почта",
    "phone": "телефон",
    "specialist_id": "условный номер",
    "application_id": "номер записи о заявке",
    "number": "номер заявки",
    "status": "состояние",
    "element_id": "программа",
    "organization_id": "организация",
    "occurred_at": "время события",
    "cycle_id": "цикл",
    "employer_oid": "номер организации в реестре",
    "employer_name": "место работы",
    "employer_address": "адрес места работы",
    "region_code": "регион",
    "position": "должность",
    "state_budget": "вид финансирования организации",
    "rate": "ставка",
    "job_kind": "вид занятости",
    "document_kind": "вид документа",
    "specialty_name": "специальность",
    "valid_until": "срок действия документа",
    "zet": "ЗЕТ",
    "total_zet": "ЗЕТ всего",
}
NAMES = {"last_name", "first_name", "patronymic", "short_name"}
HEADINGS = ("Когда, мск", "Кто", "Что получил", "Зачем", "Код записи")


@dataclass(frozen=True, slots=True)
class Line:
    """One look or delivery."""

    when: str
    who: str
    what: str
    why: str
    reference: str


def lines(items: Iterable[Json], names: Mapping[str, str]) -> list[Line]:
    """Looks of staff and of the portal's services, and what partners' systems were told, as they come."""
    return [_of_partner(item) if "partner" in item else _of_journal(item, names) for item in items]


def _of_journal(item: Json, names: Mapping[str, str]) -> Line:
    organisation = names.get(item.get("organization_id") or "")
    return Line(
        when=texts.moment(item["at"]),
        who=", ".join(part for part in (item["by"], organisation) if part),
        what=field_words(item["fields"]),
        why=item["title"],
        reference=item["reference"],
    )


def _of_partner(item: Json) -> Line:
    return Line(
        when=texts.moment(item["at"]),
        who=f"Система-партнёр {item['partner']}",
        what=field_words(item["fields"]),
        why=item["title"],
        reference=item["id"],
    )


def field_words(names: Sequence[str]) -> str:
    """Names of fields as people call them, parts of a name said once."""
    # A comparison notes its outcome beside the field: here it is the field that counts.
    shown = [name.partition(":")[0] for name in names]
    if "full_name" in shown:
        shown = [name for name in shown if name not in NAMES]
    return ", ".join(dict.fromkeys(FIELDS.get(name, name) for name in shown)) or texts.MDASH


def as_csv(shown: Iterable[Line]) -> str:
    """The list as a file: semicolons, no cell that is taken for a formula (P23)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for line in shown:
        writer.writerow([safe_cell(cell) for cell in astuple(line)])
    return BOM + out.getvalue()
