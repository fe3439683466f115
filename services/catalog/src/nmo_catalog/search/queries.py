"""The search: plain SQL put together from constant fragments, values always bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nmo_catalog.elements.queries import CARD_COLUMNS, card
from nmo_catalog.search.rules import COUNT_CAP, Criteria, Position, phases, tsquery_of
from nmo_kit.db import ReadSession, fetch

Found = tuple[dict[str, Any], Position]
"""One card and the place right after it."""

_CONDITIONS: Final[dict[str, str]] = {
    "tsquery": "e.tsv @@ to_tsquery('russian', {})",
    "specialty": "e.specialty_keys && {}::text[]",
    "kind": "e.kind = any({}::text[])",
    "form": "e.form = any({}::text[])",
    "basis": "e.bases && {}::text[]",
    "organization": "e.organization_id = any({}::uuid[])",
    "region": "e.region_code = any({}::text[])",
    "from_on": "e.listed_on >= {}",
    "to_on": "(e.listed_on <= {} or e.starts_on is null)",
    "zet_min": "e.zet >= {}",
    "zet_max": "e.zet <= {}",
}
_PHASES: Final = ("e.organization_id = {}", "e.organization_id <> {}")
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


class _Values(list[object]):
    """Values in the order of their places in a statement."""

    def place(self, value: object) -> str:
        """Take a value; returns what stands for it."""
        self.append(value)
        return f"${len(self)}"


async def _phase(
    session: ReadSession, criteria: Criteria, start: Position, *, limit: int, few: bool
) -> list[Found]:
    rows = await fetch(session, *page_statement(criteria, start, limit=limit, few=few))
    found = []
    for row in rows:
        shown = card(row.items())
        after = (shown.pop("sort_value"), shown.pop("after_id"))
        found.append((shown, Position(start.phase, after)))
    return found


def page_statement(
    criteria: Criteria, start: Position, *, limit: int, few: bool
) -> tuple[str, Sequence[object]]:
    """SQL of one phase's page and its values.

    Of many, an index in the list's order gives a page at once. Of few, all are fetched by the filters' own indexes
    and sorted: the planner overrates how often a rare word occurs, and would walk the whole list in order for it.
    """
    conditions, values = _where(criteria)
    if criteria.preferred is not None:
        conditions.append(_PHASES[start.phase].format(values.place(criteria.preferred)))
    direction = " desc" if criteria.descending else ""
    if start.after is not None:
        sign = "<" if criteria.descending else ">"
        value, id_ = map(values.place, start.after)
        conditions.append(f"(e.{criteria.sort_column}, e.id) {sign} ({value}, {id_})")
    sql = (
        f"with hit as {'' if few else 'not '}materialized ("  # noqa: S608 constants only
        f"select e.id, e.{criteria.sort_column} as sort_value from element e where {' and '.join(conditions)}),"
        f" page as (select id, sort_value from hit order by sort_value{direction}, id{direction}"
        f" limit {values.place(limit)})"
        f" select {CARD_COLUMNS}, page.sort_value, page.id as after_id from page join element e on e.id = page.id"
        " join organization o on o.id = e.organization_id"
        f" order by page.sort_value{direction}, e.id{direction}"
    )
    return sql, values


async def capped_count(session: ReadSession, criteria: Criteria) -> int:
    """How many elements fit, counted up to 1 000."""
    conditions, values = _where(criteria)
    sql = f"select count(*) from (select from element e where {' and '.join(conditions)} limit {COUNT_CAP}) counted"  # noqa: S608 constants only
    ((count,),) = await fetch(session, sql, values)
    return int(count)


def _where(criteria: Criteria) -> tuple[list[str], _Values]:
    conditions, values = ["e.status = 'published'"], _Values()
    if criteria.words:
        conditions.append(_CONDITIONS["tsquery"].format(values.place(tsquery_of(criteria.words))))
    for name, condition in _CONDITIONS.items():
        value = getattr(criteria, name, None)
        if value is not None and value != ():
            conditions.append(condition.format(values.place(value)))
    if criteria.free:
        conditions.append(_FREE)
    return conditions, values
