"""Hot queries read no big table from one end to the other: the short run; the full size is `make size`."""

from __future__ import annotations

import asyncpg
import pytest

from nmo_testkit.postgres import Databases
from tests.size.plans import judge
from tests.size.subjects import BIG_SHARE, SUBJECTS


@pytest.mark.req("CAT-02", "FRM-01", "FRM-09")
@pytest.mark.parametrize("name", SUBJECTS)
async def test_hot_queries_read_no_big_table_as_a_whole(databases: Databases, name: str) -> None:
    subject = SUBJECTS[name]
    verdict = await subject.judge(databases, subject.short)
    verdict.check()


async def test_a_missing_index_is_told(databases: Databases) -> None:
    subject = SUBJECTS["applications"]
    url = await databases.of(subject.package)
    try:
        await subject.load(url, subject.short)
        connection = await asyncpg.connect(url)
        await connection.execute("drop index ix_application_person_id_id")
        await connection.close()
        verdict = await judge(url, subject.ask, big=subject.short // BIG_SHARE)
    finally:
        await databases.drop(url)
    assert any("reads the whole of application:" in fault for fault in verdict.faults)
    with pytest.raises(AssertionError, match="reads the whole of application"):
        verdict.check()
