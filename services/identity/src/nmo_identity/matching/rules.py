"""Pure rules of matching: what an outcome means and when an own confirmation still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LABELS = {
    "last_name": "Фамилия",
    "first_name": "Имя",
    "patronymic": "Отчество",
    "birth_on": "Дата рождения",
    "snils": "СНИЛС",
}
"""Fields that are compared, as people read them."""
FIRST_RETRY_S = 15
LAST_RETRY_S = 900


def differing(fields: Sequence[Mapping[str, Any]], results: frozenset[str]) -> list[str]:
    """Names of the fields whose comparison gave one of `results`, in their order."""
    return [str(item["field"]) for item in fields if item["result"] in results]


def weak_fields(fields: Sequence[Mapping[str, Any]]) -> list[str]:
    """Fields that only nearly agree."""
    return differing(fields, frozenset({"weak"}))


def mismatched_fields(outcome: str, fields: Sequence[Mapping[str, Any]]) -> list[str]:
    """Fields to be named to the person: those in conflict; the number itself when there is no record."""
    if outcome == "not_found":
        return ["snils"]
    return differing(fields, frozenset({"conflict"}))


def confirmation_holds(
    *,
    confirmed_specialist: object,
    confirmed_fields: Sequence[str],
    specialist: object,
    fields: Sequence[str],
) -> bool:
    """A person's confirmation holds for the same record and no further differences."""
    return confirmed_specialist == specialist and set(fields) <= set(confirmed_fields)


def retry_delay_s(attempts: int) -> int:
    """Seconds until the next try after `attempts` failures: 15, 30, 60 … at most 15 minutes."""
    return min(LAST_RETRY_S, FIRST_RETRY_S << min(attempts, 10))


_RANK = {"exact": 0, "equivalent": 0, "weak": 1, "conflict": 2, "not_found": 2}
COMPARED = frozenset({*LABELS, "former_names"})
"""What of a record a comparison looks at, by the names the registry tells changes with."""
WATCHED = frozenset({"weak", "conflict", "not_found"})
"""Outcomes after which a correction is looked for."""
TRIES_A_DAY = 3
REASONS = {
    "case_or_letters": "Различаются только прописные буквы, дефис или буквы е и ё. Это одно и то же.",
    "alphabet": "В слове есть латинские буквы, похожие на русские. Прочитали их как русские.",
    "joint": "Части имени написаны слитно, раздельно или через дефис по-разному.",
    "particle": "В одном источнике нет частицы или она написана иначе.",
    "slip": "Отличается одна буква: похоже на опечатку.",
    "absent": "В одном источнике поле не заполнено.",
    "former_name": "Это ваша прежняя фамилия: смена фамилии записана в регистре.",
    "different": "Значения разные.",
}
"""Why a field is not simply equal, in the reader's words, by the register's codes."""


def improved(before: str, after: str) -> bool:
    """The newer outcome lets the person nearer to the cabinet than the older one."""
    return _RANK[after] < _RANK[before]


def explanation(reason: str, result: str) -> str | None:
    """The sentence of a field's reason; None for a field that is equal. Both absent is no gap to be filled."""
    if reason == "absent" and result == "equivalent":
        return "Отчества нет в обоих источниках."
    return REASONS.get(reason)
