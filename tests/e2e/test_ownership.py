"""Object level: what belongs to somebody else is not there (ASVS 8.2.2), whoever asks and by whatever route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.authz import Row, matrix
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor
from tests.security.bodies import BODIES

pytestmark = pytest.mark.e2e
SCAN = b"%PDF-1.4\nstartxref\n0\n%%EOF\n"
OWN = [row for row in matrix() if row.scope == "self" and "{" in row.path and row.roles == {"specialist"}]
ORGANIZATION = [
    row
    for row in matrix()
    if row.scope == "organization" and "{" in row.path and row.service != "identity"  # its people, not drafts
]


@dataclass(frozen=True, slots=True)
class World:
    """Somebody with a cycle and a draft, and somebody else."""

    owner: Visitor
    stranger: Visitor
    staff: Visitor
    ids: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(portal: Portal) -> AsyncIterator[World]:
    """Two specialists and an employee of the organisation that the draft is for."""
    async with AsyncExitStack() as stack:
        people = [await new_specialist(portal), await new_specialist(portal)]
        owner, stranger, staff = [
            await stack.enter_async_context(Visitor(key))
            for key in (people[0].key, people[1].key, "org-staff")
        ]
        for visitor in (owner, stranger, staff):
            await visitor.enter()
        cycle = await steps.open_cycle(owner, portal, people[0])
        (element, *_) = await steps.search(owner, portal, people[0])
        chosen = await steps.choose(owner, cycle["cycle_id"], element)
        document = await _document(owner)
        ids = {
            "cycle_id": chosen.cycle_id,
            "plan_item_id": chosen.plan_item_id,
            "application_id": chosen.application_id,
            "kind": "application",
            **document,
        }
        yield World(owner, stranger, staff, ids)


async def _document(owner: Visitor) -> dict[str, str]:
    """A document that the owner added by hand, with its scan."""
    kind = {"Content-Type": "application/octet-stream"}
    status, scan = await owner.patient_ask("POST", "/api/v1/register/scans", SCAN, **kind)
    assert status == 201, scan
    form = BODIES["registry.own_document.send"] | {"scan_ids": [scan["scan_id"]]}
    sent = await owner.post("/api/v1/register/own-documents", form)
    return {"document_id": sent["document_id"], "scan_id": scan["scan_id"]}


async def asked(world: World, visitor: Visitor, row: Row) -> tuple[int, str]:
    """Status and code of a well-formed request for the owner's thing."""
    body = BODIES.get(row.action, {}) if row.method in {"POST", "PATCH"} else None
    status, answer = await visitor.patient_ask(
        row.method, row.path.format(**world.ids), body, **{"If-Match": '"1"'}
    )
    return status, answer["code"] if status >= 400 else ""


@pytest.mark.req("ROL-01", "T14")
@pytest.mark.parametrize("row", OWN, ids=lambda row: row.name)
async def test_things_of_another_person_are_not_there(world: World, row: Row) -> None:
    assert await asked(world, world.stranger, row) == (404, "not_found")
    if row.method == "GET" and "documents" not in row.path:
        assert (await asked(world, world.owner, row))[0] == 200, "they are there for the owner"


@pytest.mark.req("ROL-01", "APP-06", "T14", "T15")
@pytest.mark.parametrize("row", ORGANIZATION, ids=lambda row: row.name)
async def test_organisation_sees_no_draft(world: World, row: Row) -> None:
    assert await asked(world, world.staff, row) == (404, "not_found")


@pytest.mark.req("ROL-01")
async def test_lists_hold_ones_own_only(world: World) -> None:
    for path in ("/api/v1/cycles", "/api/v1/applications", "/api/v1/applications?deleted=true"):
        assert (await world.stranger.get(path))["items"] == []
    for name in ("cycle_id", "plan_item_id"):
        found = await world.stranger.get(f"/api/v1/applications?{name}={world.ids[name]}")
        assert found["items"] == []
    assert [item["cycle_id"] for item in (await world.owner.get("/api/v1/cycles"))["items"]] == [
        world.ids["cycle_id"]
    ]
