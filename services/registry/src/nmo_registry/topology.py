"""What the registry listens to: people's consents, the end of their data, and who they are in the register."""

from collections.abc import Sequence

from nmo_kit.messaging.topology import Queue
from nmo_registry.consents.consumers import HEEDING
from nmo_registry.own_documents.consumers import on_person_matched
from nmo_registry.staff.consumers import on_matched, on_mismatched

QUEUES: Sequence[Queue] = [
    Queue("registry.consents", handlers=HEEDING.handlers()),
    Queue("registry.identity", handlers=[on_person_matched]),
    Queue("registry.staff", handlers=[on_matched, on_mismatched]),
]
