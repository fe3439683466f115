"""Pure rules of erasure: terms, words, and what stays on which legal ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from nmo_contracts.acknowledgements import SERVICES

Reason = Literal["consent_withdrawn", "account_closed"]
TERM = timedelta(days=30)
"""Destruction is due by then (152-FZ, article 21, part 5)."""
KEEP_ACT = timedelta(days=3 * 365 + 1)
"""An act and its journal extract are kept three years (order 179 of Roskomnadzor, 28.10.2022)."""
ALARM_AFTER = timedelta(hours=1)
"""How long the services have, once the destruction has begun."""
OWN = "identity"
PARTIES = (OWN, *SERVICES)
"""Who destroys and answers: identity itself and every service that holds personal data."""
REASONS = {
    "consent_withdrawn": "отзыв согласия субъекта персональных данных",
    "account_closed": "закрытие учётной записи субъектом персональных данных",
}
METHOD = "уничтожение записей и зашифрованных значений в базах данных средствами портала"
KEPT = {
    "consent_event, consent_record": "доказательство согласия и его отзыва: 152-ФЗ, статья 9, часть 3",
    "journal": "выгрузка из журнала событий, подтверждающая уничтожение: приказ Роскомнадзора № 179",
}
"""What identity itself keeps."""


def due_at(ordered_at: datetime, term: timedelta = TERM) -> datetime:
    """When the destruction is due."""
    return ordered_at + term


def is_complete(answered: Sequence[str]) -> bool:
    """Everybody who holds personal data has destroyed them."""
    return set(PARTIES) <= set(answered)


def act_of(
    *,
    number: int,
    order_id: str,
    pseudonym: str,
    reason: str,
    ordered_at: datetime,
    begun_at: datetime,
    now: datetime,
    answers: Mapping[str, Mapping[str, Any]],
    journal: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The act of destruction with its extract of the journal, as order 179 asks for; no personal data in it."""
    return {
        "type": "erasure_act",
        "number": number,
        "order_id": order_id,
        "operator": "Портал непрерывного медицинского и фармацевтического образования",
        "subject": pseudonym,
        "reason": REASONS[reason],
        "method": METHOD,
        "ordered_at": ordered_at.isoformat(),
        "begun_at": begun_at.isoformat(),
        "destroyed_at": now.isoformat(),
        "keep_until": (now + KEEP_ACT).date().isoformat(),
        "systems": [
            {
                "system": name,
                "destroyed_at": answer["at"],
                "destroyed": answer["destroyed"],
                "kept": answer["kept"],
            }
            for name, answer in sorted(answers.items())
        ],
        "journal": list(journal),
    }
