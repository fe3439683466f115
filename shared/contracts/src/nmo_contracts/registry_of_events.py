"""All event types by name: the one list that the kit, the tests and the published contracts read."""

from nmo_contracts import (
    acknowledgements,
    applications,
    catalog,
    cycles,
    identity,
    journal,
    notifications,
    partner,
    registry,
)
from nmo_contracts.base import EventPayload

EVENT_TYPES: dict[str, type[EventPayload]] = {
    model.type_name: model
    for module in (
        identity,
        registry,
        catalog,
        cycles,
        applications,
        notifications,
        journal,
        acknowledgements,
    )
    for model in module.EVENTS
}
"""Internal events by routing key."""

PARTNER_EVENT_TYPES: dict[str, type[EventPayload]] = {model.type_name: model for model in partner.EVENTS}
"""Public events by type name without the prefix."""
