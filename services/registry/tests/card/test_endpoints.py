"""One's own card and documents (FRM-01)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from nmo_contracts.purposes import MAIN
from nmo_kit import clock, consents
from nmo_registry.frmr.record import PARTS, stable_id


def specialist(upstream: Any, key: str) -> UUID:
    return stable_id("person", upstream.state.card(key=key)["oid"])


async def own(client: Any, token_factory: Any, path: str, spec: UUID | None, **claims: Any) -> Any:
    return await client.get(path, headers=token_factory.headers(aud="registry", spec=spec, **claims))


@pytest.mark.req("FRM-01")
async def test_card_shows_everything_with_its_age(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()

    answer = await own(client, token_factory, "/api/v1/register/card", specialist(upstream, "match"))

    assert answer.status_code == 200, answer.text
    card = answer.json()
    assert (card["last_name"], card["gender"], card["citizenship"]) == ("Журавская", "female", "РОССИЯ")
    assert card["snils_masked"].startswith("•••")
    assert upstream.state.card(key="match")["snils"] not in answer.text
    job = card["employments"][0]
    assert job["employer_oid"] == "1.2.643.5.1.13.13.12.2.77.7007"
    assert job["employer_short_name"] == "Городская больница № 7"
    assert (job["position"], job["department"]) == ("Врач-кардиолог", "Кардиологическое отделение")
    assert (job["state_budget"], job["region_code"], job["rate"]) == (True, "77", "1.00")
    accreditation = card["accreditations"][0]
    assert (accreditation["specialty_key"], accreditation["exam_on"]) == ("VO-027", "2026-06-15")
    assert (accreditation["valid_until"], accreditation["kind"]) == ("2031-06-14", "periodic")
    assert accreditation["document_kind"] == "accreditation"
    assert (accreditation["register_number"], accreditation["protocol_number"]) == ("77000121", "2606-121")
    assert card["certificates"][0]["specialty_name"] == "Кардиология"
    assert card["categories"][0]["name"] == "Первая"
    assert card["educations"][0]["specialty_name"] == "Лечебное дело"
    assert card["updated_at"]
    assert card["fetched_at"]


@pytest.mark.req("FRM-01")
async def test_many_has_two_specialties_three_jobs_and_a_former_surname(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()

    card = (await own(client, token_factory, "/api/v1/register/card", specialist(upstream, "many"))).json()

    assert {item["specialty_key"] for item in card["accreditations"]} == {"VO-097", "VO-027"}
    assert [job["rate"] for job in card["employments"]] == ["0.25", "0.50", "1.00"]
    assert [job["kind"] for job in card["employments"]] == ["secondary", "secondary", "main"]
    assert [job["department"] for job in card["employments"]] == [
        "",
        "Кабинет кардиолога",
        "Приёмное отделение",
    ]
    assert [job["state_budget"] for job in card["employments"]] == [False, True, True]
    assert card["former_names"][0]["last_name"] == "Григорьева"
    assert card["nominations"] == [
        {"name": "Нагрудный знак «Отличник здравоохранения»", "number": "10417", "awarded_on": "2019-06-11"}
    ]


@pytest.mark.req("FRM-01", "FRM-10")
async def test_each_part_tells_its_source_and_when_the_register_last_gave_it(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()
    whole, spec = upstream.state.card(key="many"), specialist(upstream, "many")
    short = {name: value for name, value in whole.items() if name not in {"educationExt", "personNomination"}}

    async def shown() -> tuple[dict[str, Any], dict[str, str]]:
        card = (await own(client, token_factory, "/api/v1/register/card", spec)).json()
        assert {part["source"] for part in card["parts"]} == {"frmr"}
        assert {part["register_version"] for part in card["parts"]} == {card["register_version"]}
        return card, {part["part"]: part["fetched_at"] for part in card["parts"]}

    async def compared_and_shown() -> tuple[dict[str, Any], dict[str, str]]:
        await registry.runtime.extras["reconciler"].run()
        return await shown()

    first, parts = await shown()
    assert parts == dict.fromkeys(["person", *PARTS], first["fetched_at"])
    async with registry.db.read() as session:
        read_at = (
            await session.execute(text("select fetched_at from specialist where id = :id"), {"id": spec})
        ).scalar_one()
    for step in (
        registry.follower.follow,
        registry.follower.follow,
        registry.runtime.extras["reconciler"].run,
    ):
        upstream.state.put_card(short)
        await step()
        card, parts = await shown()
        assert card["nominations"] == first["nominations"]
        for part in ("additional_education", "nominations"):
            assert datetime.fromisoformat(parts.pop(part)) == read_at
        assert set(parts.values()) == {card["fetched_at"]}
        assert card["fetched_at"] > first["fetched_at"]
    upstream.state.put_card(whole)
    card, parts = await compared_and_shown()
    assert set(parts.values()) == {card["fetched_at"]}, (
        "the whole card is here again, with nothing changed in it"
    )


@pytest.mark.req("FRM-10")
@pytest.mark.parametrize("by_dump", [False, True])
async def test_what_the_register_never_gave_is_told_so(
    client: Any, token_factory: Any, registry: Any, upstream: Any, by_dump: bool
) -> None:
    card = upstream.state.card(key="weak")
    upstream.state.put_card({name: value for name, value in card.items() if name != "personQualification"})
    for _ in range(2):
        await (registry.runtime.extras["reconciler"].run() if by_dump else registry.follower.follow())

    shown = (await own(client, token_factory, "/api/v1/register/card", specialist(upstream, "weak"))).json()

    assert [part["part"] for part in shown["parts"] if part["fetched_at"] is None] == ["categories"]


@pytest.mark.req("FRM-01")
async def test_documents_newest_first(client: Any, token_factory: Any, registry: Any, upstream: Any) -> None:
    await registry.follower.follow()

    items = (
        await own(client, token_factory, "/api/v1/register/documents", specialist(upstream, "match"))
    ).json()["items"]

    assert [item["kind"] for item in items] == ["accreditation", "certificate"]
    assert {"document_id", "series", "number", "exam_on", "issued_on", "valid_until", "specialty_key"} <= set(
        items[0]
    )


@pytest.mark.req("FRM-01")
async def test_protocol_and_old_certificate(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()

    path = "/api/v1/register/documents"
    protocol = (await own(client, token_factory, path, specialist(upstream, "protocol"))).json()["items"]
    old = (await own(client, token_factory, path, specialist(upstream, "before2016"))).json()["items"]

    assert [(item["kind"], item["number"].strip("0")) for item in protocol] == [
        ("accreditation_protocol", "")
    ]
    assert [(item["register_number"], item["protocol_number"]) for item in protocol] == [
        ("А-000121", "2607-121")
    ]
    assert [(item["kind"], item["exam_on"]) for item in old] == [("certificate", "2014-04-10")]
    assert [(item["register_number"], item["protocol_number"]) for item in old] == [("", "")]


@pytest.mark.req("FRM-10")
async def test_age_is_of_the_last_full_pass(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()
    spec = specialist(upstream, "weak")
    first = (await own(client, token_factory, "/api/v1/register/card", spec)).json()
    await registry.follower.follow()
    second = (await own(client, token_factory, "/api/v1/register/card", spec)).json()
    await upstream.faults(down=True)
    await registry.follower.follow(force=True)
    silent = (await own(client, token_factory, "/api/v1/register/card", spec)).json()

    assert second["fetched_at"] > first["fetched_at"]
    assert second["updated_at"] == first["updated_at"]
    assert silent == second


@pytest.mark.req("MAT-05")
async def test_person_outside_the_register(client: Any, token_factory: Any) -> None:
    card = await own(client, token_factory, "/api/v1/register/card", None, entry="limited")
    documents = await own(client, token_factory, "/api/v1/register/documents", None, entry="limited")

    assert (card.status_code, card.json()["code"]) == (404, "not_in_register")
    assert documents.json() == {"items": [], "next_cursor": None}


@pytest.mark.req("SSO-04")
@pytest.mark.parametrize("path", ["/api/v1/register/card", "/api/v1/register/documents"])
async def test_closed_without_consent_and_to_others(client: Any, token_factory: Any, path: str) -> None:
    spec = uuid4()
    refused = await own(client, token_factory, path, spec, consent=False)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    assert (await own(client, token_factory, path, spec, entry="conflict")).status_code == 403
    assert (await own(client, token_factory, path, spec, roles=("org_staff",))).status_code == 403
    assert (await client.get(path)).status_code == 401


async def test_progress_is_for_services_and_staff(client: Any, token_factory: Any, registry: Any) -> None:
    await registry.follower.follow()
    service = {"authorization": f"Bearer {token_factory.service('gateway', aud='registry')}"}

    done = await client.post("/internal/sync/run", headers=service)
    progress = await client.get("/internal/sync", headers=service)

    assert done.json()["complete"] is True
    assert progress.json()["applied_total"] == 9
    assert progress.json()["remaining"] == 0
    assert progress.json()["age_s"] >= 0
    assert (
        await client.post("/internal/sync/run", headers=token_factory.headers(aud="registry"))
    ).status_code == 403


@pytest.mark.req("AUD-01", "SSO-05", "APP-02")
async def test_employments_are_told_to_applications_only_and_the_person_sees_it(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    card = upstream.state.card(key="many")
    jobs = card["personCards"]
    upstream.patch("many", personCards=[{**jobs[0], "endDate": "2026-01-31"}, *jobs[1:]])
    await registry.follower.follow()
    person_id, spec = uuid4(), specialist(upstream, "many")
    body = {"person_id": str(person_id), "specialist_id": str(spec), "purpose": "application_form"}

    async def ask(caller: str) -> Any:
        headers = {"authorization": f"Bearer {token_factory.service(caller, aud='registry')}"}
        return await client.post("/internal/employments", json=body, headers=headers)

    async def seen() -> list[dict[str, Any]]:
        headers = token_factory.headers(aud="registry", sub=person_id, roles=("person",))
        path = "/api/v1/register/journal?kind=look"
        return (await client.get(path, headers=headers)).json()["items"]  # type: ignore[no-any-return]

    assert (await ask("catalog")).status_code == 403
    items = (await ask("applications")).json()["items"]
    assert len(items) == 2, "a former job is nothing for a form"
    assert {"began_on", "ended_on", "rate"}.isdisjoint(items[0])
    (row,) = await seen()
    assert row["title"] == "Места работы из регистра переданы сервису портала для документа заявки"
    assert row["fields"] == sorted(items[0])

    async with registry.db.write() as session:
        await consents.note(session, person_id, MAIN, granted=False, at=clock.now())
    refused = await ask("applications")
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    assert len(await seen()) == 1
