"""Cards of elements, and what is told when they are published."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from nmo_catalog.app import build
from nmo_contracts.catalog import ElementPublishedV1
from nmo_kit.app import Runtime
from nmo_kit.messaging.consumer import Received
from nmo_testkit import drain_outbox

ELEMENTS = "/api/v1/catalog/elements"


@pytest.mark.req("CAT-01")
async def test_a_card_shows_everything_about_a_programme(client, publish):
    (element,) = await publish(
        {
            "seats_held": 4,
            "bases": ["budget", "contract", "contract_foms"],
            "has_simulation": True,
            "has_placement": True,
            "uses_distance": True,
            "specialty_keys": ["VO-113", "VO-027"],
            "materials_url": "https://org.example/materials",
            "recording_url": "https://org.example/video",
        }
    )
    body = (await client.get(f"{ELEMENTS}/{element.id}")).json()
    assert body == {
        "element_id": str(element.id),
        "kind": "programme",
        "title": "Неотложная кардиология",
        "zet": "36.00",
        "workload_hours": 36,
        "form": "full_time",
        "bases": ["budget", "contract", "contract_foms"],
        "starts_on": element.starts_on.isoformat(),
        "ends_on": element.ends_on.isoformat(),
        "organization": {
            "organization_id": str(UUID(int=1)),
            "name": "Северный медицинский университет",
        },
        "region_code": "78",
        "place": "Санкт-Петербург",
        "price_kopecks": 500_000,
        "seats_total": 30,
        "seats_left": 26,
        "has_simulation": True,
        "has_placement": True,
        "uses_distance": True,
        "specialty_keys": ["VO-113", "VO-027"],
        "specialty_names": ["Хирургия", "Кардиология"],
        "about": "Острый коронарный синдром и нарушения ритма",
        "materials_url": "https://org.example/materials",
        "recording_url": "https://org.example/video",
        "status": "published",
        "state_budget_only": False,
    }
    line = (await client.get(ELEMENTS)).json()["items"][0]
    assert line == {name: body[name] for name in line}


async def test_a_missing_element_is_not_found(client):
    answer = await client.get(f"{ELEMENTS}/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.req("CAT-01")
async def test_publication_tells_the_whole_card(db, publish):
    (element,) = await publish({"zet": Decimal(72)})
    (event,) = await drain_outbox(db)
    payload = Received(ElementPublishedV1.model_validate(event.data), event).data
    assert event.subject == f"element/{element.id}"
    assert (event.subjectversion, event.dataclassification) == (1, "public")
    assert (payload.title, payload.zet, payload.specialty_keys) == (element.title, Decimal(72), ["VO-027"])
    assert payload.organization_name == "Северный медицинский университет"


async def test_an_operator_archives_an_element_by_command(client, db, publish, capsys):
    (element,) = await publish({})
    command = build().commands["archive"]
    runtime = Runtime(settings=None, db=db, tokens=None)
    await command(runtime, [str(element.id)])
    await command(runtime, [str(element.id)])
    assert capsys.readouterr().out.split("\n")[:2] == ["archived", "not published, nothing done"]
    assert (await client.get(ELEMENTS)).json()["items"] == []
    assert (await client.get(f"{ELEMENTS}/{element.id}")).json()["status"] == "archived"
    with pytest.raises(SystemExit):
        await command(runtime, [])
