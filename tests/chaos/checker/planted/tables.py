"""Faults in the databases."""

# ruff: noqa: S608 statements are put together from constants of this file

from __future__ import annotations

from typing import Final

from tests.chaos.checker.planted.scene import Fault, in_table

_COPY_OF_OUTBOX = (
    "insert into outbox (event_id, event_key, key_version, lane, routing_key, body, headers, published_at)"
    " select gen_random_uuid(), event_key, key_version, lane, routing_key, body, headers, published_at"
    " from outbox where routing_key = 'catalog.seat.held.v1' order by position limit 1 returning event_key"
)
_COPY_OF_MOVE = (
    "insert into application_move (id, application_id, at, action, from_status, to_status, actor, actor_role)"
    " select gen_random_uuid(), application_id, at, action, from_status, to_status, actor, actor_role"
    " from application_move where action = 'submit' order by id desc limit 1 returning application_id"
)
_COPY_OF_PARTNER_EVENT = (
    "with grown as (update partner set last_seq = last_seq + 1 where client_id = (select client_id"
    " from partner_event where body is not null order by at desc limit 1) returning client_id, last_seq)"
    " insert into partner_event (client_id, seq, event_id, type, subject, person_id, organization_id, body, at)"
    " select e.client_id, g.last_seq, gen_random_uuid(), e.type, e.subject, e.person_id, e.organization_id,"
    " e.body, e.at from partner_event e join grown g using (client_id)"
    " where e.body is not null order by e.seq limit 1 returning subject"
)
_COPY_OF_ENTRY = (
    "insert into credit_entry (id, cycle_id, person_id, plan_item_id, element_id, kind, title, zet, earned_on,"
    " recorded_at, source) select gen_random_uuid(), cycle_id, person_id, plan_item_id, element_id, kind, title,"
    " zet, earned_on, recorded_at, source || '/again' from credit_entry limit 1 returning id"
)
_UNEVEN_REVERSAL = (
    "insert into credit_entry (id, cycle_id, person_id, plan_item_id, element_id, kind, title, zet, earned_on,"
    " recorded_at, source, reversed_entry_id) select gen_random_uuid(), cycle_id, person_id, plan_item_id,"
    " element_id, kind, title, 1 - zet, earned_on, recorded_at, 'reversal/' || id, id from credit_entry"
    " limit 1 returning id"
)
_CROWD = (
    "insert into seat_hold (application_id, element_id, state, version, application_version, updated_at)"
    " select gen_random_uuid(), h.element_id, 'held', 1, 1, h.updated_at from (select h.element_id, h.updated_at,"
    " e.seats_total from seat_hold h join element e on e.id = h.element_id where h.state = 'held' limit 1) h,"
    " generate_series(1, h.seats_total + 1) returning element_id"
)
_USED_AFTER_END = (
    "insert into refresh_token (token_hash, family_id, client_id, person_id, sid, scope, created_at, expires_at,"
    " consumed_at, revoked_at) select 'planted', gen_random_uuid(), 'planted', person_id, sid, 'openid', now(),"
    " now(), now(), now() - interval '1 minute' from auth_session limit 1 returning family_id"
)
_HELD_ELEMENT = "(select element_id from seat_hold where state = 'held' limit 1)"
_JOURNAL_COLUMNS = "actor, action, object, result, person_id"


def _journal_copy(action: str, returning: str) -> str:
    return (
        f"insert into journal (id, {_JOURNAL_COLUMNS}) select gen_random_uuid(), {_JOURNAL_COLUMNS} from journal"
        f" where action = '{action}' order by at desc limit 1 returning {returning}"
    )


def _journal_loss(action: str, returning: str) -> str:
    newest = f"(select id from journal where action = '{action}' order by at desc limit 1)"
    return f"delete from journal where id = {newest} returning {returning}"


def _one(table: str, where: str, key: str = "id") -> str:
    """Condition for a single row, the newest where ids grow with time."""
    return f"{key} = (select {key} from {table} where {where} order by {key} desc limit 1)"


_APPLICATION_MOVE_ACTION_CONFIRM = _one("application_move", "action = 'confirm'")
_APPLICATION_MOVE_ACTION_ENROL = _one("application_move", "action = 'enrol'")
_APPLICATION_STATUS_COMPLETED = _one("application", "status = 'completed'")
_APPLICATIONS_APPLICATION_COPY_STATUS_COMPLETED = _one(
    "applications_application_copy", "status = 'completed'", "application_id"
)
_APPLICATION_SEAT_HELD = _one("application", "seat = 'held'")

