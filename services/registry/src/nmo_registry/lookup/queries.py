"""The one read of a match: the person with their former surnames and how fresh they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, fetch
from nmo_registry.lookup.rules import PersonName
from nmo_registry.specialists.queries import birth_of
from nmo_registry.sync.queries import CONFIRMED_AT, SOURCE

_BY_SNILS = f"""
select s.id, s.last_name, s.first_name, s.patronymic, s.birth_sealed, s.register_version,
  array(select n.last_name from specialist_name n where n.specialist_id = s.id) as former,
  {CONFIRMED_AT.format(oid="s.register_oid", fetched_at="s.fetched_at", source="$2")} as confirmed_at
from specialist s where s.snils_index = $1 and s.removed_at is null
"""  # noqa: S608 constants only


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Who holds a СНИЛС in the mirror.

    Attributes:
        former: surnames that the register says the person bore before.
        confirmed_at: when the card was last known to be the register's.
    """

    id: UUID
    name: PersonName
    former: list[str]
    register_version: str
    confirmed_at: datetime


async def mirrored_by_snils(database: Database, snils: str, cipher: FieldCipher) -> Mirrored | None:
    """The person with this СНИЛС who is in the register now."""
    rows = await fetch(database, _BY_SNILS, (cipher.blind_index(snils), SOURCE))
    if not rows:
        return None
    (row,) = rows
    born = birth_of(row["id"], row["birth_sealed"], cipher)
    return Mirrored(
        id=row["id"],
        name=PersonName(row["last_name"], row["first_name"], row["patronymic"], born),
        former=row["former"],
        register_version=row["register_version"],
        confirmed_at=row["confirmed_at"],
    )
