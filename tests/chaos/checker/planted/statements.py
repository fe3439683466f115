"""SQL that spoils one thing and returns its id."""

# ruff: noqa: S608 statements are put together from constants of this file

from __future__ import annotations

COPY_OF_OUTBOX = (
    "insert into outbox (event_id, event_key, key_version, lane, routing_key, body, headers, published_at)"
    " select gen_random_uuid(), event_key, key_version, lane, routing_key, body, headers, published_at"
    " from outbox where routing_key = 'catalog.seat.held.v1' order by position limit 1 returning event_key"
)
COPY_OF_MOVE = (
    "insert into application_move (id, application_id, at, action, from_status, to_status, actor, actor_role)"
    " select gen_random_uuid(), application_id, at, action, from_status, to_status, actor, actor_role"
    " from application_move where action = 'submit' order by id desc limit 1 returning application_id"
)
COPY_OF_PARTNER_EVENT = (
    "with grown as (update partner set last_seq = last_seq + 1 where client_id = (select client_id"
    " from partner_event where body is not null order by at desc limit 1) returning client_id, last_seq)"
    " insert into partner_event (client_id, seq, event_id, type, subject, person_id, organization_id, body, at)"
    " select e.client_id, g.last_seq, gen_random_uuid(), e.type, e.subject, e.person_id, e.organization_id,"
    " e.body, e.at from partner_event e join grown g using (client_id)"
    " where e.body is not null order by e.seq limit 1 returning subject"
)
COPY_OF_ENTRY = (
    "insert into credit_entry (id, cycle_id, person_id, plan_item_id, element_id, kind, title, zet, earned_on,"
    " recorded_at, source) select gen_random_uuid(), cycle_id, person_id, plan_item_id, element_id, kind, title,"
    " zet, earned_on, recorded_at, source || '/again' from credit_entry limit 1 returning id"
)
UNEVEN_REVERSAL = (
    "insert into credit_entry (id, cycle_id, person_id, plan_item_id, element_id, kind, title, zet, earned_on,"
    " recorded_at, source, reversed_entry_id) select gen_random_uuid(), cycle_id, person_id, plan_item_id,"
    " element_id, kind, title, 1 - zet, earned_on, recorded_at, 'reversal/' || id, id from credit_entry"
    " limit 1 returning id"
)
CROWD = (
    "insert into seat_hold (application_id, element_id, state, version, application_version, updated_at)"
    " select gen_random_uuid(), h.element_id, 'held', 1, 1, h.updated_at from (select h.element_id, h.updated_at,"
    " e.seats_total from seat_hold h join element e on e.id = h.element_id where h.state = 'held' limit 1) h,"
    " generate_series(1, h.seats_total + 1) returning element_id"
)
USED_AFTER_END = (
    "insert into refresh_token (token_hash, family_id, client_id, person_id, sid, scope, created_at, expires_at,"
    " consumed_at, revoked_at) select 'planted', gen_random_uuid(), 'planted', person_id, sid, 'openid', now(),"
    " now(), now(), now() - interval '1 minute' from auth_session limit 1 returning family_id"
)
HELD_ELEMENT = "(select element_id from seat_hold where state = 'held' limit 1)"
JOURNAL_COLUMNS = "actor, action, object, result, person_id"


def journal_copy(action: str, returning: str) -> str:
    """The newest row of an action a second time."""
    return (
        f"insert into journal (id, {JOURNAL_COLUMNS}) select gen_random_uuid(), {JOURNAL_COLUMNS} from journal"
        f" where action = '{action}' order by at desc limit 1 returning {returning}"
    )


def journal_loss(action: str, returning: str) -> str:
    """The newest row of an action is gone."""
    newest = f"(select id from journal where action = '{action}' order by at desc limit 1)"
    return f"delete from journal where id = {newest} returning {returning}"


def one(table: str, where: str, key: str = "id") -> str:
    """Condition for a single row, the newest where ids grow with time."""
    return f"{key} = (select {key} from {table} where {where} order by {key} desc limit 1)"


APPLICATION_MOVE_ACTION_CONFIRM = one("application_move", "action = 'confirm'")
APPLICATION_MOVE_ACTION_ENROL = one("application_move", "action = 'enrol'")
INBOX_OF_APPLICATIONS = one("inbox", "consumer = 'catalog.applications'", "event_id")
APPLICATION_STATUS_COMPLETED = one("application", "status = 'completed'")
APPLICATIONS_APPLICATION_COPY_STATUS_COMPLETED = one(
    "applications_application_copy", "status = 'completed'", "application_id"
)
APPLICATION_SEAT_HELD = one("application", "seat = 'held'")
