"""The organisation's routes: queue, decisions, enrolment, results."""

from datetime import timedelta
from uuid import uuid4

import pytest

from nmo_applications.workplace.rules import result_faults
from nmo_kit import clock
from nmo_testkit import drain_outbox

QUEUE = "/api/v1/organization/applications"


@pytest.mark.req("APP-05")
async def test_queue_shows_what_was_submitted_with_names_asked_once(world):
    element_id = await world.element()
    await world.draft(element_id=element_id)
    applications = [await world.submitted(element_id=element_id) for _ in range(2)]
    page = (await world.http.get(QUEUE, headers=world.staff)).json()
    assert [item["number"] for item in page["items"]] == [a["number"] for a in applications[::-1]]
    assert {item["applicant"]["short_name"] for item in page["items"]} == {"Кузнецова А. С."}
    assert world.upstreams.asked_names == 1
    assert page["items"][0]["allowed"] == ["confirm", "request_documents", "reject"]
    found = await world.http.get(QUEUE, params={"q": applications[0]["number"][4:11]}, headers=world.staff)
    assert [item["number"] for item in found.json()["items"]] == [applications[0]["number"]]
    none = await world.http.get(QUEUE, params={"status": "enrolled"}, headers=world.staff)
    assert none.json()["items"] == []


async def test_queue_stays_usable_without_identity(world):
    await world.submitted()
    world.upstreams.down = True
    page = (await world.http.get(QUEUE, headers=world.staff)).json()
    assert page["items"][0]["applicant"]["short_name"] is None


@pytest.mark.req("APP-05")
async def test_one_application_shows_the_frozen_applicant_and_is_journalled(world):
    application = await world.submitted()
    world.upstreams.people[world.person_id] = None
    answer = await world.http.get(f"{QUEUE}/{application['application_id']}", headers=world.staff)
    assert answer.json()["applicant"] == {
        "short_name": "Кузнецова А. С.",
        "full_name": "Кузнецова Анна Сергеевна",
        "snils": "112-233-445 95",
    }
    assert "organization.application.read" in await world.journal_actions()


async def test_confirmation_demands_a_held_seat(world):
    application = await world.submitted(seat=False)
    answer = await world.organization_does(application, "confirm")
    assert (answer.status_code, answer.json()["code"]) == (409, "seat_pending")


@pytest.mark.req("APP-05", "APP-06", "APP-08")
async def test_from_confirmation_to_the_result(world):
    application = await world.submitted()
    await drain_outbox(world.db)
    assert (await world.organization_does(application, "confirm")).json()["status"] == "confirmed"
    assert (await world.organization_does(application, "enrol")).json()["status"] == "enrolled"
    today = clock.today()
    result = {"completed_on": str(today), "certificate_number": "УПК-770012", "passed": True}
    answer = await world.organization_does(application, "complete", **result)
    assert answer.json()["status"] == "completed"
    events = await drain_outbox(world.db)
    assert [event.type_name.split(".")[2] for event in events] == ["confirmed", "enrolled", "completed"]
    assert events[-1].data["zet"] == "72.00"
    assert events[-1].data["completed_on"] == str(today)
    assert events[-1].data["certificate_number"] == "УПК-770012"
    versions = [event.subjectversion for event in events]
    assert versions == sorted(set(versions))
    again = await world.organization_does(application, "complete", **result)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
    assert await drain_outbox(world.db) == []


async def test_repeated_decision_with_a_key_is_done_once_and_keeps_no_names(world):
    from sqlalchemy import text

    application = await world.submitted()
    await drain_outbox(world.db)
    path = f"{QUEUE}/{application['application_id']}/confirm"
    headers = {**world.staff, "Idempotency-Key": "confirm-1"}
    first = await world.http.post(path, headers=headers)
    second = await world.http.post(path, headers=headers)
    assert first.json() == second.json()
    assert second.json()["applicant"]["full_name"] == "Кузнецова Анна Сергеевна"
    assert len(await drain_outbox(world.db)) == 1
    async with world.db.read() as session:
        stored = (await session.execute(text("select response::text from idempotency_key"))).scalar_one()
    assert "Кузнецова" not in stored
    assert "snils" not in stored


async def test_failed_course_needs_no_certificate(world):
    application = await world.submitted()
    await world.organization_does(application, "confirm")
    await world.organization_does(application, "enrol")
    answer = await world.organization_does(application, "complete", passed=False)
    assert answer.json()["status"] == "failed"
    assert (await drain_outbox(world.db))[-1].type_name == "applications.application.failed.v1"


async def test_result_without_number_or_from_the_future_is_refused(world):
    application = await world.submitted()
    await world.organization_does(application, "confirm")
    await world.organization_does(application, "enrol")
    tomorrow = clock.today() + timedelta(days=1)
    answer = await world.organization_does(
        application, "complete", passed=True, completed_on=str(tomorrow), certificate_number=" "
    )
    found = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert found == {("/completed_on", "in_future"), ("/certificate_number", "required")}


@pytest.mark.req("APP-05")
async def test_rejection_and_request_of_documents_carry_words(world):
    application = await world.submitted()
    empty = await world.organization_does(application, "reject", reason="   ")
    assert empty.status_code == 422
    asked = await world.organization_does(application, "request-documents", message="Пришлите диплом")
    assert asked.json()["status"] == "documents_requested"
    own = f"/api/v1/applications/{application['application_id']}"
    seen = (await world.http.get(own, headers=world.person)).json()
    assert (seen["reason"], seen["allowed"]) == ("Пришлите диплом", ["edit", "submit", "withdraw"])
    again = await world.http.post(f"{own}/submit", headers=world.person)
    assert (again.json()["status"], again.json()["seat"]) == ("submitted", "held")
    rejected = await world.organization_does(application, "reject", reason="Нет диплома")
    assert rejected.json()["status"] == "rejected"
    assert (await drain_outbox(world.db))[-1].data["reason_code"] == "rejected_by_organization"


@pytest.mark.parametrize("what", ["confirm", "enrol", "history", ""])
async def test_another_organisation_finds_nothing(world, what):
    application = await world.submitted()
    other = world.headers(roles=("org_staff",), org=uuid4())
    method = "POST" if what in {"confirm", "enrol"} else "GET"
    path = f"{QUEUE}/{application['application_id']}/{what}".rstrip("/")
    assert (await world.http.request(method, path, headers=other)).status_code == 404


async def test_draft_is_not_shown_to_the_organisation(world):
    application = await world.draft()
    answer = await world.http.get(f"{QUEUE}/{application['application_id']}", headers=world.staff)
    assert answer.status_code == 404


async def test_specialist_may_not_decide(world):
    application = await world.submitted()
    answer = await world.http.post(f"{QUEUE}/{application['application_id']}/confirm", headers=world.person)
    assert answer.status_code == 403
    nobody = world.headers(roles=("org_staff",))
    assert (await world.http.get(QUEUE, headers=nobody)).status_code == 403


def test_result_before_the_application_is_refused():
    today = clock.today()
    faults = result_faults(
        passed=True,
        completed_on=today - timedelta(days=9),
        certificate_number="1",
        submitted_on=today - timedelta(days=5),
        today=today,
    )
    assert [(pointer, code) for pointer, code, _ in faults] == [("/completed_on", "before_application")]
