"""Identity's letters arrive as ids."""

from nmo_contracts.identity import LetterIssuedV1
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Permanent, Received, consumes
from nmo_notifications.letters.commands import take_on


@consumes(LetterIssuedV1)
async def on_letter_issued(session: WriteSession, event: Received[LetterIssuedV1]) -> None:
    """Owe the letter; a kind without a template is parked until a version that has it."""
    try:
        await take_on(
            session, event.data.letter_id, kind=event.data.kind, channel=event.data.channel, now=clock.now()
        )
    except KeyError as error:
        raise Permanent("no template of this kind") from error
