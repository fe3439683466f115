"""Faults in what a withdrawn consent ended, in answers, and in the steps of a cycle's total."""

# ruff: noqa: S608 statements are put together from constants

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.chaos.checker.history import History
from tests.chaos.checker.planted.scene import Fault, in_history, in_table

_LATER: Final = "now() + interval '1 hour'"
_WITHDRAWN: Final = "(select person_id from consent_event where kind = 'withdrawn' and purpose = '{}' order by id desc limit 1)"
_SILENT: Final = "(select person_id from identity_consent_copy where not granted and purpose = '{}' order by at desc limit 1)"
_TEXT_SENT: Final = (
    "insert into delivery_job (id, message_id, channel, state, attempts, next_attempt_at, created_at, finished_at)"
    f" select gen_random_uuid(), id, 'sms', 'sent', 1, now(), now(), {_LATER} from message m where person_id ="
    f" {_SILENT.format('sms_messages')} and not exists (select from delivery_job j where j.message_id = m.id"
    " and j.channel = 'sms') limit 1 returning id"
)
_READ_BY_ORGANISATION: Final = (
    "insert into journal (id, at, actor, action, object, result, person_id, purpose) select gen_random_uuid(),"
    f" {_LATER}, 'applications', 'person.read', 'person/planted', 'ok', person_id, 'application_queue' from"
    f" {_WITHDRAWN.format('organisation_transfer')} as gone returning id"
)
_READ_BY_EMPLOYER: Final = (
    "insert into journal (id, at, actor, action, object, result, person_id, purpose) select gen_random_uuid(),"
    f" {_LATER}, 'a head', 'registry.staff.read', 'person/planted', 'ok', person_id, 'employer_staff' from"
    f" {_SILENT.format('employer_transfer')} as gone returning id"
)
_MIDDLE: Final = (
    "update outbox set body = convert_to(jsonb_set(convert_from(body, 'UTF8')::jsonb, '{data,total_zet}', '\"500.00\"')"
    "::text, 'UTF8') where position = (select max(position) from outbox where routing_key = 'cycles.credit.recorded.v1')"
    " returning event_id"
)


def _broken_answer(history: History) -> tuple[History, str]:
    call = {
        "method": "GET",
        "path": "/api/v1/cycles",
        "key": None,
        "status": 500,
        "code": "internal",
        "trace": "1",
    }
    return replace(history, calls=[*history.calls, call]), "GET /api/v1/cycles was answered 500"


def _mute_refusal(history: History) -> tuple[History, str]:
    call = {
        "method": "GET",
        "path": "/api/v1/me",
        "key": None,
        "status": 403,
        "code": "forbidden",
        "trace": None,
    }
    return replace(
        history, calls=[*history.calls, call]
    ), "was answered 403 without a code and a trace to quote"


WITHDRAWALS_AND_TOTALS: Final = (
    Fault("I12", "an answer was a fault of ours", in_history(_broken_answer)),
    Fault("I12", "a refusal had no trace to quote", in_history(_mute_refusal)),
    Fault(
        "I13",
        "a total was told that the ledger never had",
        in_table("cycles", _MIDDLE, "event {} of cycle"),
        frozenset({"I2"}),
    ),
    Fault(
        "I13",
        "a total moved without an entry",
        in_table(
            "cycles",
            "delete from credit_entry where id = (select id from credit_entry order by id desc limit 1) returning cycle_id",
            "of cycle {} moves the total without an entry of the ledger",
        ),
        frozenset({"I2", "I6"}),
    ),
    Fault(
        "I14",
        "a service never heeded a withdrawal",
        in_table(
            "identity",
            "delete from consent_acknowledgement where service = 'cycles' and event_id = (select id from consent_event"
            " where kind = 'withdrawn' order by id desc limit 1) returning event_id",
            "cycles: has not heeded answer {}",
        ),
    ),
    Fault(
        "I14",
        "a service heeded a withdrawal after two minutes",
        in_table(
            "identity",
            "update consent_acknowledgement set applied_at = applied_at + interval '2 minutes' where service ="
            " 'notifications' and event_id = (select id from consent_event where kind = 'withdrawn' order by id desc"
            " limit 1) returning event_id",
            "notifications: heeded answer {}",
        ),
    ),
    Fault(
        "I14",
        "somebody was compared with the register after the withdrawal",
        in_table(
            "identity",
            f"update match_result set matched_at = {_LATER} where id = (select id from match_result where person_id ="
            f" {_WITHDRAWN.format('data_transfer')} limit 1) returning id",
            "identity.match_result: {} was compared",
        ),
    ),
    Fault(
        "I14",
        "an organisation was told of an applicant after the withdrawal",
        in_table("identity", _READ_BY_ORGANISATION, "identity.journal: {} tells organisations"),
    ),
    Fault(
        "I14",
        "an employer was told of its staff after the withdrawal",
        in_table("registry", _READ_BY_EMPLOYER, "registry.journal: {} tells an employer"),
    ),
    Fault(
        "I14",
        "a cycle was worked on after the withdrawal",
        in_table(
            "cycles",
            f"update journal set at = {_LATER} where id = (select id from journal where actor = person_id::text and"
            f" person_id = {_SILENT.format('data_transfer')} and action = 'cycles.cycle.open' limit 1) returning object",
            "cycles.journal: cycles.cycle.open of {} was done after",
        ),
    ),
    Fault(
        "I14",
        "a partner's log still tells of whoever took the consent back",
        in_table(
            "notifications",
            "update partner_event set body = convert_to('{\"data\": {}, \"subjectversion\": 0}', 'UTF8') where"
            f" (client_id, seq) = (select client_id, seq from partner_event where person_id ="
            f" {_SILENT.format('partner_transfer')} and body is null order by at desc limit 1)"
            " returning client_id || ' ' || seq",
            "notifications.partner_event: {} tells of somebody",
        ),
    ),
    Fault(
        "I14",
        "a text message was sent after the withdrawal",
        in_table("notifications", _TEXT_SENT, "notifications.delivery_job: {} was sent after"),
    ),
)
"""Each is undone when it was looked at."""
