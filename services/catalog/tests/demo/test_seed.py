"""The invented data: enough, believable in shape, loaded once."""

from collections import Counter
from uuid import NAMESPACE_URL, uuid5

import pytest

from nmo_catalog.demo.elements import elements
from nmo_catalog.demo.families import families
from nmo_catalog.demo.organizations import DEMO_ORGANIZATION, organization_id
from nmo_catalog.seed import _scene, seed_demo
from nmo_kit import clock
from nmo_testkit import drain_outbox

ELEMENTS = "/api/v1/catalog/elements"


@pytest.mark.req("CAT-01", "CAT-09")
async def test_the_demonstration_is_loaded_once_and_serves_the_journey(client, db):
    added = await seed_demo(db)
    assert added >= 2000
    assert await seed_demo(db) == 0
    told = Counter(event.type_name for event in await drain_outbox(db))
    assert told == {"catalog.element.published.v1": added}
    demo = str(organization_id(DEMO_ORGANIZATION))
    params = {
        "specialty": "VO-027",
        "kind": "programme",
        "zet_min": 72,
        "zet_max": 72,
        "preferred": demo,
        "free": True,
    }
    found = (await client.get(ELEMENTS, params=params)).json()["items"]
    own = [item for item in found if item["organization"]["organization_id"] == demo]
    assert len(own) >= 3
    assert "Неотложная кардиология" in {item["title"] for item in own}
    assert all(set(item["bases"]) == {"budget", "contract", "contract_foms"} for item in own[:3])
    typo = (await client.get(ELEMENTS, params={"q": "неотложая кардеология"})).json()
    assert typo["suggestion"] == "неотложная кардиология"
    rare = (await client.get(ELEMENTS, params={"specialty": "VO-008"})).json()
    assert rare["items"] == []


def test_the_ids_of_organisations_follow_the_agreed_rule():
    assert organization_id(1) == uuid5(NAMESPACE_URL, "https://portal-nmo.example/organizations/0001")


def test_the_generator_gives_the_same_for_the_same_day():
    scene = _scene()
    first, second = (list(elements(scene, families())) for _ in range(2))
    assert [row.model_dump() for row in first] == [row.model_dump() for row in second]
    assert len({row.id for row in first}) == len(first)
    assert len({row.title for row in first}) > 600
    assert all(row.starts_on is None or row.starts_on > clock.today() for row in first)
    assert {row.zet for row in first if row.kind == "programme"} == {18, 36, 72, 144}
    colleges = {row.id for row in scene.organizations if row.kind == "vocational_education"}
    doctors = [row for row in first if row.specialty_keys[0].startswith("VO")]
    assert not [row for row in doctors if row.organization_id in colleges]
