"""Faults in journals, keys, tokens and copies."""

# ruff: noqa: S608 statements are put together from constants

from __future__ import annotations

from typing import Final

from tests.chaos.checker.planted.scene import Fault, in_table
from tests.chaos.checker.planted.statements import (
    APPLICATION_SEAT_HELD,
    APPLICATIONS_APPLICATION_COPY_STATUS_COMPLETED,
    COPY_OF_MOVE,
    HELD_ELEMENT,
    USED_AFTER_END,
    journal_copy,
    journal_loss,
    one,
)

TRACES_AND_COPIES: Final = (
    Fault(
        "I5",
        "a journal row of a change is removed",
        in_table(
            "applications",
            journal_loss("applications.application.submit", "object"),
            "applications.journal: applications.application.submit of {} stands 0 times",
        ),
    ),
    Fault(
        "I5",
        "a journal row of a change is doubled",
        in_table(
            "cycles",
            journal_copy("cycles.credit.record", "object"),
            "cycles.journal: cycles.credit.record of {} stands 2 times",
        ),
    ),
    Fault(
        "I5",
        "a sign-in is not in the journal",
        in_table(
            "identity",
            journal_loss("login.succeeded", "person_id"),
            "identity.journal: login.succeeded of person/{} stands",
        ),
    ),
    Fault(
        "I6",
        "a kept key has no answer",
        in_table(
            "cycles",
            f"update idempotency_key set response = null where {one('idempotency_key', 'true', 'key')}"
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
        in_table("applications", COPY_OF_MOVE, "submit of {} was made 2 times for 1 keys"),
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
        in_table("identity", USED_AFTER_END, "family {} was used after it was revoked"),
    ),
    Fault(
        "I8",
        "a programme's card is stale in cycles",
        in_table(
            "cycles",
            "update catalog_element_copy set title = title || '!' where"
            f" {one('catalog_element_copy', 'true', 'element_id')} returning element_id",
            "cycles.catalog_element_copy: {} differs from catalog.element",
        ),
    ),
    Fault(
        "I8",
        "a programme's card is missing in applications",
        in_table(
            "applications",
            f"delete from catalog_element_copy where {one('catalog_element_copy', 'true', 'element_id')}"
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
            f" {one('catalog_element_copy', 'true', 'element_id')} returning element_id",
            "notifications.catalog_element_copy: {} differs",
        ),
    ),
    Fault(
        "I8",
        "an application's status is stale at its plan item",
        in_table(
            "cycles",
            "update applications_application_copy set status = 'enrolled' where"
            f" {APPLICATIONS_APPLICATION_COPY_STATUS_COMPLETED}"
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
            f" {one('registry_document_copy', 'true', 'document_id')} returning document_id",
            "cycles.registry_document_copy: {} differs from registry.admission_document",
        ),
    ),
    Fault(
        "I8",
        "a document of the register is held for gone in cycles",
        in_table(
            "cycles",
            "update registry_document_copy set removed_at = now() where"
            f" {one('registry_document_copy', 'removed_at is null', 'document_id')} returning document_id",
            "cycles.registry_document_copy: {} is held for gone",
        ),
    ),
    Fault(
        "I8",
        "a cycle does not follow its document",
        in_table(
            "cycles",
            f"update cycle set document_number = 'planted' where {one('cycle', 'document_id is not null')}"
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
            f" {one('identity_consent_copy', 'true', 'person_id')} returning person_id",
            "notifications.identity_consent_copy: {} ",
        ),
    ),
    Fault(
        "I8",
        "a specialty has an old name in cycles",
        in_table(
            "cycles",
            f"update specialty_copy set name = name || '!' where {one('specialty_copy', 'true', 'key')}"
            " returning key",
            "cycles.specialty_copy: {} differs from registry.book_entry",
        ),
    ),
    Fault(
        "I8",
        "an account is linked to another record than identity said",
        in_table(
            "registry",
            "update person_record set specialist_id = gen_random_uuid() where"
            f" {one('person_record', 'specialist_id is not null', 'person_id')} returning person_id",
            "registry.person_record: person/{} differs from identity.outbox",
        ),
    ),
    Fault(
        "I8",
        "a counter of seats runs ahead of the holds",
        in_table(
            "catalog",
            f"update element set seats_held = seats_held + 1 where id = {HELD_ELEMENT} returning id",
            "catalog.element.seats_held: {} differs",
        ),
    ),
    Fault(
        "I8",
        "an application waits for a seat that was given",
        in_table(
            "applications",
            f"update application set seat = 'pending' where {APPLICATION_SEAT_HELD} returning id",
            "applications.application.seat: {} differs",
        ),
    ),
    Fault(
        "I8",
        "a cycle misses its confirmation",
        in_table(
            "cycles",
            f"update cycle set confirmed_at = null, confirmed_by_organization_id = null where {one('cycle', 'confirmed_at is not null')} returning id",
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
            f" {one('browser_session', 'true', 'session_id')} returning session_id",
            "gateway.browser_session: {} does not stand on session",
        ),
    ),
)
"""Each is undone when it was looked at."""
