"""Medical organisations by words of the name and by the id that roles name them by (ROL-02, ROL-03)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from nmo_contracts.organizations import medical_organization_id
from nmo_kit import clock
from nmo_registry.specialists.commands.record_employers import record_employers

pytestmark = pytest.mark.req("ROL-02", "ROL-03")
PATH = "/api/v1/register/organizations"
NUMBERS = {
    "ГБ № 7": ("1.2.643.5.1.13.13.12.2.77.7007", "Городская больница № 7 имени Семёнова"),
    "ГБ № 71": ("1.2.643.5.1.13.13.12.2.77.7071", "Городская больница № 71"),
    "ГП № 7": ("1.2.643.5.1.13.13.12.2.77.7107", "Городская поликлиника № 7"),
}
OF_BEFORE = "ЦРБ"


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def organizations(registry: Any) -> None:
    """Three, and one that the code of before wrote: it has no id yet."""
    told = {
        oid: {"nameFull": name, "nameShort": short, "regionName": "г. Москва", "address": "ул. Новая, д. 7"}
        for short, (oid, name) in NUMBERS.items()
    }
    last = "1.2.643.5.1.13.13.12.2.77.1"
    told[last] = {"nameFull": "Центральная районная больница", "nameShort": OF_BEFORE}
    async with registry.db.write() as session:
        await record_employers(session, told, now=clock.now())
        await session.execute(
            text("update employer set organization_id = null where oid = :oid"), {"oid": last}
        )


async def names(client: Any, **query: Any) -> list[str]:
    answer = await client.get(f"{PATH}/search", params=query)
    assert answer.status_code == 200, answer.text
    return [item["short_name"] for item in answer.json()["items"]]


async def test_found_by_beginnings_of_words_in_any_order(client: Any) -> None:
    assert await names(client, q="больница 7") == ["ГБ № 7", "ГБ № 71"]
    assert await names(client, q="7 ПОЛИКЛ") == ["ГП № 7"]
    assert await names(client, q="семенов") == ["ГБ № 7"], "ё is е"
    assert await names(client, q="гп") == ["ГП № 7"], "by the short name"
    assert await names(client, q="больница", limit=1) == ["ГБ № 7"]
    assert await names(client, q="районная") == [], "nothing could be asked for without an id"
    assert await names(client, q="льница") == await names(client, q="'|!&") == await names(client, q="") == []
    assert (await client.get(f"{PATH}/search", params={"q": "й" * 101})).status_code == 422


async def test_answer_tells_name_region_and_the_id_of_roles_and_no_more(client: Any) -> None:
    (item,) = (await client.get(f"{PATH}/search", params={"q": "поликлиника"})).json()["items"]
    oid, name = NUMBERS["ГП № 7"]
    assert item == {
        "organization_id": str(medical_organization_id(oid)),
        "name": name,
        "short_name": "ГП № 7",
        "region_name": "г. Москва",
    }


async def test_named_by_ids_at_once(client: Any) -> None:
    wanted = [medical_organization_id(NUMBERS[short][0]) for short in ("ГП № 7", "ГБ № 7")]
    query = [("id", str(one)) for one in (*wanted, uuid4(), wanted[0])]
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    assert {item["organization_id"]: item["short_name"] for item in answer.json()["items"]} == {
        str(wanted[0]): "ГП № 7",
        str(wanted[1]): "ГБ № 7",
    }
    assert len(answer.json()["items"]) == 2
    for bad in ([], [("id", "7007")], [("id", str(uuid4()))] * 101):
        assert (await client.get(PATH, params=bad)).status_code == 422
