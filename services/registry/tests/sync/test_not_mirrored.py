"""Disability, military, health and contacts of a card reach no table, no event and no line of the log (P22)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from nmo_testkit import drain_outbox
from services.registry.tests.sync.mirror import mirror_records

WORDS = "инвалидность военнообязанный ковид"
NOT_MIRRORED = {
    "isDisabled": True,
    "disabledGroup": f"71930917001 {WORDS}",
    "disabledGroupId": 71930917002,
    "disabledGroupDate": "2193-07-03T00:00:00.000+03:00",
    "disabledGroupEndDate": "2193-07-04T00:00:00.000+03:00",
    "disabledGroupReason": {"code": "71930917005", "name": WORDS},
    "covid19": {"vaccineId": 71930917006, "refusal": WORDS},
    "militaryRelationId": {"code": 71930917007, "name": WORDS},
    "militaryService": [{"id": "71930917008", "rank": WORDS}],
    "phone": "+71930917009000",
    "email": "planted71930917010@example.org",
    "inn": "719309170110000",
    "birthPlace": "Место71930917012",
    "documents": [{"serial": "71930917", "number": "71930917013", "passOrg": WORDS}],
    "addresses": [{"region": "71930917014", "address": WORDS}],
}
# Long enough that no random id holds it.
PLANTED = ("71930917", "2193-07", *WORDS.split())
TABLES = text(
    "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')"
)


@pytest.mark.req("FRM-01", "P22")
@pytest.mark.parametrize("by_dump", [False, True])
async def test_what_is_not_to_be_mirrored_is_nowhere(
    registry: Any, upstream: Any, capfd: pytest.CaptureFixture[str], by_dump: bool
) -> None:
    card = upstream.state.card(key="many")
    jobs = [{**job, "militaryRelationId": 71930917015, "covid19": WORDS} for job in card["personCards"]]
    upstream.state.put_card({**card, **NOT_MIRRORED, "firstName": "Зоя", "personCards": jobs})
    # One that is set aside and one that is written in part come through other doors.
    upstream.patch("match", **NOT_MIRRORED, birthDate=None)
    upstream.patch("weak", **NOT_MIRRORED, personQualification=[{"postId": 71930917016, "specName": WORDS}])

    if by_dump:
        await registry.runtime.extras["reconciler"].run()
    else:
        await registry.follower.follow()

    assert (await mirror_records(registry))[card["oid"]].first_name == "Зоя"
    async with registry.db.read() as session:
        tables = (await session.execute(TABLES)).scalars().all()
        assert {"specialist", "outbox", "sync_quarantine", "journal"} <= set(tables)
        rows = [
            row
            for table in tables
            for row in (await session.execute(text(f"select t::text from {table} t"))).scalars()  # noqa: S608 names of the schema
        ]
        assert (await session.execute(text("select count(*) from sync_quarantine"))).scalar_one() == 2
    told = [event.model_dump_json() for event in await drain_outbox(registry.db)]
    printed = capfd.readouterr()
    assert any("Зоя" in row for row in rows), "the rows are looked through as they are"
    assert told
    for place in (*rows, *told, printed.out, printed.err):
        assert not [word for word in PLANTED if word in place]
