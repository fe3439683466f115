"""Faults in events, the ledger, seats and histories."""

# ruff: noqa: S608 statements are put together from constants

from __future__ import annotations

from typing import Final

from tests.chaos.checker.planted.scene import Fault, in_table
from tests.chaos.checker.planted.statements import (
    APPLICATION_MOVE_ACTION_CONFIRM,
    APPLICATION_MOVE_ACTION_ENROL,
    APPLICATION_STATUS_COMPLETED,
    COPY_OF_ENTRY,
    COPY_OF_OUTBOX,
    COPY_OF_PARTNER_EVENT,
    CROWD,
    HELD_ELEMENT,
    INBOX_OF_APPLICATIONS,
    UNEVEN_REVERSAL,
    one,
)

EVENTS_AND_RESULTS: Final = (
    Fault(
        "I1",
        "an inbox row is deleted",
        in_table(
            "catalog",
            f"delete from inbox where {INBOX_OF_APPLICATIONS} returning event_id",
            "{} of applications.outbox",
        ),
    ),
    Fault(
        "I1",
        "a committed event is not published",
        in_table(
            "applications",
            "update outbox set published_at = null where position = (select max(position) from outbox"
            " where routing_key like 'applications.application.%')"
            " returning event_id",
            "{} is not published",
        ),
    ),
    Fault(
        "I1",
        "an event is handled that nobody committed",
        in_table(
            "cycles",
            "insert into inbox (consumer, event_id) values ('cycles.applications', gen_random_uuid())"
            " returning event_id",
            "cycles.applications handled event {}, which nobody committed",
        ),
    ),
    Fault(
        "I1",
        "a handler's effect is there twice",
        in_table("catalog", COPY_OF_OUTBOX, "catalog.seat.held.v1 of {} was told 2 times"),
        frozenset({"I3", "I5"}),
    ),
    Fault(
        "I1",
        "a handled event left no message",
        in_table(
            "notifications",
            f"delete from message where {one('message', 'true')} returning event_id",
            "notifications.message: nothing was written for event {}",
        ),
    ),
    Fault(
        "I1",
        "the partner's log has a gap",
        in_table(
            "notifications",
            "delete from partner_event where (client_id, seq) = (select client_id, seq from partner_event"
            " where body is not null order by at desc limit 1) returning client_id || ' has no event ' || seq",
        ),
    ),
    Fault(
        "I1",
        "one fact stands in the partner's log under two ids",
        in_table("notifications", COPY_OF_PARTNER_EVENT, "of {} version"),
    ),
    Fault("I2", "a ledger row is doubled", in_table("cycles", COPY_OF_ENTRY)),
    Fault(
        "I2",
        "a ledger row is gone",
        in_table(
            "cycles",
            f"delete from credit_entry where {one('credit_entry', 'true')} returning substr(source, 13)",
            "nothing for application {}, completed",
        ),
        frozenset({"I6", "I13"}),
    ),
    Fault(
        "I2",
        "a ledger row has more credits than the result",
        in_table(
            "cycles",
            f"update credit_entry set zet = zet + 1 where {one('credit_entry', 'true')} returning id",
        ),
        frozenset({"I13"}),
    ),
    Fault(
        "I2",
        "a reversal leaves one credit over",
        in_table("cycles", UNEVEN_REVERSAL, "{} and"),
    ),
    Fault(
        "I3",
        "an element has a seat too few",
        in_table(
            "catalog",
            f"update element set seats_total = seats_held - 1 where id = {HELD_ELEMENT} returning id",
            "catalog.element: {} has",
            without="element.ck_element_seats_held",
        ),
        frozenset({"I8"}),
    ),
    Fault(
        "I3",
        "more seats are held than there are",
        in_table("catalog", CROWD, "catalog.seat_hold: element {} has"),
        frozenset({"I8"}),
    ),
    Fault(
        "I3",
        "somebody studies without a seat",
        in_table(
            "catalog",
            "delete from seat_hold where application_id = (select application_id from seat_hold"
            " where state = 'held' limit 1) returning application_id",
            "{} is completed and holds no seat",
        ),
        frozenset({"I8"}),
    ),
    Fault(
        "I3",
        "a seat was released and nobody told",
        in_table(
            "catalog",
            "delete from outbox where position = (select max(position) from outbox"
            " where routing_key = 'catalog.seat.released.v1') returning substr(event_key, 18)",
            "application {} does not stand as its events tell",
        ),
        frozenset({"I1", "I5"}),
    ),
    Fault(
        "I4",
        "a step skips the organisation's decision",
        in_table(
            "applications",
            "update application_move set to_status = 'enrolled' where"
            f" {APPLICATION_MOVE_ACTION_CONFIRM} returning application_id",
            "{} step 3 confirm from submitted to enrolled is no edge of the graph",
        ),
    ),
    Fault(
        "I4",
        "a step was made by somebody who may not",
        in_table(
            "applications",
            "update application_move set actor_role = 'specialist' where"
            f" {APPLICATION_MOVE_ACTION_CONFIRM} returning application_id",
            "{} step 3 confirm from submitted to confirmed was done by specialist",
        ),
    ),
    Fault(
        "I4",
        "a step is missing",
        in_table(
            "applications",
            f"delete from application_move where {APPLICATION_MOVE_ACTION_ENROL} returning application_id",
            "{} step 4 complete from enrolled to completed, but it stood at confirmed",
        ),
        frozenset({"I5", "I6"}),
    ),
    Fault(
        "I4",
        "a status changed without a step",
        in_table(
            "applications",
            f"update application set status = 'failed' where {APPLICATION_STATUS_COMPLETED} returning id",
            "application {} ends at completed, the application is failed",
        ),
        frozenset({"I2", "I8"}),
    ),
)
"""Each is undone when it was looked at."""
