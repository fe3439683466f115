"""Hand a letter's content to the service that sends it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from nmo_identity.letters.errors import LetterOver
from nmo_identity.letters.queries import addressed_as, letter
from nmo_identity.letters.rules import Channel, place
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession


@dataclass(frozen=True, slots=True)
class LetterContent:
    """What a letter says, and to whom."""

    letter_id: UUID
    kind: str
    channel: Channel
    to: str
    params: dict[str, str]
    name: str | None
    """How the person is addressed: first name and patronymic."""


async def take_letter(
    session: ReadSession, letter_id: UUID, *, cipher: FieldCipher, now: datetime
) -> LetterContent:
    """Open a letter for sending; may be asked again until it is settled, because a sender may have died.

    Raises:
        NotFound: no such letter.
        LetterOver: sent, given up or outlived.
    """
    row = await letter(session, letter_id)
    if row.state != "issued" or row.expires_at <= now or row.to_sealed is None or row.params_sealed is None:
        raise LetterOver
    return LetterContent(
        letter_id=row.id,
        kind=row.kind,
        channel=cast("Channel", row.channel),
        to=cipher.decrypt(row.to_sealed, aad=place("to_sealed", row.id)),
        params=json.loads(cipher.decrypt(row.params_sealed, aad=place("params_sealed", row.id))),
        name=await addressed_as(session, row.person_id),
    )
