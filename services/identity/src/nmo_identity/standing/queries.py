"""Reading a person's standing in one place, so that tokens, pages and answers cannot disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from nmo_contracts.identity import MatchOutcome
from nmo_contracts.purposes import MAIN
from nmo_identity.accounts.queries import has_only_local_accounts
from nmo_identity.accounts.queries import person as read_person
from nmo_identity.accounts.tables import Person
from nmo_identity.consents.queries import last_answers
from nmo_identity.consents.rules import in_force
from nmo_identity.consents.tables import ConsentEvent
from nmo_identity.matching.queries import is_confirmed_by_person, last_result
from nmo_identity.matching.tables import MatchResult
from nmo_identity.roles.queries import live_memberships
from nmo_identity.roles.tables import Membership
from nmo_identity.standing.rules import (
    OWN_CABINET,
    Entry,
    chosen_organization,
    entry_state,
    is_matched,
    roles_of,
    workplace_in_force,
)
from nmo_kit.db import ReadSession


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the person stands."""

    person: Person
    entry: Entry
    roles: list[str]
    organization_id: UUID | None
    specialist_id: UUID | None
    consented: bool
    purposes: frozenset[str]
    """Purposes that the person's consents are in force for."""
    consent: ConsentEvent | None
    match: MatchResult | None
    weak_confirmed: bool
    memberships: Sequence[Membership]


async def standing_of(
    session: ReadSession,
    person_id: UUID,
    *,
    organization_id: UUID | None = None,
    restrictions: Sequence[str] = (),
    workplace: tuple[str | None, UUID | None] = (None, None),
) -> Standing:
    """Read it all; `restrictions` are the steps the person's session owes, `workplace` what was chosen in it.

    Raises:
        NotFound: no such person.
        ValueError: the person does not belong to `organization_id`.
    """
    person = await read_person(session, person_id)
    answers = await last_answers(session, person_id)
    purposes = in_force({purpose: answer.kind for purpose, answer in answers.items()})
    consented = MAIN in purposes
    result = await last_result(session, person_id)
    outcome = cast("MatchOutcome | None", result.outcome if result else None)
    weak_confirmed = (
        result is not None and result.outcome == "weak" and await is_confirmed_by_person(session, result)
    )
    memberships = await live_memberships(session, person_id)
    held = [(row.role, row.organization_id) for row in memberships]
    chosen = workplace_in_force(held, *workplace) if organization_id is None else None
    organization = chosen[1] if chosen else chosen_organization(held, organization_id)
    matched = is_matched(consented=consented, outcome=outcome, weak_confirmed=weak_confirmed)
    entry = entry_state(
        confirmed=person.confirmed,
        is_staff=bool(held) and chosen != OWN_CABINET,
        consented=consented,
        outcome=outcome,
        weak_confirmed=weak_confirmed,
        is_local=not person.confirmed and await has_only_local_accounts(session, person_id),
        restrictions=restrictions,
    )
    trusted = person.confirmed and not restrictions
    roles = roles_of(
        confirmed=trusted, memberships=held, organization=organization, matched=matched, workplace=chosen
    )
    return Standing(
        person=person,
        entry=entry,
        roles=roles,
        organization_id=organization if trusted else None,
        specialist_id=result.specialist_id if trusted and matched and result else None,
        consented=consented,
        purposes=purposes,
        consent=answers.get(MAIN),
        match=result,
        weak_confirmed=weak_confirmed,
        memberships=memberships,
    )


async def changed_since(session: ReadSession, moment: datetime) -> Sequence[tuple[UUID, int]]:
    """Persons whose version grew after that moment and who may hold a token made before it, with the version now."""
    found = await session.execute(
        select(col(Person.id), col(Person.version)).where(
            col(Person.version_at) > moment,
            # By name: sign-in stands on this slice, not the other way round.
            text(
                "exists (select from auth_session s where s.person_id = person.id and s.expires_at > :since)"
            ).bindparams(since=moment),
        )
    )
    return [(row[0], row[1]) for row in found.all()]
