"""A person disputed the register's data: a request for verification opens by itself, or the open one goes on (FRM-08)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_applications.requests import queries
from nmo_applications.requests.commands.open import Words, open_in_name, take_turn
from nmo_applications.requests.commands.reply import reply
from nmo_applications.requests.rules import DISPUTE_TOPIC, OF_OWNER, Action, Disputed, allowed, kinds_for
from nmo_applications.requests.tables import SupportRequest
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Transient

BY = "worker.disputes"


async def take_dispute(
    session: WriteSession,
    person_id: UUID,
    disputed: Disputed,
    *,
    reference: str | None,
    cipher: FieldCipher,
    now: datetime,
) -> SupportRequest:
    """Put the dispute into the person's words: into the open request it belongs to, else into a new one.

    The limit of open requests is no obstacle: what was disputed is not lost.

    Raises:
        Transient: its request is just being carried out; once that is done, another one opens.

    Side effects: message, history, journal row, `applications.request.opened` of a new one.
    """
    await take_turn(session, person_id)
    for kind in kinds_for(disputed):
        found = await queries.open_of_kind(session, person_id, kind)
        if found is None:
            continue
        row = await queries.any_request(session, found.id)
        if Action.REPLY in allowed(row.status, OF_OWNER):
            return await reply(session, row, disputed.words, by=BY, cipher=cipher, now=now)
        if kind is kinds_for(disputed)[-1]:
            raise Transient("the open request is being carried out")
    words = Words(DISPUTE_TOPIC, disputed.words, reference)
    kind = kinds_for(disputed)[-1]
    return await open_in_name(session, person_id, kind, words, by=BY, cipher=cipher, now=now)
