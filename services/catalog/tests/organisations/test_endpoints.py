"""Organisations through the API."""

from uuid import UUID, uuid4

import pytest

ORGANIZATIONS = "/api/v1/catalog/organizations"


@pytest.mark.req("CAT-04")
async def test_the_card_has_contacts(client):
    body = (await client.get(f"{ORGANIZATIONS}/{UUID(int=1)}")).json()
    assert body == {
        "organization_id": str(UUID(int=1)),
        "name": "Северный медицинский университет",
        "short_name": "Северный м",
        "kind": "higher_education",
        "region_code": "78",
        "region_name": "г. Санкт-Петербург",
        "address": "г. Санкт-Петербург",
        "phone": "+7 (000) 000-00-00",
        "email": "dpo@example.org",
        "site": "https://org.example",
    }


async def test_a_missing_organisation_is_not_found(client):
    assert (await client.get(f"{ORGANIZATIONS}/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("", 3),
        ("СЕВЕРН", 1),
        ("вектор", 1),
        ("цпп", 1),
        ("%", 1),
        ("_", 1),
        ("нет такой", 0),
    ],
)
async def test_a_part_of_the_name_finds(client, q, found):
    assert len((await client.get(ORGANIZATIONS, params={"q": q})).json()["items"]) == found


async def test_pages_follow_the_names(client):
    names, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        body = (await client.get(ORGANIZATIONS, params=params)).json()
        names += [item["name"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert names == sorted(names)
    assert len(names) == 3
    assert (await client.get(ORGANIZATIONS, params={"cursor": "e30"})).status_code == 422
