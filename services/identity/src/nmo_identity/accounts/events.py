"""Rows of persons as events; each raises the person's version."""

from __future__ import annotations

from datetime import datetime

from nmo_contracts.base import EventPayload
from nmo_contracts.identity import PersonChangedV1, PersonRegisteredV1
from nmo_identity.accounts.tables import Person
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox


async def publish(session: WriteSession, person: Person, payload: EventPayload) -> None:
    """Write an event about the person under the next version. The row must be locked or new."""
    person.version += 1
    session.add(person)
    await outbox.add(session, payload, version=person.version)


def registered(person: Person, provider: str, at: datetime) -> PersonRegisteredV1:
    """The account exists."""
    return PersonRegisteredV1(person_id=person.id, provider=provider, registered_at=at)


def changed(person: Person, fields: list[str]) -> PersonChangedV1:
    """Proven data changed."""
    return PersonChangedV1(person_id=person.id, changed=fields)
