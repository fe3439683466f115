"""Reading the staff of one organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from nmo_contracts.purposes import EMPLOYER, MAIN
from nmo_kit.db import ReadSession, fetch
from nmo_registry.sync.queries import CONFIRMED_AT, SOURCE

Place = tuple[str, str, str, UUID]
"""Where a person stands in the list: surname, name, patronymic or nothing, account."""

_JOBS_HERE: Final = """
    employment j join employer e on e.oid = j.employer_oid
    where e.organization_id = $1 and (j.ended_on is null or j.ended_on >= $2)
"""
_GRANTED: Final = """
    exists (select from identity_consent_copy c
            where c.person_id = account.person_id and c.purpose = {purpose} and c.granted)
"""
_STAFF: Final = f"""
with staff as materialized (
    select s.id, s.register_oid, s.last_name, s.first_name, coalesce(s.patronymic, '') as patronymic,
           s.fetched_at, s.left_out
    from specialist s
    where s.removed_at is null and s.id in (select j.specialist_id from {_JOBS_HERE})
), shown as materialized (
    select staff.*, account.person_id
    from staff
    cross join lateral (
        select r.person_id from person_record r where r.specialist_id = staff.id
        order by r.matched_at desc, r.person_id limit 1
    ) account
    where {_GRANTED.format(purpose="$3")} and {_GRANTED.format(purpose="$4")}
), page as (
    select * from shown
    where $5::uuid is null or (last_name, first_name, patronymic, person_id) > ($6::text, $7::text, $8::text, $5)
    order by last_name, first_name, patronymic, person_id
    limit $9
)
select (select count(*) from staff) as staff_total, (select count(*) from shown) as shown,
       page.person_id, page.last_name, page.first_name, page.patronymic, page.left_out,
       {CONFIRMED_AT.format(oid="page.register_oid", fetched_at="page.fetched_at", source="$10")} as confirmed_at,
       (select jsonb_agg(jsonb_build_object('position', j.position, 'kind', j.kind, 'rate', j.rate::text)
                         order by j.began_on desc nulls last, j.id)
        from {_JOBS_HERE} and j.specialist_id = page.id) as positions,
       (select jsonb_agg(jsonb_build_object('kind', d.kind, 'specialty_name', d.specialty_name,
                                            'valid_until', d.valid_until)
                         order by d.valid_until desc nulls first, d.specialty_name, d.id)
        from admission_document d
        where d.specialist_id = page.id and d.removed_at is null
          and (d.valid_until is null or d.valid_until >= $2)) as documents
from (select) one left join page on true
order by page.last_name, page.first_name, page.patronymic, page.person_id
"""  # noqa: S608 constants of this file and of the mirror's progress


@dataclass(frozen=True, slots=True)
class StaffPage:
    """One page of an organisation's staff."""

    staff_total: int
    """How many people of the register work there now."""
    shown: int
    """How many of them may be shown, on all pages together."""
    rows: list[Mapping[str, Any]]


async def staff_of(
    session: ReadSession, organization_id: UUID, *, after: Place | None, limit: int, today: date
) -> StaffPage:
    """People who work at the organisation now and agreed to be shown to their employer, by name.

    All is judged by one statement: present job, record in the register, account of that record, and the newest answers
    to the main consent and to the employer's one. Unknown organisations have no staff.
    """
    last_name, first_name, patronymic, person_id = after or ("", "", "", None)
    values = (
        organization_id, today, MAIN, EMPLOYER, person_id, last_name, first_name, patronymic, limit, SOURCE,
    )  # fmt: skip
    rows = await fetch(session, _STAFF, values)
    return StaffPage(
        staff_total=rows[0]["staff_total"],
        shown=rows[0]["shown"],
        rows=[row for row in rows if row["person_id"] is not None],
    )