TABLES: Final = (
    Fault(
        "I1",
        "an inbox row is deleted",
        in_table(
            "catalog",
            f"delete from inbox where {_one('inbox', 'true', 'event_id')} returning event_id",
            "{} of applications.outbox",
        ),
    ),
    Fault(
        "I1",
        "a committed event is not published",
        in_table(
            "applications",
            "update outbox set published_at = null where position = (select max(position) from outbox)"
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
        in_table("catalog", _COPY_OF_OUTBOX, "catalog.seat.held.v1 of {} was told 2 times"),
        frozenset({"I3", "I5"}),
    ),
    Fault(
        "I1",
        "a handled event left no message",
        in_table(
            "notifications",
            f"delete from message where {_one('message', 'true')} returning event_id",
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
        in_table("notifications", _COPY_OF_PARTNER_EVENT, "of {} version"),
    ),
    Fault("I2", "a ledger row is doubled", in_table("cycles", _COPY_OF_ENTRY)),
    Fault(
        "I2",
        "a ledger row is gone",
        in_table(
            "cycles",
            f"delete from credit_entry where {_one('credit_entry', 'true')} returning substr(source, 13)",
            "nothing for application {}, completed",
        ),
        frozenset({"I6"}),
    ),
    Fault(
        "I2",
        "a ledger row has more credits than the result",
        in_table(
            "cycles",
            f"update credit_entry set zet = zet + 1 where {_one('credit_entry', 'true')} returning id",
        ),
    ),
    Fault(
        "I2",
        "a reversal leaves one credit over",
        in_table("cycles", _UNEVEN_REVERSAL, "{} and"),
    ),
    Fault(
        "I3",
        "an element has a seat too few",
        in_table(
            "catalog",
            f"update element set seats_total = seats_held - 1 where id = {_HELD_ELEMENT} returning id",
            "catalog.element: {} has",
            without="element.ck_element_seats_held",
        ),
        frozenset({"I8"}),
    ),
    Fault(
        "I3",
        "more seats are held than there are",
        in_table("catalog", _CROWD, "catalog.seat_hold: element {} has"),
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
            f" {_APPLICATION_MOVE_ACTION_CONFIRM} returning application_id",
            "{} step 3 confirm from submitted to enrolled is no edge of the graph",
        ),
    ),
    Fault(
        "I4",
        "a step was made by somebody who may not",
        in_table(
            "applications",
            "update application_move set actor_role = 'specialist' where"
            f" {_APPLICATION_MOVE_ACTION_CONFIRM} returning application_id",
            "{} step 3 confirm from submitted to confirmed was done by specialist",
        ),
    ),
    Fault(
        "I4",
        "a step is missing",
        in_table(
            "applications",
            f"delete from application_move where {_APPLICATION_MOVE_ACTION_ENROL} returning application_id",
            "{} step 4 complete from enrolled to completed, but it stood at confirmed",
        ),
        frozenset({"I5", "I6"}),
    ),
    Fault(
        "I4",
        "a status changed without a step",
        in_table(
            "applications",
            f"update application set status = 'failed' where {_APPLICATION_STATUS_COMPLETED} returning id",
            "application {} ends at completed, the application is failed",
        ),
        frozenset({"I2", "I8"}),
    ),
    Fault(
        "I5",
        "a journal row of a change is removed",
        in_table(
            "applications",
            _journal_loss("applications.application.submit", "object"),
            "applications.journal: applications.application.submit of {} stands 0 times",
        ),
    ),
    Fault(
        "I5",
        "a journal row of a change is doubled",
        in_table(
            "cycles",
            _journal_copy("cycles.credit.record", "object"),
            "cycles.journal: cycles.credit.record of {} stands 2 times",
        ),
    ),
    Fault(
        "I5",
        "a sign-in is not in the journal",
        in_table(
            "identity",
            _journal_loss("login.succeeded", "person_id"),
            "identity.journal: login.succeeded of person/{} stands",
        ),
    ),
    Fault(
        "I6",
        "a kept key has no answer",
        in_table(
            "cycles",
            f"update idempotency_key set response = null where {_one('idempotency_key', 'true', 'key')}"
            " returning key",
            "cycles.idempotency_key: key {} has no answer",
        ),
    ),
    Fault(
        "I6",
        "two keys claim one effect",
        in_table(
            "cycles",
            "insert into idempotency_key (caller, key, request_digest, response) select caller, 'planted',"
            " request_digest, response from idempotency_key where response ? 'plan_item_id' limit 1"
            " returning response ->> 'plan_item_id'",
            "made one plan_item_id {}",
        ),
    ),
    Fault(
        "I6",
        "one key had its effect twice",
        in_table("applications", _COPY_OF_MOVE, "submit of {} was made 2 times for 1 keys"),
        frozenset({"I4", "I5"}),
    ),
    Fault(
        "I6",
        "an application with its number is gone",
        in_table(
            "applications",
            "update application_number set last = last + 1 where year = (select max(year) from application_number)"
            " returning lpad(last::text, 7, '0')",
            "applications.application: number NMO-{}-",
        ),
    ),
    Fault(
        "I7",
        "a revoked family of tokens was used",
        in_table("identity", _USED_AFTER_END, "family {} was used after it was revoked"),
    ),
    Fault(
        "I8",
        "a programme's card is stale in cycles",
        in_table(
            "cycles",
            "update catalog_element_copy set title = title || '!' where"
            f" {_one('catalog_element_copy', 'true', 'element_id')} returning element_id",
            "cycles.catalog_element_copy: {} differs from catalog.element",
        ),
    ),
    Fault(
        "I8",
        "a programme's card is missing in applications",
        in_table(
            "applications",
            f"delete from catalog_element_copy where {_one('catalog_element_copy', 'true', 'element_id')}"
            " returning element_id",
            "applications.catalog_element_copy: {} is missing",
        ),
    ),
    Fault(
        "I8",
        "a programme's title is stale in notifications",
        in_table(
            "notifications",
            "update catalog_element_copy set title = title || '!' where"
            f" {_one('catalog_element_copy', 'true', 'element_id')} returning element_id",
            "notifications.catalog_element_copy: {} differs",
        ),
    ),
    Fault(
        "I8",
        "an application's status is stale at its plan item",
        in_table(
            "cycles",
            "update applications_application_copy set status = 'enrolled' where"
            f" {_APPLICATIONS_APPLICATION_COPY_STATUS_COMPLETED}"
            " returning application_id",
            "cycles.applications_application_copy: {} differs",
        ),
    ),
    Fault(
        "I8",
        "a document is stale in cycles",
        in_table(
            "cycles",
            "update registry_document_copy set valid_until = '2000-01-01' where"
            f" {_one('registry_document_copy', 'true', 'document_id')} returning document_id",
            "cycles.registry_document_copy: {} differs from registry.admission_document",
        ),
    ),
    Fault(
        "I8",
        "a cycle does not follow its document",
        in_table(
            "cycles",
            f"update cycle set document_number = 'planted' where {_one('cycle', 'document_id is not null')}"
            " returning id",
            "cycles.cycle: {} does not show its document",
        ),
    ),
    Fault(
        "I8",
        "a consent is stale in notifications",
        in_table(
            "notifications",
            "update identity_consent_copy set granted = not granted where"
            f" {_one('identity_consent_copy', 'true', 'person_id')} returning person_id",
            "notifications.identity_consent_copy: {} differs",
        ),
    ),
    Fault(
        "I8",
        "a counter of seats runs ahead of the holds",
        in_table(
            "catalog",
            f"update element set seats_held = seats_held + 1 where id = {_HELD_ELEMENT} returning id",
            "catalog.element.seats_held: {} differs",
        ),
    ),
    Fault(
        "I8",
        "an application waits for a seat that was given",
        in_table(
            "applications",
            f"update application set seat = 'pending' where {_APPLICATION_SEAT_HELD} returning id",
            "applications.application.seat: {} differs",
        ),
    ),
    Fault(
        "I8",
        "a cycle misses its confirmation",
        in_table(
            "cycles",
            f"update cycle set confirmed_at = null, confirmed_by_organization_id = null where {_one('cycle', 'confirmed_at is not null')} returning id",
            "cycles.cycle.confirmed_at: {} differs",
        ),
    ),
    Fault(
        "I8",
        "a comparison names a record that the mirror does not have",
        in_table(
            "identity",
            "update match_result set specialist_id = gen_random_uuid() where id = (select id from match_result"
            " where specialist_id is not null order by id desc limit 1) returning specialist_id",
            "names specialist {}, registry.specialist has none",
        ),
    ),
    Fault(
        "I8",
        "a session of the gateway stands on nothing",
        in_table(
            "gateway",
            "update browser_session set sid = gen_random_uuid()::text where"
            f" {_one('browser_session', 'true', 'session_id')} returning session_id",
            "gateway.browser_session: {} does not stand on session",
        ),
    ),
)
"""Each is undone when it was looked at."""
