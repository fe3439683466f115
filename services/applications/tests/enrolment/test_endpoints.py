"""The person's routes: form, submission, withdrawal, deletion, history, permissions."""

from uuid import uuid4

import pytest

from nmo_testkit import drain_outbox

API = "/api/v1/applications"
FORM = {
    "employment": "employed",
    "position": "Врач-кардиолог",
    "workplace_name": "Городская больница № 7",
    "workplace_address": "г. Москва, ул. Примерная, д. 7",
    "region_code": "77",
    "basis": "contract",
    "payer": "person",
}


def path_of(application):
    return f"{API}/{application['application_id']}"


async def test_form_is_saved_with_a_version(world):
    application = await world.draft()
    read = await world.http.get(path_of(application), headers=world.person)
    assert read.headers["etag"] == '"1"'
    saved = await world.http.patch(
        path_of(application), json=FORM, headers={**world.person, "If-Match": '"1"'}
    )
    assert saved.status_code == 200
    assert saved.headers["etag"] == '"2"'
    assert saved.json()["form"] == {**FORM, "employer_oid": None}
    assert [document["kind"] for document in saved.json()["documents"]] == ["application"]
    stale = await world.http.patch(
        path_of(application), json={"position": "Другая"}, headers={**world.person, "If-Match": '"1"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    again = await world.http.patch(path_of(application), json=FORM, headers=world.person)
    assert again.json()["version"] == 2, "saving the same form changes nothing"


@pytest.mark.req("APP-02")
async def test_form_is_suggested_from_the_register(world):
    application = await world.draft()
    answer = (await world.http.get(f"{path_of(application)}/employments", headers=world.person)).json()
    assert answer["suggested"]["workplace_name"] == "Городская больница № 7"
    assert answer["suggested"]["position"] == "Врач-кардиолог"
    assert answer["items"][0]["state_budget"] is True


@pytest.mark.req("APP-02")
async def test_not_working_empties_position_and_place(world):
    application = await world.draft()
    await world.http.patch(path_of(application), json=FORM, headers=world.person)
    saved = await world.http.patch(
        path_of(application), json={"employment": "unemployed"}, headers=world.person
    )
    assert saved.json()["form"]["position"] is None
    assert saved.json()["form"]["workplace_name"] is None


@pytest.mark.req("APP-03")
async def test_server_enforces_payer_and_budget(world):
    application = await world.draft()
    answer = await world.http.patch(path_of(application), json={**FORM, "payer": None}, headers=world.person)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/payer", "required")
    budget = {**FORM, "basis": "budget", "payer": None}
    assert (
        await world.http.patch(path_of(application), json=budget, headers=world.person)
    ).status_code == 200
    world.upstreams.jobs = [job.model_copy(update={"state_budget": False}) for job in world.upstreams.jobs]
    answer = await world.http.patch(
        path_of(application), json={**budget, "position": "Врач"}, headers=world.person
    )
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/basis"]
    submitted = await world.http.post(f"{path_of(application)}/submit", headers=world.person)
    assert submitted.status_code == 422, "the budget is judged again at submission"


async def test_chosen_employer_must_be_in_the_register(world):
    application = await world.draft()
    answer = await world.http.patch(
        path_of(application), json={**FORM, "employer_oid": "9.9.9"}, headers=world.person
    )
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/employer_oid"]


async def test_form_without_need_of_the_register_is_saved_while_it_is_down(world):
    application = await world.draft()
    world.upstreams.down = True
    assert (await world.http.patch(path_of(application), json=FORM, headers=world.person)).status_code == 200
    answer = await world.http.patch(path_of(application), json={"basis": "budget"}, headers=world.person)
    assert (answer.status_code, answer.json()["code"]) == (503, "upstream_unavailable")


async def test_unknown_fields_and_values_are_refused(world):
    application = await world.draft()
    for body in ({"status": "confirmed"}, {"basis": "free"}, {"employment": "retired"}):
        answer = await world.http.patch(path_of(application), json=body, headers=world.person)
        assert answer.status_code == 422


@pytest.mark.req("APP-06")
async def test_submission_freezes_the_applicant_and_asks_for_a_seat(world):
    application = await world.draft()
    early = await world.http.post(f"{path_of(application)}/submit", headers=world.person)
    assert early.status_code == 422
    await world.http.patch(path_of(application), json=FORM, headers=world.person)
    await drain_outbox(world.db)
    answer = await world.http.post(f"{path_of(application)}/submit", headers=world.person)
    body = answer.json()
    assert (body["status"], body["seat"], body["status_title"]) == ("submitted", "pending", "На рассмотрении")
    (event,) = await drain_outbox(world.db)
    assert event.type_name == "applications.application.submitted.v1"
    assert event.subjectversion == body["version"]
    assert "Кузнецова" not in str(event.data)
    twice = await world.http.post(f"{path_of(application)}/submit", headers=world.person)
    assert (twice.status_code, twice.json()["code"]) == (409, "illegal_move")
    assert "На рассмотрении" in twice.json()["detail"]
    assert twice.json()["present_status"] == "submitted"
    edited = await world.http.patch(path_of(application), json={"position": "Врач"}, headers=world.person)
    assert edited.status_code == 409


async def test_repeated_submission_with_a_key_is_answered_as_the_first(world):
    application = await world.draft()
    await world.http.patch(path_of(application), json=FORM, headers=world.person)
    await drain_outbox(world.db)
    headers = {**world.person, "Idempotency-Key": "submit-1"}
    first = await world.http.post(f"{path_of(application)}/submit", headers=headers)
    second = await world.http.post(f"{path_of(application)}/submit", headers=headers)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert len(await drain_outbox(world.db)) == 1


async def test_found_by_number(world):
    application = await world.draft()
    await world.draft()
    found = await world.http.get(API, params={"number": application["number"]}, headers=world.person)
    assert [item["number"] for item in found.json()["items"]] == [application["number"]]


@pytest.mark.req("APP-06")
async def test_history_tells_who_when_and_why(world):
    application = await world.submitted()
    await world.organization_does(application, "request-documents", message="Пришлите диплом")
    answer = await world.http.get(f"{path_of(application)}/history", headers=world.person)
    lines = answer.json()["items"]
    assert [(line["from"], line["to"], line["actor_role"]) for line in lines] == [
        (None, "draft", "system"),
        ("draft", "submitted", "specialist"),
        ("submitted", "documents_requested", "organization"),
    ]
    assert lines[-1]["reason"] == "Пришлите диплом"
    assert all(line["at"].endswith("Z") for line in lines)


async def test_withdrawal(world):
    application = await world.submitted()
    answer = await world.http.post(
        f"{path_of(application)}/withdraw", json={"reason": "Передумала"}, headers=world.person
    )
    assert (answer.json()["status"], answer.json()["reason"]) == ("withdrawn", "Передумала")
    assert answer.json()["allowed"] == ["delete"]
    assert (await drain_outbox(world.db))[-1].type_name == "applications.application.withdrawn.v1"


@pytest.mark.req("APP-07")
async def test_deletion_is_soft_and_can_be_shown(world):
    application = await world.submitted()
    assert (await world.http.delete(path_of(application), headers=world.person)).status_code == 204
    live = await world.http.get(API, headers=world.person)
    assert live.json()["items"] == []
    (gone,) = (await world.http.get(API, params={"deleted": True}, headers=world.person)).json()["items"]
    assert (gone["deleted"], gone["allowed"], gone["status"]) == (True, [], "submitted")
    assert (await drain_outbox(world.db))[-1].type_name == "applications.application.deleted.v1"
    again = await world.http.delete(path_of(application), headers=world.person)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
    queue = await world.http.get("/api/v1/organization/applications", headers=world.staff)
    assert queue.json()["items"] == []


async def test_confirmed_application_cannot_be_deleted(world):
    application = await world.submitted()
    await world.organization_does(application, "confirm")
    answer = await world.http.delete(path_of(application), headers=world.person)
    assert answer.status_code == 409
    assert "Одобрена" in answer.json()["detail"]


async def test_list_is_paged_newest_first(world):
    element_id = await world.element()
    numbers = [(await world.draft(element_id=element_id))["number"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await world.http.get(API, params=params, headers=world.person)).json()
        seen += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == numbers[::-1]
    bad = await world.http.get(API, params={"cursor": "eyJiZWZvcmUiOiJ4In0"}, headers=world.person)
    assert bad.status_code == 422


async def test_other_people_see_nothing(world):
    application = await world.draft()
    stranger = world.headers(sub=uuid4())
    for method, path in (
        ("GET", path_of(application)),
        ("GET", f"{path_of(application)}/history"),
        ("GET", f"{path_of(application)}/employments"),
        ("GET", f"{path_of(application)}/documents/application.pdf"),
        ("POST", f"{path_of(application)}/submit"),
        ("POST", f"{path_of(application)}/withdraw"),
        ("DELETE", path_of(application)),
    ):
        assert (await world.http.request(method, path, headers=stranger)).status_code == 404, path
    patched = await world.http.patch(path_of(application), json=FORM, headers=stranger)
    assert patched.status_code == 404
    assert (await world.http.get(API, headers=stranger)).json()["items"] == []


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"consent": False}, 403, "consent_required"),
        ({"entry": "conflict"}, 403, "entry_restricted"),
        ({"roles": ("org_staff",)}, 403, "forbidden"),
        ({"aud_": "cycles"}, 401, "token_refused"),
    ],
)
async def test_who_may_not(world, claims, status, code):
    audience = claims.pop("aud_", "applications")
    headers = world.tokens.headers(aud=audience, **claims)
    answer = await world.http.get(API, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_without_a_token_nothing(world):
    assert (await world.http.get(API)).status_code == 401
