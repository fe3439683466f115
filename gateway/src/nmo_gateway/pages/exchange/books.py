"""What the page says about reference books: versions, what is pinned, what was set aside. Pure."""

import re
from typing import Any

from nmo_gateway import texts

TITLES = {
    "specialties": "Номенклатура специальностей",
    "positions": "Должности",
    "regions": "Субъекты Российской Федерации",
    "organizations": "Медицинские и фармацевтические организации",
    "identity_documents": "Документы, удостоверяющие личность",
    "position_types": "Виды должностей",
    "qualification_categories": "Квалификационные категории",
    "accreditation_kinds": "Виды аккредитации",
}
SET_ASIDE = texts.Status("Новая версия отложена", "red")
SILENT = texts.Status("Источник не отвечает", "yellow")
LOADING = texts.Status("Загружается", "blue")
NONE = texts.Status("Ещё не получен", "grey")
PINNED = texts.Status("Закреплён", "blue")
CURRENT = texts.Status("Обновляется", "green")
SMALLER = re.compile(r"^shrank:")
"""The one fault of a version that an administrator may overrule."""
REASONS = (
    (r"missing_field: (\S+) of (\S+)", "в строке {1} нет поля {0}"),
    (r"missing_field: (\S+)", "в строке нет поля {0}"),
    (r"half_page: (\d+) of (\d+)", "пришла неполная страница, строк {0} вместо {1}"),
    (r"duplicate: (\S+)", "код {0} стоит дважды"),
    (r"encoding", "текст в неизвестной кодировке"),
    (r"total_changed", "число строк изменилось во время загрузки"),
    (r"shrank: (\d+) values in force instead of (\d+)", "действующих значений {0} вместо {1}"),
    (r"empty", "в версии нет строк"),
)
"""What the registry notes of a faulty version, and how it is said."""


def book_of(item: dict[str, Any]) -> dict[str, Any]:
    """A book as a row of the page."""
    load = item["last_load"] or {}
    faulty = load.get("phase") == "set_aside"
    return {
        "book": item["book"],
        "title": TITLES.get(item["book"], item["book"]),
        "oid": item["oid"],
        "version": item["current_version"] or texts.MDASH,
        "pinned": texts.moment(item["pinned_at"]) if item["pinned_at"] else None,
        "released": texts.day(item["released_on"]) if item["released_on"] else None,
        "taken": f"{texts.moment(item['published_at'])} мск" if item["published_at"] else texts.MDASH,
        "checked": texts.moment(item["checked_at"]) if item["checked_at"] else None,
        "status": _status(item, load),
        "fault": f"Версия {load['version']}: {reason_of(load['reason'])}. Действует прежняя." if faulty else None,
        "smaller": load["version"] if faulty and SMALLER.search(load["reason"] or "") else None,
        "again": faulty or item["failures"] > 0,
    }  # fmt: skip


def version_of(item: dict[str, Any]) -> dict[str, Any]:
    """A version as a row of the book's page."""
    return {
        "version": item["version"],
        "released": texts.day(item["released_on"]) if item["released_on"] else texts.MDASH,
        "taken": f"{texts.moment(item['taken_at'])} мск",
        "notes": item["release_notes"] or texts.MDASH,
        "current": item["current"],
    }


def reason_of(reason: str | None) -> str:
    """Why a version was set aside; what has no words yet is shown as the registry noted it."""
    for pattern, words in REASONS:
        if found := re.search(pattern, reason or ""):
            return words.format(*found.groups())
    return reason or "причина не записана"


def _status(item: dict[str, Any], load: dict[str, Any]) -> texts.Status:
    if load.get("phase") == "set_aside":
        return SET_ASIDE
    if item["failures"]:
        return SILENT
    if load.get("phase") == "reading":
        return LOADING
    if item["current_version"] is None:
        return NONE
    return PINNED if item["pinned_at"] else CURRENT
