"""Keeps what the card shows of employers: name, address, region, whether a state budget institution."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from nmo_contracts.organizations import medical_organization_id
from nmo_kit.db import WriteSession
from nmo_registry.reference_books.editions import CardBooks
from nmo_registry.reference_books.queries import current_editions
from nmo_registry.specialists.tables import Employer


async def record_employers(
    session: WriteSession, organizations: Mapping[str, Mapping[str, Any]], *, now: datetime
) -> None:
    """Write organisations as ФРМО shows them, by their numbers; unknown fields are ignored.

    Side effects: rows of `employer`; no events, others read employers through the card.
    """
    if not organizations:
        return
    books = CardBooks(editions=await current_editions(session, ["regions"]))
    rows = [_row(oid, raw, books, now) for oid, raw in sorted(organizations.items())]
    statement = insert(Employer).values(rows)
    kept = {name: statement.excluded[name] for name in rows[0] if name != "oid"}
    await session.execute(statement.on_conflict_do_update(index_elements=["oid"], set_=kept))


def _row(oid: str, raw: Mapping[str, Any], books: CardBooks, now: datetime) -> dict[str, Any]:
    name = str(raw.get("nameFull") or raw.get("nameShort") or f"Организация {oid}")
    region = str(raw.get("regionId") or "")
    return {
        "oid": oid,
        "name": name,
        "short_name": str(raw.get("nameShort") or name),
        "address": str(raw.get("address") or ""),
        "region_code": region,
        "region_name": str(raw.get("regionName") or ""),
        "state_budget": raw.get("stateBudget") is True,
        "fetched_at": now,
        "organization_id": medical_organization_id(oid),
        "region_edition": books.edition("regions", region),
    }
