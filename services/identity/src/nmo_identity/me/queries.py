"""Putting a person's own page together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nmo_identity.accounts.queries import Sealed, opened
from nmo_identity.accounts.rules import full_name, short_name
from nmo_identity.accounts.tables import Person
from nmo_identity.login.queries import session_by_id
from nmo_identity.matching.rules import LABELS, explanation
from nmo_identity.standing.queries import Standing, standing_of
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession
from nmo_kit.principal import Principal


async def me_of(session: ReadSession, viewer: Principal, cipher: FieldCipher) -> dict[str, Any]:
    """Everything about the viewer; СНИЛС whole, because it is their own."""
    row = await session_by_id(session, UUID(viewer.sid)) if viewer.sid else None
    owed = row.restrictions if row else []
    place = (row.workplace_role, row.workplace_organization_id) if row else (None, None)
    standing = await standing_of(session, viewer.person_id, restrictions=owed, workplace=place)
    person, known = standing.person, opened(standing.person, cipher)
    consent = standing.consent
    return {
        "person_id": person.id,
        "full_name": full_name(person.last_name, person.first_name, person.patronymic),
        "short_name": short_name(person.last_name, person.first_name, person.patronymic),
        "last_name": person.last_name,
        "first_name": person.first_name,
        "patronymic": person.patronymic,
        "birth_on": known.birth_on,
        "snils_masked": known.snils.masked if known.snils else None,
        "snils": known.snils.formatted if known.snils else None,
        "email": person.email,
        "phone": person.phone,
        "gender": person.gender,
        "citizenship": person.citizenship,
        "provider": row.provider_key if row else None,
        "confirmed": person.confirmed,
        "entry": standing.entry,
        "restrictions": owed,
        "match": _match(standing, known),
        "consent": None
        if consent is None or not standing.consented
        else {"granted": True, "text_version": consent.text_version, "granted_at": consent.at},
        "purposes": sorted(standing.purposes),
        "roles": standing.roles,
        "memberships": [
            {"organization_id": item.organization_id, "role": item.role} for item in standing.memberships
        ],
        "login_at": row.created_at if row else None,
        "previous_login_at": row.previous_login_at if row else None,
        "specialist_id": standing.specialist_id,
    }


def _match(standing: Standing, known: Sealed) -> dict[str, Any] | None:
    """The newest comparison, as far as the person's consent lets it be shown."""
    result = standing.match
    if result is None or not standing.consented or not standing.person.confirmed:
        return None
    return {
        "outcome": result.outcome,
        "fields": [
            {
                "field": item["field"],
                "label": LABELS.get(item["field"], item["field"]),
                "result": item["result"],
                "explanation": explanation(item.get("reason", ""), item["result"]),
                "own": _own_value(standing.person, known, item["field"]),
                "register_masked": item.get("register_masked"),
            }
            for item in result.fields
        ],
        "matched_at": result.matched_at,
        "reference": result.reference,
        "register_version": result.register_version,
        "confirmed_by_person": standing.weak_confirmed,
    }


def _own_value(person: Person, known: Sealed, field: str) -> str | None:
    if field == "birth_on":
        return known.birth_on.strftime("%d.%m.%Y") if known.birth_on else None
    value: str | None = getattr(person, field, None)
    return value
