"""A person's consents put together for answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nmo_contracts.purposes import MAIN, PURPOSES
from nmo_identity.consents import queries
from nmo_identity.consents.receipts import events_of, receipt_of
from nmo_identity.consents.rules import state_after
from nmo_identity.consents.tables import ConsentText
from nmo_identity.erasure.queries import open_order
from nmo_kit.db import ReadSession
from nmo_kit.principal import Principal


async def consents_of(session: ReadSession, viewer: Principal) -> dict[str, Any]:
    """Each purpose with its text, state and receipts, the main one also by itself, and an erasure that awaits."""
    answers = await queries.answers_of(session, viewer.person_id)
    records = await queries.records_of(session, viewer.person_id)
    last: dict[str, Any] = {}
    for row in answers:
        last.setdefault(row.purpose, row)
    items = []
    for purpose in PURPOSES:
        answer = last.get(purpose)
        record = next((row for row in records if row.purpose == purpose), None)
        items.append(
            {
                "purpose": purpose,
                "main": purpose == MAIN,
                "state": state_after(answer.kind if answer else None),
                "answered_at": answer.at if answer else None,
                "answered_version": answer.text_version if answer else None,
                "record_id": record.id if record else None,
                "text": text_view(await queries.current_text(session, purpose)),
            }
        )
    order = await open_order(session, viewer.person_id)
    return {
        "current_text": items[0]["text"],
        "state": items[0]["state"],
        "history": [
            {"kind": row.kind, "purpose": row.purpose, "text_version": row.text_version, "at": row.at}
            for row in answers
        ],
        "purposes": items,
        "erasure": {"state": order.state, "due_at": order.due_at} if order else None,
    }


def text_view(text: ConsentText) -> dict[str, Any]:
    """A text as people read it."""
    details = text.details
    return {
        "version": text.version,
        "title": text.title,
        "categories": text.categories,
        "text": text.body,
        "hash": text.text_hash,
        "summary": details.get("summary", ""),
        "needed_for": details.get("needed_for", ""),
        "recipients": details.get("recipients", []),
        "actions": details.get("actions", ""),
        "retention": details.get("retention", ""),
        "consequences": details.get("consequences", []),
    }


async def receipt(session: ReadSession, record_id: UUID, *, viewer: Principal, issuer: str) -> dict[str, Any]:
    """The receipt of one's own consent.

    Raises:
        NotFound: there is no such record of the viewer.
    """
    record = await queries.own_record(session, record_id, person_id=viewer.person_id)
    text = await queries.text_of(session, record.purpose, record.notice_version)
    answers = list(await queries.answers_of(session, viewer.person_id))
    return receipt_of(record, text, events_of(record, answers), issuer=issuer)
