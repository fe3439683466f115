"""Queues of the catalogue and the events they take."""

from nmo_catalog.reference.consumers import on_dictionary_published
from nmo_catalog.seats import consumers
from nmo_contracts.applications import (
    ApplicationDeletedV1,
    ApplicationFailedV1,
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWithdrawnV1,
)
from nmo_kit.messaging.topology import Queue
from nmo_kit.sealing.witness import witness

QUEUES = [
    Queue(
        "catalog.applications",
        binds=[
            ApplicationSubmittedV1,
            ApplicationRejectedV1,
            ApplicationWithdrawnV1,
            ApplicationDeletedV1,
            ApplicationFailedV1,
        ],
        handlers=[consumers.on_application_submitted, consumers.on_application_ended],
    ),
    Queue("catalog.registry", handlers=[on_dictionary_published]),
    Queue("catalog.witness", handlers=[witness("catalog")]),
]
