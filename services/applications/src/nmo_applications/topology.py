"""Queues of applications, declared by the deploy step."""

from nmo_applications.consents.consumers import HEEDING
from nmo_applications.enrolment.consumers import (
    on_plan_item_added,
    on_plan_item_removed,
    on_seat_held,
    on_seat_refused,
    on_seat_released,
)
from nmo_applications.programmes.consumers import on_element, on_element_archived
from nmo_applications.requests.consumers import on_change_applied, on_difference_disputed
from nmo_contracts.catalog import (
    ElementArchivedV1,
    ElementChangedV1,
    ElementPublishedV1,
    SeatHeldV1,
    SeatRefusedV1,
    SeatReleasedV1,
)
from nmo_contracts.cycles import PlanItemAddedV1, PlanItemRemovedV1
from nmo_kit.messaging.topology import Queue

QUEUES = [
    Queue("applications.consents", handlers=HEEDING.handlers()),
    Queue(
        "applications.catalog",
        binds=[ElementPublishedV1, ElementChangedV1, ElementArchivedV1],
        handlers=[on_element, on_element_archived],
    ),
    Queue(
        "applications.seats",
        binds=[SeatHeldV1, SeatRefusedV1, SeatReleasedV1],
        handlers=[on_seat_held, on_seat_refused, on_seat_released],
    ),
    Queue(
        "applications.plan",
        binds=[PlanItemAddedV1, PlanItemRemovedV1],
        handlers=[on_plan_item_added, on_plan_item_removed],
    ),
    Queue("applications.changes", handlers=[on_change_applied]),
    Queue("applications.disputes", handlers=[on_difference_disputed]),
]
