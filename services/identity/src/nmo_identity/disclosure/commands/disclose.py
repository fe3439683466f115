"""Disclose persons' data to a service for a purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from nmo_identity.accounts.queries import opened, persons_by_ids
from nmo_identity.accounts.rules import full_name, short_name
from nmo_identity.accounts.tables import Person
from nmo_identity.consents.queries import withdrawn_among
from nmo_identity.disclosure.rules import CONSENTS, FIELDS, may_learn
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.errors import Forbidden
from nmo_kit.principal import Principal


async def disclose_persons(
    session: WriteSession, person_ids: Sequence[UUID], purpose: str, *, by: Principal, cipher: FieldCipher
) -> list[dict[str, Any]]:
    """Values that the purpose opens; one journal row per person, in the same transaction (AUD-01).

    Who took back the consent that the purpose rests on is left out.

    Raises:
        Forbidden: the calling service does not have this purpose.
    """
    if not may_learn(by.client_id, purpose):
        raise Forbidden("У этого сервиса нет такой цели.")
    found = []
    wanted = list(dict.fromkeys(person_ids))
    closed = await withdrawn_among(session, wanted, CONSENTS[purpose]) if purpose in CONSENTS else set()
    for person in await persons_by_ids(session, [one for one in wanted if one not in closed]):
        values = _values(person, cipher, FIELDS[purpose])
        found.append(values)
        await journal.record(
            session,
            actor=by,
            action="person.read",
            object_=f"person/{person.id}",
            person_id=person.id,
            fields=sorted(name for name in FIELDS[purpose] if values[name] is not None),
            purpose=purpose,
        )
    return found


def _values(person: Person, cipher: FieldCipher, fields: frozenset[str]) -> dict[str, Any]:
    known = opened(person, cipher) if fields & {"snils", "birth_on"} else None
    return {
        "person_id": person.id,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "patronymic": person.patronymic,
        "full_name": full_name(person.last_name, person.first_name, person.patronymic),
        "short_name": short_name(person.last_name, person.first_name, person.patronymic),
        "snils": str(known.snils) if known and known.snils else None,
        "birth_on": known.birth_on if known else None,
        "email": person.email if "email" in fields else None,
        "phone": person.phone if "phone" in fields else None,
    }
