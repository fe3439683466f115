"""The register's own paths, who may call them, and the faults on demand."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from nmo_sandbox.frmr import synthetic
from nmo_sandbox.frmr.app import create_app
from nmo_sandbox.frmr.people_cards import cards
from nmo_sandbox.frmr.shelf import Shelf
from nmo_sandbox.people import people
from nmo_sandbox.settings import SandboxSettings

MO = {"mo": "1.2.643.5.1.13.13.12.2.77.1"}


async def read_feed(client: Any, cursor: str = "", limit: int = 4) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    while True:
        answer = await client.get("/person/changes", params={"cursor": cursor, "limit": limit})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body["content"]
        cursor = body["nextCursor"]
        if len(body["content"]) < limit:
            return found, cursor


async def test_card_by_snils_has_the_registers_shape(frmr: Any) -> None:
    match = next(person for person in people() if person.key == "match")

    answer = await frmr.get("/person/full", params={**MO, "snils": match.snils})

    body = answer.json()
    assert set(body) == {"requestId", "content"}
    card = body["content"]
    assert (card["lastName"], card["gender"], card["birthDate"][:10]) == ("Журавская", 2, "1984-03-17")
    procedure = card["personAccreditation"][0]["accreditationProcedures"][0]
    assert (procedure["mpSpec"]["name"], procedure["passDate"][:4], procedure["passed"]) == (
        "Кардиология",
        "2026",
        True,
    )
    assert card["personCards"][0]["organization"] == "1.2.643.5.1.13.13.12.2.77.7007"


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ("cert", "examDate"),
        ("accreditation", "accreditationProcedures"),
        ("prof", "institutionName"),
        ("qualification", "specName"),
    ],
)
async def test_blocks(frmr: Any, block: str, field: str) -> None:
    card = cards()["match"]
    content = (await frmr.get(f"/person/{block}", params={**MO, "oid": card["oid"]})).json()["content"]
    assert field in content[0]


async def test_jobs_need_the_surname(frmr: Any) -> None:
    card = cards()["many"]
    params = {**MO, "oid": card["oid"]}

    jobs = await frmr.get("/person/card", params={**params, "lastName": card["lastName"]})
    other = await frmr.get("/person/card", params={**params, "lastName": "Другая"})

    assert len(jobs.json()["content"]) == 3
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"oid": "1"}, 400, "MO_REQUIRED"),
        (MO, 400, "KEY_REQUIRED"),
        ({**MO, "oid": "2024.0000000"}, 404, "PERSON_NOT_FOUND"),
        ({**MO, "snils": "97184742155"}, 404, "PERSON_NOT_FOUND"),
    ],
)
async def test_errors_have_the_registers_shape(
    frmr: Any, params: dict[str, str], status: int, code: str
) -> None:
    answer = await frmr.get("/person", params=params)
    assert answer.status_code == status
    assert set(answer.json()) == {"timestamp", "code", "reasonPhrase", "message"}
    assert answer.json()["code"] == code


async def test_organisation_and_reference_books(frmr: Any) -> None:
    hospital = (await frmr.get("/org/1.2.643.5.1.13.13.12.2.77.7007")).json()["content"]
    assert (hospital["nameShort"], hospital["stateBudget"]) == ("Городская больница № 7", True)
    assert (await frmr.get("/org/1.2.3")).status_code == 404

    query = {"userKey": "any", "identifier": "1.2.643.5.1.13.13.11.1066"}
    passport = (await frmr.get("/port/rest/passport", params=query)).json()
    page = (await frmr.get("/port/rest/data", params={**query, "page": 2, "size": 100})).json()
    assert (passport["result"], passport["rowsCount"]) == ("OK", 155)
    assert (page["total"], len(page["list"])) == (155, 55)
    assert {cell["column"] for cell in page["list"][0]} == {"ID", "NAME", "PARENT", "REL", "DATEOUT"}
    one = await frmr.get(
        "/port/rest/data", params={**query, "filters": "NAME|Кардиология", "columns": "ID,PARENT"}
    )
    assert one.json()["list"] == [[{"column": "ID", "value": "1027"}, {"column": "PARENT", "value": "1"}]]
    missing = await frmr.get("/port/rest/data", params={**query, "version": "0"})
    assert missing.json()["result"] == "ERROR"


async def test_versions_of_a_book_stand_side_by_side(frmr: Any, tmp_path: Any) -> None:
    oid = "1.2.643.5.1.13.13.99.2.206"
    query = {"userKey": "any", "identifier": oid}
    wanted = {"version": "6.6", "put": [{"ID": "77", "NAME": "Москва"}], "drop": ["99"], "notes": "Новое имя"}

    made = await frmr.post(f"/sandbox/books/{oid}/versions", json=wanted)
    again = await frmr.post(f"/sandbox/books/{oid}/versions", json=wanted)

    assert (made.status_code, again.status_code) == (201, 409)
    assert made.json()["rowsCount"] == 89
    listed = (await frmr.get("/port/rest/versions", params=query)).json()["list"]
    assert [item["version"] for item in listed] == ["6.6", "6.5"]
    names = [
        (await frmr.get("/port/rest/data", params={**query, "version": version, "filters": "ID|77"})).json()[
            "list"
        ][0][1]["value"]
        for version in ("6.5", "6.6")
    ]
    assert names == ["г. Москва", "Москва"]
    assert (await frmr.get("/port/rest/passport", params=query)).json()["releaseNotes"] == "Новое имя"

    kept = Shelf(tmp_path)
    kept.publish(oid, "7.0", "2027-01-01", ({"ID": "77", "NAME": "Москва"},), "")
    assert [book.version for book in Shelf(tmp_path).versions(oid)] == ["7.0", "6.5"]


async def test_feed_shows_each_person_once_at_the_newest_place(frmr: Any) -> None:
    first, cursor = await read_feed(frmr)
    assert {item["oid"] for item in first} == {card["oid"] for card in cards().values()}

    await frmr.patch("/sandbox/cards/weak", json={"patronymic": "Маратович"})
    await frmr.patch("/sandbox/cards/match", json={"phone": "1"})
    await frmr.patch("/sandbox/cards/weak", json={"phone": "2"})
    await frmr.delete("/sandbox/cards/many")

    news, last = await read_feed(frmr, cursor)
    known = cards()
    assert [(item["oid"], item["removed"]) for item in news] == [
        (known["match"]["oid"], False),
        (known["weak"]["oid"], False),
        (known["many"]["oid"], True),
    ]
    assert (await read_feed(frmr, last))[0] == []
    expired = await frmr.get("/person/changes", params={"cursor": "other.1"})
    assert (expired.status_code, expired.json()["code"]) == (410, "CURSOR_EXPIRED")


async def test_bulk_cards_are_the_same_again_and_can_be_edited(frmr: Any) -> None:
    _, cursor = await read_feed(frmr)
    made = (await frmr.post("/sandbox/generate", json={"count": 100_000, "seed": 5})).json()
    assert made["total"] == 100_000 + len(cards())
    by_snils = await frmr.get("/person/full", params={**MO, "snils": made["first_snils"]})
    by_oid = await frmr.get("/person/full", params={**MO, "oid": made["first_oid"]})
    assert by_snils.json()["content"] == by_oid.json()["content"]

    first = await frmr.get("/person/changes", params={"cursor": cursor, "limit": 3})
    assert first.json()["total"] == 100_000
    assert first.json()["content"][0]["oid"] == made["first_oid"]

    await frmr.patch(f"/sandbox/cards/{made['first_oid']}", json={"lastName": "Новая"})
    again = await frmr.get("/person/changes", params={"cursor": cursor, "limit": 3})
    assert again.json()["total"] == 100_000
    assert made["first_oid"] not in {item["oid"] for item in again.json()["content"]}
    changed = await frmr.get("/person", params={**MO, "oid": made["first_oid"]})
    assert changed.json()["content"]["lastName"] == "Новая"
    assert (await frmr.get("/person/list", params={**MO, "offset": 50_000, "limit": 2})).json()[
        "total"
    ] == made["total"]


def test_most_jobs_name_a_department_and_every_passed_procedure_its_protocol() -> None:
    found = [*cards().values(), *(synthetic.card(number, 1) for number in range(1, 1001))]

    departments = [job["nrPmuDepartName"] for card in found for job in card["personCards"]]
    procedures = [
        procedure
        for card in found
        for accreditation in card["personAccreditation"]
        for procedure in accreditation["accreditationProcedures"]
        if procedure["passed"]
    ]

    assert 0.8 * len(departments) < sum(map(bool, departments)) < len(departments)
    assert len(set(departments)) > 5
    assert procedures
    assert all(procedure["protocolNumber"] and procedure["registryNumber"] for procedure in procedures)


async def test_state_outlives_a_restart(tmp_path: Any) -> None:

    first = create_app(SandboxSettings(state=tmp_path)).state.register
    first.put_card({**first.card(key="match"), "lastName": "Другая"})
    first.generate(3, seed=1)
    count, feed = first.count(), first.feed_id
    first.close()

    second = create_app(SandboxSettings(state=tmp_path)).state.register
    assert (second.count(), second.feed_id) == (count, feed)
    assert second.card(key="match")["lastName"] == "Другая"
    second.close()


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "other.example.org"}, "TOKEN_AUDIENCE"),
        ({"iss": "nobody"}, "UNKNOWN_SYSTEM"),
        ({"exp": int(time.time()) + 3600}, "TOKEN_EXPIRED"),
        ({"iat": int(time.time()) - 900, "exp": int(time.time()) - 600}, "TOKEN_EXPIRED"),
        ({"key": RSAKey.generate_key(2048)}, "TOKEN_INVALID"),
        (None, "TOKEN_REQUIRED"),
    ],
)
async def test_who_may_call(frmr: Any, mint: Any, claims: dict[str, Any] | None, code: str) -> None:
    headers = {"authorization": "" if claims is None else f"Bearer {mint(**claims)}"}
    answer = await frmr.get("/person", params={**MO, "oid": "1"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_faults(frmr: Any) -> None:
    path, params = "/person", {**MO, "oid": cards()["match"]["oid"]}

    await frmr.put("/sandbox/faults", json={"error_every": 2})
    assert sorted([(await frmr.get(path, params=params)).status_code for _ in range(4)]) == [
        200,
        200,
        500,
        500,
    ]
    await frmr.put("/sandbox/faults", json={"down": True})
    assert (await frmr.get(path, params=params)).status_code == 503
    assert (await frmr.get("/livez")).status_code == 200
    await frmr.put("/sandbox/faults", json={"broken_json": True})
    with pytest.raises(ValueError, match=r"Unterminated|EOF|Expecting"):
        (await frmr.get(path, params=params)).json()
    await frmr.put("/sandbox/faults", json={})
    assert (await frmr.get(path, params=params)).status_code == 200


async def test_cards_added_by_hand(frmr: Any) -> None:
    card = {**cards()["match"], "oid": "2026.0000001", "snils": "97184742155"}

    added = await frmr.post("/sandbox/cards", json=card)
    found = await frmr.get("/person", params={**MO, "snils": "97184742155"})

    assert added.status_code == 201
    assert found.json()["content"]["oid"] == "2026.0000001"
    assert (await frmr.post("/sandbox/cards", json={"oid": "1"})).status_code == 422
    assert (await frmr.patch("/sandbox/cards/2026.0000001", json={"oid": "2"})).status_code == 422
    assert (await frmr.patch("/sandbox/cards/nobody", json={})).status_code == 404
