"""The one read of a match: the person with their former surnames and how fresh they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, fetch
from nmo_registry.lookup.rules import PersonName
from nmo_registry.specialists.queries import birth_aad
from nmo_registry.sync.queries import SOURCE

_BY_SNILS = """
select s.id, s.last_name, s.first_name, s.patronymic, s.birth_sealed, s.register_version,
  array(select n.last_name from specialist_name n where n.specialist_id = s.id) as former,
  case when exists(select from sync_quarantine q where q.register_oid = s.register_oid) then s.fetched_at
    else greatest(s.fetched_at, (select last_success_at from sync_state where source = $2)) end as confirmed_at
from specialist s where s.snils_index = $1 and s.removed_at is null
"""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Who holds a СНИЛС in the mirror.

    Attributes:
        former: surnames that the register says the person bore before.
        confirmed_at: when the card was last known to be the register's: read then, or, unless it waits in quarantine, not
            changed up to the last full pass.
    """

    id: UUID
    name: PersonName
    former: list[str]
    register_version: str
    confirmed_at: datetime


async def mirrored_by_snils(session: ReadSession, snils: str, cipher: FieldCipher) -> Mirrored | None:
    """The person with this СНИЛС who is in the register now."""
    rows = await fetch(session, _BY_SNILS, (cipher.blind_index(snils), SOURCE))
    if not rows:
        return None
    (row,) = rows
    born = date.fromisoformat(cipher.decrypt(row["birth_sealed"], aad=birth_aad(row["id"])))
    return Mirrored(
        id=row["id"],
        name=PersonName(row["last_name"], row["first_name"], row["patronymic"], born),
        former=row["former"],
        register_version=row["register_version"],
        confirmed_at=row["confirmed_at"],
    )
