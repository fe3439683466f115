"""Queues of cycles and the events they take."""

from nmo_cycles.consents.consumers import HEEDING
from nmo_cycles.cycles.consumers import (
    on_accreditation_recorded,
    on_accreditation_removed,
    on_document_moved,
    on_document_replaced,
    on_document_sent,
    on_specialist_removed,
)
from nmo_cycles.diplomas.consumers import (
    on_education_recorded,
    on_education_removed,
    on_questionnaire_filled,
)
from nmo_cycles.elements.consumers import on_element, on_element_archived
from nmo_cycles.outcomes.consumers import (
    on_application_completed,
    on_application_confirmed,
    on_application_moved,
)
from nmo_cycles.reference.consumers import on_dictionary_published
from nmo_kit.messaging.topology import Queue

QUEUES = [
    Queue(
        "cycles.registry",
        handlers=[
            on_accreditation_recorded,
            on_accreditation_removed,
            on_education_recorded,
            on_education_removed,
            on_specialist_removed,
            on_document_sent,
            on_document_moved,
            on_document_replaced,
            on_dictionary_published,
        ],
    ),
    Queue("cycles.identity", handlers=[on_questionnaire_filled]),
    Queue("cycles.consents", handlers=HEEDING.handlers()),
    Queue("cycles.catalog", handlers=[on_element, on_element_archived]),
    Queue(
        "cycles.applications",
        handlers=[on_application_moved, on_application_confirmed, on_application_completed],
    ),
]
