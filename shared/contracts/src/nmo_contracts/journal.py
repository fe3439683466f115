"""Events of every service's journal: how far it is sealed. A type for each, because each publishes under its own name."""

from typing import ClassVar

from nmo_contracts.base import EventPayload


class JournalSealed(EventPayload):
    """The journal of a service is sealed up to a position; others keep the signed checkpoint."""

    subject_field: ClassVar[str] = "service"
    subject_kind: ClassVar[str] = "journal"

    service: str
    number: int
    checkpoint: str
    """Compact JWS (ES256) with number, position and hash; no row of the journal."""


class IdentityJournalSealedV1(JournalSealed):
    """Of identity."""

    type_name: ClassVar[str] = "identity.journal.sealed.v1"


class RegistryJournalSealedV1(JournalSealed):
    """Of the register's mirror."""

    type_name: ClassVar[str] = "registry.journal.sealed.v1"


class CatalogJournalSealedV1(JournalSealed):
    """Of the catalogue."""

    type_name: ClassVar[str] = "catalog.journal.sealed.v1"


class CyclesJournalSealedV1(JournalSealed):
    """Of cycles."""

    type_name: ClassVar[str] = "cycles.journal.sealed.v1"


class ApplicationsJournalSealedV1(JournalSealed):
    """Of applications."""

    type_name: ClassVar[str] = "applications.journal.sealed.v1"


class NotificationsJournalSealedV1(JournalSealed):
    """Of notifications."""

    type_name: ClassVar[str] = "notifications.journal.sealed.v1"


EVENTS = (
    IdentityJournalSealedV1,
    RegistryJournalSealedV1,
    CatalogJournalSealedV1,
    CyclesJournalSealedV1,
    ApplicationsJournalSealedV1,
    NotificationsJournalSealedV1,
)
BY_SERVICE: dict[str, type[JournalSealed]] = {model.type_name.partition(".")[0]: model for model in EVENTS}
"""Which of them a service tells."""
