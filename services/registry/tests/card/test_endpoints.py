"""One's own card and documents (FRM-01)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from nmo_registry.frmr.record import stable_id


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
    assert (job["state_budget"], job["region_code"], job["rate"]) == (True, "77", "1.00")
    accreditation = card["accreditations"][0]
    assert (accreditation["specialty_key"], accreditation["exam_on"]) == ("VO-027", "2026-06-15")
    assert (accreditation["valid_until"], accreditation["kind"]) == ("2031-06-14", "periodic")
    assert accreditation["document_kind"] == "accreditation"
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
    assert [job["state_budget"] for job in card["employments"]] == [False, True, True]
    assert card["former_names"][0]["last_name"] == "Григорьева"


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
    assert [(item["kind"], item["exam_on"]) for item in old] == [("certificate", "2014-04-10")]


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


async def test_employments_are_disclosed_to_applications_only(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()
    body = {"specialist_id": str(specialist(upstream, "many")), "purpose": "application_form"}

    for caller, status in (("applications", 200), ("catalog", 403)):
        headers = {"authorization": f"Bearer {token_factory.service(caller, aud='registry')}"}
        answer = await client.post("/internal/employments", json=body, headers=headers)
        assert answer.status_code == status
        if status == 200:
            assert len(answer.json()["items"]) == 3
