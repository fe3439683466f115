"""Answers of people, as applications heed them: organisations see no more of whoever took the consent back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text

from nmo_applications.enrolment.commands.move import move
from nmo_applications.enrolment.queries import in_flight_of
from nmo_applications.enrolment.rules import Action, Actor
from nmo_contracts.acknowledgements import ApplicationsConsentAppliedV1, ApplicationsPersonForgottenV1
from nmo_contracts.purposes import ORGANISATION
from nmo_kit import clock, journal
from nmo_kit.consents import Heeding
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received

_NOT_TAUGHT = "person_id = :person_id and status not in ('enrolled', 'completed', 'failed')"
_OF_REQUESTS = "request_id in (select id from support_request where person_id = :person_id)"
_STATEMENTS = (
    (
        "issued_document",
        f"delete from issued_document where application_id in (select id from application where {_NOT_TAUGHT})",  # noqa: S608 constants of this file
    ),
    (
        "application",
        (
            "update application set employment = null, position = null, workplace_name = null, workplace_address = null,"  # noqa: S608 constants of this file
            " region_code = null, basis = null, payer = null, employer_oid = null, applicant = null, reason = null"
            f" where {_NOT_TAUGHT}"
        ),
    ),
    (
        "application_move",
        (
            "update application_move set reason = null where reason is not null"  # noqa: S608 constants of this file
            f" and application_id in (select id from application where {_NOT_TAUGHT})"
        ),
    ),
    ("support_change", f"delete from support_change where {_OF_REQUESTS}"),  # noqa: S608 constants of this file
    ("support_message", f"delete from support_message where {_OF_REQUESTS}"),  # noqa: S608 same
    (
        "support_request",
        (
            "update support_request set topic_sealed = '', reference = null, status = 'closed', taken_by = null,"
            " closed_at = coalesce(closed_at, app_now()), result = coalesce(result, 'withdrawn')"
            " where person_id = :person_id"
        ),
    ),
)
"""Files of the documents go with the next sweep: nothing names them any more."""


async def _tell_in_flight(session: WriteSession, _event: Received[Any], purpose: str) -> None:
    """Each application that an organisation is looking at gets a line in the journal: its data are hidden now."""
    for row in await in_flight_of(session, _event.data.person_id):
        await journal.record(
            session,
            actor="worker.consents",
            action="applications.applicant.hidden",
            object_=f"application/{row.id}",
            person_id=row.person_id,
            purpose=purpose,
        )


async def _erase(session: WriteSession, person_id: UUID) -> dict[str, int]:
    """Take back what is being looked at, so that seats are free again, then empty the forms."""
    rows = await in_flight_of(session, person_id)
    for row in rows:
        await move(session, row, Action.WITHDRAW, by="worker.erasure", role=Actor.SYSTEM, now=clock.now())
    await session.flush()
    counts = {"application.withdrawn": len(rows)}
    for table, statement in _STATEMENTS:
        done = await session.execute(text(statement), {"person_id": person_id})
        counts[table] = done.rowcount  # type: ignore[attr-defined]
    return counts


HEEDING = Heeding(
    applied=ApplicationsConsentAppliedV1,
    forgotten=ApplicationsPersonForgottenV1,
    erase=_erase,
    withdrawn={ORGANISATION: _tell_in_flight},
    kept={
        "application, issued_document": "заявки зачисленных и окончивших обучение с их документами: 273-ФЗ, статья 60; "
        "125-ФЗ, статья 17",
    },
)
