"""What is read of each database: ids, states, numbers and digests, never a name or a number of a person."""

# ruff: noqa: S608 statements are put together from constants of this file

from __future__ import annotations

# Seals go on by the clock at rest too, so that two databases never agree on the last one: the verifier of journals
# compares them with what their witnesses kept.
_OUTBOX = """
select position, event_id, event_key, key_version, routing_key, published_at, last_error,
       case when routing_key !~ '^(catalog\\.element|registry)\\.' then convert_from(body, 'UTF8') end as body
from outbox where routing_key !~ '\\.journal\\.sealed\\.' order by position
"""
_INBOX = "select consumer, event_id, received_at from inbox where consumer !~ '\\.witness$'"
_JOURNAL = "select id, at, actor, action, object, person_id, result, purpose from journal order by id"
_KEYS = "select caller, key, response::text as response from idempotency_key"

COMMON = {"outbox": _OUTBOX, "inbox": _INBOX, "journal": _JOURNAL, "idempotency_key": _KEYS}
"""What every service has; the gateway has none of it."""


def _digest(*expressions: str) -> str:
    """Checksum of a row's values, equal in two databases exactly when the values are."""
    return f"md5(jsonb_build_array({', '.join(expressions)})::text) as digest"


_ELEMENT = ("kind", "title", "zet", "form", "starts_on", "ends_on", "organization_id")
CARD_OF_CYCLES = _digest(*(f"e.{name}" for name in _ELEMENT), "o.name", "e.specialty_keys")
CARD_OF_APPLICATIONS = _digest(
    *(f"e.{name}" for name in _ELEMENT), "o.name", "e.workload_hours", "e.bases", "e.place"
)
_SPECIALTY = ("name", "in_force", "book_version")
_DOCUMENT = (
    "specialist_id",
    "kind",
    "specialty_key",
    "specialty_name",
    "series",
    "number",
    "exam_on",
    "issued_on",
    "valid_until",
)

