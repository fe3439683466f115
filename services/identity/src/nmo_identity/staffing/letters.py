"""Letters about roles: who asked hears of the decision, who decides hears of the request (ROL-03)."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.tables import Person
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.roles import queries
from nmo_identity.roles.rules import TITLES, givers_of
from nmo_identity.roles.tables import RoleRequest
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession

PEOPLE_PAGE = {True: "/organisation/people", False: "/admin/users"}
"""Where requests for an organisation's roles are decided on, and for the portal's."""


async def tell_deciders(
    session: WriteSession, row: RoleRequest, *, cipher: FieldCipher, now: datetime
) -> None:
    """To each who may decide: a role is asked for. The letter names no person."""
    for decider in await queries.deciders(session, givers_of((row.role, row.organization_id))):
        if decider.email and decider.id != row.person_id:
            await send_letter(
                session,
                kind="role_asked",
                channel="email",
                to=decider.email,
                params={
                    "role": TITLES[row.role],
                    "page": PEOPLE_PAGE[row.organization_id is not None],
                },
                person_id=decider.id,
                cipher=cipher,
                now=now,
            )


async def tell_person(
    session: WriteSession,
    person: Person,
    kind: str,
    role: str,
    *,
    answer: str,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """To the person: `role_granted`, `role_refused` or `role_revoked`."""
    if person.email and person.email_verified:
        await send_letter(
            session,
            kind=kind,
            channel="email",
            to=person.email,
            params={"role": TITLES[role], "answer": answer},
            person_id=person.id,
            cipher=cipher,
            now=now,
        )
