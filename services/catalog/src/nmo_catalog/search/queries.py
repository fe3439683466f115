"""The search: plain SQL put together from constant fragments, values always bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import TextClause, text

from nmo_catalog.elements.queries import CARD_COLUMNS, card
from nmo_catalog.search.rules import COUNT_CAP, Criteria, Position, phases, tsquery_of
from nmo_kit.db import ReadSession

Found = tuple[dict[str, Any], Position]
"""One card and the place right after it."""

_CONDITIONS: Final[dict[str, str]] = {
    "tsquery": "e.tsv @@ to_tsquery('russian', :tsquery)",
    "specialty": "e.specialty_keys && cast(:specialty as text[])",
    "kind": "e.kind = any(cast(:kind as text[]))",
    "form": "e.form = any(cast(:form as text[]))",
    "basis": "e.bases && cast(:basis as text[])",
    "organization": "e.organization_id = any(cast(:organization as uuid[]))",
    "region": "e.region_code = any(cast(:region as text[]))",
    "from_on": "e.listed_on >= :from_on",
    "to_on": "(e.listed_on <= :to_on or e.starts_on is null)",
    "zet_min": "e.zet >= :zet_min",
    "zet_max": "e.zet <= :zet_max",
}
_PHASES: Final = ("e.organization_id = :preferred", "e.organization_id <> :preferred")
_FREE: Final = "(e.seats_total is null or e.seats_held < e.seats_total)"


async def search_page(
    session: ReadSession, criteria: Criteria, start: Position | None, *, limit: int, few: bool
) -> Sequence[Found]:
    """Up to `limit` cards after `start`, each with the place after it; the preferred organisation comes first.

    `few` says that the whole list is below the cap (`capped_count`), which decides the way it is read.
    """
    found: list[Found] = []
    for phase in phases(criteria):
        if start is not None and phase < start.phase:
            continue
        after = start.after if start is not None and start.phase == phase else None
        place, rest = Position(phase, after), limit - len(found)
        found += await _phase(session, criteria, place, limit=rest, few=few)
        if len(found) >= limit:
            break
    return found


async def _phase(
    session: ReadSession, criteria: Criteria, start: Position, *, limit: int, few: bool
) -> list[Found]:
    statement, values = page_statement(criteria, start, few=few)
    rows = (await session.execute(statement, {**values, "limit": limit})).mappings().all()
    return [(card(row), Position(start.phase, (row["sort_value"], row["element_id"]))) for row in rows]


def page_statement(criteria: Criteria, start: Position, *, few: bool) -> tuple[TextClause, dict[str, Any]]:
    """SQL of one phase's page and its values, but for `limit`.

    Of many, an index in the list's order gives a page at once. Of few, all are fetched by the filters' own indexes
    and sorted: the planner overrates how often a rare word occurs, and would walk the whole list in order for it.
    """
    conditions, values = _where(criteria)
    if criteria.preferred is not None:
        conditions.append(_PHASES[start.phase])
        values["preferred"] = criteria.preferred
    direction = " desc" if criteria.descending else ""
    if start.after is not None:
        sign = "<" if criteria.descending else ">"
        conditions.append(f"(e.{criteria.sort_column}, e.id) {sign} (:after_value, :after_id)")
        values["after_value"], values["after_id"] = start.after
    sql = (
        f"with hit as {'' if few else 'not '}materialized ("  # noqa: S608 constants only
        f"select e.id, e.{criteria.sort_column} as sort_value from element e where {' and '.join(conditions)}),"
        f" page as (select id, sort_value from hit order by sort_value{direction}, id{direction} limit :limit)"
        f" select {CARD_COLUMNS}, page.sort_value from page join element e on e.id = page.id"
        " join organization o on o.id = e.organization_id"
        f" order by page.sort_value{direction}, e.id{direction}"
    )
    return text(sql), values


async def capped_count(session: ReadSession, criteria: Criteria) -> int:
    """How many elements fit, counted up to 1 000."""
    conditions, values = _where(criteria)
    sql = f"select count(*) from (select from element e where {' and '.join(conditions)} limit {COUNT_CAP}) counted"  # noqa: S608 constants only
    count: int = (await session.execute(text(sql), values)).scalar_one()
    return count


def _where(criteria: Criteria) -> tuple[list[str], dict[str, Any]]:
    values: dict[str, Any] = {}
    if criteria.words:
        values["tsquery"] = tsquery_of(criteria.words)
    for name in _CONDITIONS:
        value = getattr(criteria, name, None)
        if value is not None and value != ():
            values[name] = list(value) if isinstance(value, tuple) else value
    conditions = ["e.status = 'published'", *(_CONDITIONS[name] for name in values)]
    if criteria.free:
        conditions.append(_FREE)
    return conditions, values
