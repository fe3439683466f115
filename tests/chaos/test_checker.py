"""The checker on a system that works: everything holds; each planted fault is named, and only where it belongs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nmo_local import infra
from nmo_local.paths import LOCAL
from tests.chaos.checker.check import INVARIANTS, judge, settled_snapshot
from tests.chaos.checker.planted.run import FAULTS, plant, table
from tests.chaos.checker.planted.scene import Fault, Scene, scene
from tests.chaos.checker.witness import witnessed
from tests.conftest import Portal

pytestmark = pytest.mark.e2e
PATIENCE_S = 30.0
MEANT = {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I11", "I12", "I13", "I14"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Evidence of a few people and a partner on a running system, read once it is at rest."""
    folder = tmp_path_factory.mktemp("evidence")
    copies = tmp_path_factory.mktemp("copies")
    servers = infra.start(LOCAL / "servers")
    async with witnessed(portal, folder) as evidence:
        snapshot = await settled_snapshot(evidence, patience_s=PATIENCE_S)
        async with scene(evidence, snapshot, servers.postgres_url, copies) as ready:
            yield ready


@pytest.mark.req("APP-08", "CYC-09", "CAT-07", "PAR-03")
async def test_a_system_that_works_keeps_every_invariant(whole: Scene) -> None:
    verdict = judge(whole.snapshot)
    assert verdict.ok, "\n".join(verdict.lines())
    assert verdict.counts["events"] > 100
    assert {name: count for name, count in verdict.counts.items() if name != "events"} == dict.fromkeys(
        ("lost", "doubled", "oversold", "uncredited"), 0
    )
    assert all(rows > 0 for rows in verdict.checked.values())


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: f"{fault.invariant}-{fault.what.replace(' ', '-')}"
)
async def test_a_planted_fault_is_named_where_it_belongs(whole: Scene, fault: Fault) -> None:
    alarm = await plant(fault, whole)
    assert not alarm.complaint, alarm.complaint
    assert fault.what in table([alarm])
    for canary in whole.evidence.canaries.planted if whole.evidence.canaries else ():
        assert all(canary.value not in line for lines in alarm.broken.values() for line in lines)


def test_each_invariant_has_a_planted_fault() -> None:
    assert {fault.invariant for fault in FAULTS} == MEANT == set(INVARIANTS)
    assert len({fault.what for fault in FAULTS}) == len(FAULTS)
