"""Rows of many journeys, written set by set by the database itself; `$1` is the number of people."""

# ruff: noqa: S608 constants of this file only

from __future__ import annotations

from enum import IntEnum
from uuid import UUID

EACH = 4
"""Applications, credits and messages of a person."""
ELEMENTS = 2000
ORGANIZATIONS = 60
# Ids that can be told from numbers: <kind> in the first digits, the number in the last.
ID_FUNCTION = """
create function n_id(kind int, n bigint) returns uuid language sql immutable as
$$ select (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$
"""


class Kind(IntEnum):
    """First digits of an id."""

    PERSON = 1
    CYCLE = 2
    ITEM = 3
    ELEMENT = 4
    ORGANIZATION = 5
    APPLICATION = 6
    ENTRY = 7
    MESSAGE = 8
    DOCUMENT = 9
    JOB = 10
    MOVE = 11


def made_id(kind: Kind, number: int) -> UUID:
    """The id that the database makes of the same."""
    return UUID(f"{kind:08x}-0000-7000-8000-{number:012x}")


CYCLES = (
    f"""
    insert into catalog_element_copy (element_id, kind, title, zet, form, starts_on, ends_on, organization_id,
        organization_name, specialty_keys, archived, copied_at)
    select n_id({Kind.ELEMENT}, n), 'programme', 'Программа ' || n, 36, 'full_time', date '2026-12-01', date '2026-12-10',
        n_id({Kind.ORGANIZATION}, n % {ORGANIZATIONS}), 'Организация', array['VO-027'], false, now()
    from generate_series(0, {ELEMENTS} - 1) n
    """,
    f"""
    insert into cycle (id, person_id, specialty_key, specialty_name, section, document_id, document_kind,
        document_series, document_number, document_issued_on, document_exam_on, starts_on, ends_on, confirmed_at,
        confirmed_by_organization_id, version, created_at)
    select n_id({Kind.CYCLE}, n), n_id({Kind.PERSON}, n), 'VO-027', 'Кардиология', 'accreditation', n_id({Kind.DOCUMENT}, n),
        'accreditation', '77', n::text, date '2026-01-01' + n % 300, date '2026-01-01' + n % 300,
        date '2026-01-01' + n % 300, date '2031-01-01' + n % 300, now(), n_id({Kind.ORGANIZATION}, 1), 1, now()
    from generate_series(0, $1::int - 1) n
    """,
    f"""
    insert into plan_item (id, cycle_id, element_id, added_at, removed_at)
    select n_id({Kind.ITEM}, n), n_id({Kind.CYCLE}, n / {EACH}), n_id({Kind.ELEMENT}, n % {ELEMENTS}), now(),
        case when n % 10 = 0 then now() end
    from generate_series(0, $1::int * {EACH} - 1) n
    """,
    f"""
    insert into applications_application_copy (application_id, plan_item_id, cycle_id, number, status, version, updated_at)
    select n_id({Kind.APPLICATION}, n), n_id({Kind.ITEM}, n), n_id({Kind.CYCLE}, n / {EACH}),
        'NMO-' || lpad(n::text, 7, '0') || '-2026', 'confirmed', 3, now()
    from generate_series(0, $1::int * {EACH} - 1) n
    """,
    f"""
    insert into credit_entry (id, cycle_id, person_id, plan_item_id, element_id, kind, title, zet, earned_on,
        recorded_at, source)
    select n_id({Kind.ENTRY}, n), n_id({Kind.CYCLE}, n / {EACH}), n_id({Kind.PERSON}, n / {EACH}), n_id({Kind.ITEM}, n),
        n_id({Kind.ELEMENT}, n % {ELEMENTS}), 'programme', 'Программа', 36, date '2026-06-01', now(), 'application/' || n
    from generate_series(0, $1::int * {EACH} - 1) n
    """,
    f"""
    insert into registry_document_copy (document_id, specialist_id, kind, specialty_key, specialty_name, series, number,
        exam_on, issued_on, version, copied_at)
    select n_id({Kind.DOCUMENT}, n), n_id({Kind.PERSON}, n), 'accreditation', 'VO-027', 'Кардиология', '77', n::text,
        date '2026-01-01', date '2026-01-01', 1, now()
    from generate_series(0, $1::int - 1) n
    """,
)
APPLICATIONS = (
    f"""
    insert into catalog_element_copy (element_id, kind, title, zet, form, starts_on, ends_on, organization_id,
        organization_name, workload_hours, bases, place, archived, copied_at)
    select n_id({Kind.ELEMENT}, n), 'programme', 'Программа ' || n, 36, 'full_time', date '2026-12-01', date '2026-12-10',
        n_id({Kind.ORGANIZATION}, n % {ORGANIZATIONS}), 'Организация', 36, array['budget'], 'Москва', false, now()
    from generate_series(0, {ELEMENTS} - 1) n
    """,
    f"""
    insert into application (id, number, person_id, cycle_id, plan_item_id, element_id, organization_id, specialty_key,
        status, seat, version, form_version, submitted_at, deleted_at, created_at, updated_at)
    select n_id({Kind.APPLICATION}, n), 'NMO-' || lpad(n::text, 7, '0') || '-2026', n_id({Kind.PERSON}, n / {EACH}),
        n_id({Kind.CYCLE}, n / {EACH}), n_id({Kind.ITEM}, n), n_id({Kind.ELEMENT}, n % {ELEMENTS}),
        n_id({Kind.ORGANIZATION}, n % {ORGANIZATIONS}), 'VO-027',
        (array['draft', 'submitted', 'confirmed', 'enrolled'])[1 + n / 7 % 4], 'held', 3, 1,
        case when n / 7 % 4 > 0 then now() end, case when n % 50 = 0 then now() end, now(), now()
    from generate_series(0, $1::int * {EACH} - 1) n
    """,
    f"""
    insert into application_move (id, application_id, at, action, to_status, actor, actor_role)
    select n_id({Kind.MOVE}, n), n_id({Kind.APPLICATION}, n / 2), now(), 'submit', 'submitted', 'x', 'specialist'
    from generate_series(0, $1::int * {EACH} * 2 - 1) n
    """,
    f"""
    insert into issued_document (id, application_id, kind, form_version, template_version, check_code, sha256,
        size_bytes, object_key, applicant_initials, issued_at)
    select n_id({Kind.DOCUMENT}, n), n_id({Kind.APPLICATION}, n), 'application', 1, 1, 'CODE-' || n, 'x', 1, 'x', 'И. И.', now()
    from generate_series(0, $1::int * {EACH} - 1) n
    """,
)
NOTIFICATIONS = (
    f"""
    insert into message (id, person_id, event_id, kind, template_version, params, title, body, link, created_at, read_at)
    select n_id({Kind.MESSAGE}, n), n_id({Kind.PERSON}, n / {EACH}), n_id({Kind.DOCUMENT}, n), 'application_confirmed', 1, '{{}}',
        'Заявка', 'Подтверждена', '/', now(), case when n % 4 > 0 then now() end
    from generate_series(0, $1::int * {EACH} - 1) n
    """,
    f"""
    insert into delivery_job (id, message_id, channel, state, attempts, next_attempt_at, created_at)
    select n_id({Kind.JOB}, n), n_id({Kind.MESSAGE}, n), 'email', case when n % 500 = 0 then 'pending' else 'sent' end, 1,
        now(), now()
    from generate_series(0, $1::int * {EACH} - 1) n
    """,
    "insert into partner (client_id, last_seq, created_at) values ('partner-demo', $1::int * 4, now())",
    f"""
    insert into partner_event (client_id, seq, event_id, type, subject, person_id, organization_id, body, at)
    select 'partner-demo', n, n_id({Kind.DOCUMENT}, n), 'applications.application.confirmed.v1', 'application/' || n,
        n_id({Kind.PERSON}, n / {EACH}), n_id({Kind.ORGANIZATION}, n % {ORGANIZATIONS}), 'x', now()
    from generate_series(1, $1::int * {EACH}) n
    """,
    f"""
    insert into identity_consent_copy (person_id, purpose, granted, at)
    select n_id({Kind.PERSON}, n), 'partner_transfer', true, now() from generate_series(0, $1::int - 1) n
    """,
)
