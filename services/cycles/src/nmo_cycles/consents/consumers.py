"""Answers of people, as cycles heed them: nothing is told of progress without the main consent; the ledger stays."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from nmo_contracts.acknowledgements import CyclesConsentAppliedV1, CyclesPersonForgottenV1
from nmo_kit.consents import Heeding
from nmo_kit.db import WriteSession

_OWN = "cycle_id in (select id from cycle where person_id = :person_id)"
_CREDITED = "select plan_item_id from credit_entry where person_id = :person_id and plan_item_id is not null"
_STATEMENTS = (
    (
        "applications_application_copy",
        f"delete from applications_application_copy where {_OWN} and plan_item_id not in ({_CREDITED})",  # noqa: S608 constants of this file
    ),
    ("plan_item", f"delete from plan_item where {_OWN} and id not in ({_CREDITED})"),  # noqa: S608 constants of this file
    ("own_document_copy", "delete from own_document_copy where person_id = :person_id"),
    ("questionnaire_mark", "delete from questionnaire_mark where person_id = :person_id"),
    ("threshold_mark", f"delete from threshold_mark where {_OWN}"),  # noqa: S608 constants of this file
    (
        "cycle",
        (
            "delete from cycle where person_id = :person_id"
            " and not exists (select from credit_entry e where e.cycle_id = cycle.id)"
        ),
    ),
    (
        "cycle.document",
        (
            "update cycle set document_id = null, document_series = '', document_number = '',"
            " document_removed_at = null, preferred_organization_id = null where person_id = :person_id"
        ),
    ),
)
"""What no law keeps: plans, marks, cycles without a credit, series and numbers of documents."""


async def _erase(session: WriteSession, person_id: UUID) -> dict[str, int]:
    counts = {}
    for table, statement in _STATEMENTS:
        done = await session.execute(text(statement), {"person_id": person_id})
        counts[table] = done.rowcount  # type: ignore[attr-defined]
    return counts


HEEDING = Heeding(
    applied=CyclesConsentAppliedV1,
    forgotten=CyclesPersonForgottenV1,
    erase=_erase,
    kept={
        "credit_entry": "учёт результатов непрерывного образования: 273-ФЗ, статьи 28 и 76; 323-ФЗ, статья 69",
        "cycle": "пятилетний цикл, к которому относятся зачтённые результаты: 323-ФЗ, статья 69",
    },
)
