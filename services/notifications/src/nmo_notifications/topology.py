"""Queues of notifications, declared by the deploy step."""

from nmo_kit.messaging.topology import Queue
from nmo_kit.sealing.witness import witness
from nmo_notifications.consents.consumers import on_consent_granted, on_consent_withdrawn, on_person_erased
from nmo_notifications.inbox.consumers import on_cycle_document, on_told_event
from nmo_notifications.letters.consumers import on_letter_issued
from nmo_notifications.partners.consumers import on_public_fact
from nmo_notifications.programmes.consumers import on_element

QUEUES = [
    Queue("notifications.inbox", handlers=[on_told_event, on_cycle_document]),
    Queue("notifications.letters", handlers=[on_letter_issued]),
    Queue(
        "notifications.partners",
        handlers=[on_public_fact, on_consent_granted, on_consent_withdrawn, on_person_erased],
    ),
    Queue("notifications.catalog", handlers=[on_element]),
    Queue("notifications.witness", handlers=[witness("notifications")]),
]
