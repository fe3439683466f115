"""Send a letter or text message: write it down sealed, and tell that it waits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from nmo_identity.letters import events
from nmo_identity.letters.rules import KEPT, Channel, place
from nmo_identity.letters.tables import Letter
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox


async def send_letter(
    session: WriteSession,
    *,
    kind: str,
    channel: Channel,
    to: str,
    params: Mapping[str, str],
    person_id: UUID | None,
    cipher: FieldCipher,
    now: datetime,
    lifetime: timedelta = KEPT,
) -> UUID:
    """Owe a letter of a kind that notifications has a template for; it leaves once this transaction commits.

    Address and parameters are sealed and erased after delivery; the event `identity.letter.issued.v1` carries the id,
    channel and kind alone. After `lifetime` the letter is not sent any more (a code outlived its ten minutes). Links are
    given as parts of a path: the host comes from the sender's configuration (T10). Returns the letter's id.
    """
    row = Letter(kind=kind, channel=channel, person_id=person_id, issued_at=now, expires_at=now + lifetime)
    row.to_sealed = cipher.encrypt(to, aad=place("to_sealed", row.id))
    row.params_sealed = cipher.encrypt(
        json.dumps(dict(params), ensure_ascii=False), aad=place("params_sealed", row.id)
    )
    session.add(row)
    await session.flush()
    await outbox.add(session, events.issued(row), version=1)
    return row.id
