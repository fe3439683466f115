"""Queues of identity: corrections in the register, changes approved by support, words of the other services."""

from __future__ import annotations

from nmo_identity.changes.consumers import on_change_approved
from nmo_identity.consents.consumers import on_consent_applied, on_person_forgotten
from nmo_identity.matching.consumers import on_register_changed
from nmo_kit.messaging.topology import Queue

QUEUES: list[Queue] = [
    Queue("identity.register", handlers=[on_register_changed]),
    Queue("identity.changes", handlers=[on_change_approved]),
    Queue("identity.acknowledgements", handlers=[on_consent_applied, on_person_forgotten]),
]
