"""Event of every service's journal: how far it is sealed."""

from typing import ClassVar

from nmo_contracts.base import EventPayload


class JournalSealedV1(EventPayload):
    """The journal of a service is sealed up to a position; others keep the signed checkpoint."""

    type_name: ClassVar[str] = "journal.checkpoint.sealed.v1"
    subject_field: ClassVar[str] = "service"
    subject_kind: ClassVar[str] = "journal"

    service: str
    number: int
    checkpoint: str
    """Compact JWS (ES256) with number, position and hash; no row of the journal."""


EVENTS = (JournalSealedV1,)
