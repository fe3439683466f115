"""The match as identity asks for it (MAT-01, MAT-07, FRM-10)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_sandbox.people import people

PEOPLE = {person.key: person for person in people()}


def claim(key: str, **changes: Any) -> dict[str, Any]:
    person = PEOPLE[key]
    return {
        "snils": person.snils,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "patronymic": person.patronymic,
        "birth_on": person.birth_date.isoformat(),
        "purpose": "sign_in",
        **changes,
    }


async def ask(client: Any, token_factory: Any, body: dict[str, Any], caller: str = "identity") -> Any:
    headers = {"authorization": f"Bearer {token_factory.service(caller, aud='registry')}"}
    return await client.post("/internal/match", json=body, headers=headers)


@pytest.mark.req("MAT-01")
@pytest.mark.parametrize(
    ("key", "outcome", "different"),
    [
        ("match", "exact", {}),
        (
            "equivalent",
            "equivalent",
            {"last_name": "equivalent", "first_name": "equivalent", "patronymic": "equivalent"},
        ),
        ("weak", "weak", {"patronymic": "weak"}),
        ("conflict", "conflict", {"patronymic": "conflict"}),
        ("protocol", "exact", {}),
        ("before2016", "exact", {}),
        ("many", "exact", {}),
        ("foreign", "exact", {}),
        ("absent", "not_found", None),
    ],
)
async def test_each_sandbox_person(
    client: Any, token_factory: Any, key: str, outcome: str, different: dict[str, str] | None
) -> None:
    answer = await ask(client, token_factory, claim(key))

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["outcome"] == outcome
    found = {item["field"]: item["result"] for item in body["fields"] if item["result"] != "equal"}
    assert found == (different or {})
    assert (body["specialist_id"] is None) == (different is None)
    assert body["fetched_at"] is not None


@pytest.mark.req("MAT-01")
async def test_register_values_are_masked(client: Any, token_factory: Any) -> None:
    body = (await ask(client, token_factory, claim("conflict"))).json()

    masked = {item["field"]: item["register_masked"] for item in body["fields"]}
    assert masked == {
        "last_name": "Г••••••••",
        "first_name": "О••••",
        "patronymic": "С•••••••••",
        "birth_on": "••.••.1987",
    }


@pytest.mark.req("MAT-01")
async def test_documented_former_surname_is_the_persons_own(client: Any, token_factory: Any) -> None:
    body = (await ask(client, token_factory, claim("many", last_name="Григорьева"))).json()

    assert body["outcome"] == "equivalent"
    assert (body["fields"][0]["result"], body["fields"][0]["reason"]) == ("equivalent", "former_name")
    other = (await ask(client, token_factory, claim("many", last_name="Григорьева", patronymic=None))).json()
    assert other["outcome"] == "weak"


@pytest.mark.req("MAT-04")
async def test_known_numbers_are_told_apart_from_absent_ones(client: Any, token_factory: Any) -> None:
    await ask(client, token_factory, claim("match"))
    headers = {"authorization": f"Bearer {token_factory.service('identity', aud='registry')}"}
    body = {"snils": [PEOPLE["absent"].snils, PEOPLE["match"].snils]}
    answer = await client.post("/internal/known", json=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"known": [PEOPLE["match"].snils]})
    other = {"authorization": f"Bearer {token_factory.service('cycles', aud='registry')}"}
    assert (await client.post("/internal/known", json=body, headers=other)).status_code == 403


@pytest.mark.req("MAT-01")
async def test_other_birth_date_is_a_conflict(client: Any, token_factory: Any) -> None:
    body = (await ask(client, token_factory, claim("match", birth_on="1984-03-18"))).json()

    assert body["outcome"] == "conflict"
    assert [item["field"] for item in body["fields"] if item["result"] == "conflict"] == ["birth_on"]


@pytest.mark.req("MAT-07")
async def test_match_is_journalled_without_values(client: Any, token_factory: Any, registry: Any) -> None:
    person_id = uuid4()
    answer = await ask(client, token_factory, claim("weak", person_id=str(person_id)))

    async with registry.db.read() as session:
        rows = (
            await session.execute(
                text("select actor, action, object, result, fields, person_id, at from journal")
            )
        ).all()
    assert len(rows) == 1
    row = rows[0]
    assert (row.actor, row.action, row.result, row.person_id) == (
        "identity",
        "registry.match",
        "weak",
        person_id,
    )
    assert row.object == f"specialist/{answer.json()['specialist_id']}"
    assert "patronymic:weak" in row.fields
    assert PEOPLE["weak"].last_name not in str(row)


@pytest.mark.req("MAT-07", "AUD-01", "T06")
async def test_typed_number_tells_its_owner_nothing_of_the_register(client: Any, token_factory: Any) -> None:
    rows = []
    for key in ("match", "conflict", "absent"):
        person_id = uuid4()
        body = claim(key, person_id=str(person_id), purpose="typed_data")
        await ask(client, token_factory, body)
        headers = token_factory.headers(aud="registry", sub=person_id, roles=("person",))
        (row,) = (await client.get("/api/v1/register/journal", headers=headers)).json()["items"]
        rows.append({name: row[name] for name in ("title", "result", "reason", "fields", "kind")})
    assert rows[0] == rows[1] == rows[2], "whom the register holds would be read off one's own journal"
    assert (rows[0]["result"], rows[0]["kind"], rows[0]["fields"]) == ("kept", "look", [])


@pytest.mark.req("MAT-07")
async def test_not_found_is_journalled_without_the_number(
    client: Any, token_factory: Any, registry: Any
) -> None:
    await ask(client, token_factory, claim("absent"))

    async with registry.db.read() as session:
        row = (await session.execute(text("select object, result from journal"))).one()
    assert row.result == "not_found"
    assert PEOPLE["absent"].snils not in row.object


@pytest.mark.req("FRM-10")
async def test_silent_register_is_answered_from_the_mirror(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    first = (await ask(client, token_factory, claim("match"))).json()
    await upstream.faults(down=True)

    known = await ask(client, token_factory, claim("match", refresh=True))
    unknown = await ask(client, token_factory, claim("absent"))

    assert known.json() == first
    assert (unknown.status_code, unknown.json()["code"]) == (503, "register_unavailable")
    await upstream.faults()
    await registry.follower.follow()
    await upstream.faults(down=True)
    trusted = (await ask(client, token_factory, claim("absent"))).json()
    assert trusted["outcome"] == "not_found"
    assert trusted["fetched_at"] is not None


@pytest.mark.req("FRM-10")
async def test_slow_register_does_not_hold_the_sign_in(
    client: Any, token_factory: Any, upstream: Any, registry: Any
) -> None:
    await registry.follower.follow()
    await upstream.faults(slow=5)

    answer = await ask(client, token_factory, claim("match", refresh=True))

    assert answer.json()["outcome"] == "exact"
    assert answer.elapsed.total_seconds() < 3


@pytest.mark.req("MAT-01")
async def test_refresh_reads_a_correction_at_once(client: Any, token_factory: Any, upstream: Any) -> None:
    assert (await ask(client, token_factory, claim("conflict"))).json()["outcome"] == "conflict"
    upstream.patch("conflict", patronymic=PEOPLE["conflict"].patronymic)

    assert (await ask(client, token_factory, claim("conflict"))).json()["outcome"] == "conflict"
    assert (await ask(client, token_factory, claim("conflict", refresh=True))).json()["outcome"] == "exact"


@pytest.mark.req("MAT-02")
async def test_wrong_snils_is_refused_with_the_reason(client: Any, token_factory: Any) -> None:
    answer = await ask(client, token_factory, claim("match", snils="123-456-789 65"))

    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["pointer"] == "/snils"
    assert "контрольное число" in error["message"]


@pytest.mark.parametrize("caller", ["cycles", "gateway"])
async def test_only_identity_may_ask(client: Any, token_factory: Any, caller: str) -> None:
    assert (await ask(client, token_factory, claim("match"), caller=caller)).status_code == 403


async def test_people_may_not_ask(client: Any, token_factory: Any) -> None:
    answer = await client.post(
        "/internal/match", json=claim("match"), headers=token_factory.headers(aud="registry")
    )
    assert answer.status_code == 403
    assert (await client.post("/internal/match", json=claim("match"))).status_code == 401
