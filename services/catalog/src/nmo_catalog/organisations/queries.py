"""Reads of organisations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text

from nmo_kit.db import ReadSession

_CARD = (
    "select o.id as organization_id, o.name, o.short_name, o.kind, o.region_code, r.name as region_name,"
    " o.address, o.phone, o.email, o.site from organization o join region r on r.code = o.region_code"
)
_BY_ID = text(f"{_CARD} where o.id = :id")
_FIRST = text(f"{_CARD} where (o.name, o.id) > (:name, :id) order by o.name, o.id limit :limit")
_BY_NAME = text(
    f"{_CARD} where (lower(o.name) like :pattern or lower(o.short_name) like :pattern) and (o.name, o.id) > (:name, :id)"
    " order by o.name, o.id limit :limit"
)
_START = UUID(int=0)


async def organization_by_id(session: ReadSession, organization_id: UUID) -> RowMapping | None:
    """Card of one organisation, or None."""
    return (await session.execute(_BY_ID, {"id": organization_id})).mappings().one_or_none()


async def organizations_named(
    session: ReadSession, part: str, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """Cards in order of name, of those whose full or short name holds `part` (any case; all for an empty one)."""
    name, id_ = after or ("", _START)
    values: dict[str, object] = {"name": name, "id": id_, "limit": limit}
    if not part:
        return (await session.execute(_FIRST, values)).mappings().all()
    return (await session.execute(_BY_NAME, {**values, "pattern": _like(part)})).mappings().all()


def _like(part: str) -> str:
    escaped = part.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
