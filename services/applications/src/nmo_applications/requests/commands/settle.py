"""What became of an approved change: identity carried it out, or could not."""

from __future__ import annotations

from datetime import datetime

from nmo_applications.requests import queries
from nmo_applications.requests.commands.move import SYSTEM, add_message, move
from nmo_applications.requests.rules import Action, Status
from nmo_contracts.identity import ChangeAppliedV1
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received

BY = "worker.requests"
APPLIED = "Данные изменены. Проверьте их на странице «Личные сведения»."
REASONS = {
    "snils_taken": "Изменение не выполнено: этот СНИЛС подтвердил другой пользователь. Сотрудник поддержки проверит документы.",
}
NOT_APPLIED = "Изменение не выполнено. Сотрудник поддержки разберётся и ответит здесь."


async def settle_change(
    session: WriteSession, event: Received[ChangeAppliedV1], *, cipher: FieldCipher, now: datetime
) -> None:
    """Close the request, or give it back to the employee who proposed the change. A repeated event changes nothing."""
    data = event.data
    row = await queries.any_request(session, data.request_id)
    if row.status is not Status.APPROVED:
        return
    applied = data.outcome == "applied"
    words = APPLIED if applied else REASONS.get(data.reason_code or "", NOT_APPLIED)
    await move(
        session,
        row,
        Action.APPLIED if applied else Action.NOT_APPLIED,
        by=BY,
        role=SYSTEM,
        now=now,
        result="applied" if applied else None,
        causation=event.envelope,
    )
    add_message(session, row, words, author=SYSTEM, author_id=BY, cipher=cipher, now=now)