TABLES: dict[str, dict[str, str]] = {
    "identity": {
        "auth_session": "select sid, person_id, created_at, ended_at, end_reason from auth_session",
        "account": "select id, person_id from account",
        "consent_event": "select id, person_id, purpose, kind, at from consent_event order by id",
        "consent_acknowledgement": "select event_id, service, applied_at from consent_acknowledgement",
        "match_result": (
            "select id, person_id, outcome, specialist_id, reference, matched_at from match_result order by id"
        ),
        "match_confirmation": (
            "select c.id, m.reference from match_confirmation c join match_result m on m.id = c.match_id"
        ),
        "membership": "select id, revoked_at from membership",
        # A role given at somebody's request stands in the journal as the request granted.
        "role_grant": (
            "select g.id from role_grant g where not exists (select from role_request r where r.state = 'granted'"
            " and r.person_id = g.person_id and r.role = g.role"
            " and r.organization_id is not distinct from g.organization_id)"
        ),
        "role_request": "select id, state from role_request",
        "refresh_token": "select family_id, consumed_at, revoked_at from refresh_token",
    },
    "registry": {
        "specialist": "select id, removed_at from specialist",
        "identity_consent_copy": "select person_id, purpose, granted, at from identity_consent_copy",
        "person_record": "select person_id, specialist_id from person_record",
        "book_entry": (
            f"select e.key, {_digest('e.name', 'e.in_force', 'e.version')} from book_entry e join book_state s"
            " on s.book = e.book and s.current_version = e.version where e.book = 'specialties'"
        ),
        "admission_document": (
            "select id, removed_at, removed_at is not null or exists (select from specialist s"
            " where s.id = specialist_id and s.removed_at is not null) as gone,"
            f" {_digest(*_DOCUMENT)} from admission_document"
        ),
    },
    "catalog": {
        "element": (
            "select e.id, e.kind, e.status, e.seats_total, e.seats_held,"
            f" {CARD_OF_CYCLES.removesuffix(' as digest')} as for_cycles,"
            f" {CARD_OF_APPLICATIONS.removesuffix(' as digest')} as for_applications,"
            f" {_digest('e.title', 'o.name').removesuffix(' as digest')} as for_notifications"
            " from element e join organization o on o.id = e.organization_id"
        ),
        "seat_hold": "select application_id, element_id, state, version from seat_hold",
        "specialty": f"select key, {_digest(*_SPECIALTY)} from specialty",
    },
    "cycles": {
        "cycle": (
            "select id, person_id, version, confirmed_at, closed_at, document_id,"
            " md5(jsonb_build_array(document_kind, document_series, document_number, document_exam_on,"
            " document_issued_on)::text) as document from cycle"
        ),
        "plan_item": "select id, cycle_id, element_id, removed_at from plan_item",
        "identity_consent_copy": "select person_id, purpose, granted, at from identity_consent_copy",
        "applications_application_copy": (
            "select application_id, plan_item_id, cycle_id, number, status, reason_code, version"
            " from applications_application_copy"
        ),
        "catalog_element_copy": (
            "select element_id, archived,"
            f" {_digest(*_ELEMENT, 'organization_name', 'specialty_keys')} from catalog_element_copy"
        ),
        "registry_document_copy": (
            f"select document_id, removed_at is not null as gone, {_digest(*_DOCUMENT)},"
            " md5(jsonb_build_array(kind, series, number, exam_on, issued_on)::text) as document"
            " from registry_document_copy"
        ),
        "specialty_copy": f"select key, {_digest(*_SPECIALTY)} from specialty_copy",
        "credit_entry": (
            "select id, cycle_id, person_id, plan_item_id, element_id, zet, source, reversed_entry_id"
            " from credit_entry order by id"
        ),
    },
    "applications": {
        "application": (
            "select id, number, person_id, cycle_id, plan_item_id, element_id, status, seat, form_version,"
            " reason_code, credited_zet, deleted_at from application"
        ),
        "application_move": (
            "select id, application_id, action, from_status, to_status, actor_role"
            " from application_move order by id"
        ),
        "application_number": "select year, last from application_number",
        "support_request": "select id from support_request",
        "identity_consent_copy": "select person_id, purpose, granted, at from identity_consent_copy",
        "issued_document": (
            "select id, application_id, check_code, sha256, size_bytes, object_key from issued_document"
        ),
        "catalog_element_copy": (
            "select element_id, archived,"
            f" {_digest(*_ELEMENT, 'organization_name', 'workload_hours', 'bases', 'place')}"
            " from catalog_element_copy"
        ),
    },
    "notifications": {
        "message": "select id, event_id, kind, person_id from message",
        "delivery_job": (
            "select j.id, m.person_id, j.channel, j.state, j.finished_at"
            " from delivery_job j join message m on m.id = j.message_id"
        ),
        "identity_consent_copy": "select person_id, purpose, granted, at from identity_consent_copy",
        "partner": "select client_id, last_seq from partner",
        "subscription": (
            "select id, client_id, way, types, organization_ids, state, created_at from subscription"
        ),
        "partner_event": (
            "select client_id, seq, event_id, type, subject, person_id, organization_id, subscription_id, at,"
            " convert_from(body, 'UTF8') as body from partner_event order by client_id, seq"
        ),
        "webhook_delivery": "select id, subscription_id, seq, subject, state, attempts from webhook_delivery",
        "catalog_element_copy": (
            f"select element_id, {_digest('title', 'organization_name')} from catalog_element_copy"
        ),
    },
    "gateway": {
        "browser_session": "select session_id, sid, person_id, ended_at from browser_session",
    },
}
"""Own tables of each service, by name."""


def queries_of(service: str) -> dict[str, str]:
    """Everything to be read of one service's database."""
    common = {} if service == "gateway" else COMMON
    return {**common, **TABLES[service]}
