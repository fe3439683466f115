"""Letters as events."""

from __future__ import annotations

from nmo_contracts.identity import LetterIssuedV1
from nmo_identity.letters.tables import Letter


def issued(letter: Letter) -> LetterIssuedV1:
    """A letter waits to be sent; its content is asked for by id."""
    return LetterIssuedV1(letter_id=letter.id, channel=letter.channel, kind=letter.kind)
