"""Hand a letter's content to the service that sends it."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.tables import Person
from nmo_identity.letters.errors import LetterOver
from nmo_identity.letters.queries import letter
from nmo_identity.letters.rules import place
from nmo_identity.letters.schemas import TakenLetter
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession


async def take_letter(
    session: ReadSession, letter_id: UUID, *, cipher: FieldCipher, now: datetime
) -> TakenLetter:
    """Open a letter for sending; may be asked again until it is settled, because a sender may have died.

    Raises:
        NotFound: no such letter.
        LetterOver: sent, given up or outlived.
    """
    row = await letter(session, letter_id)
    if row.state != "issued" or row.expires_at <= now or row.to_sealed is None or row.params_sealed is None:
        raise LetterOver
    person = await session.get(Person, row.person_id) if row.person_id else None
    name = " ".join(part for part in (person.first_name, person.patronymic) if part) if person else ""
    return TakenLetter(
        letter_id=row.id,
        kind=row.kind,
        channel=row.channel,
        to=cipher.decrypt(row.to_sealed, aad=place("to_sealed", row.id)),
        params=json.loads(cipher.decrypt(row.params_sealed, aad=place("params_sealed", row.id))),
        name=name or None,
    )
