"""What is asked of identity and registry, over real HTTP."""

from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from nmo_applications.upstreams import Upstreams
from nmo_kit.errors import ConsentRequired, NotFound
from nmo_kit.http import UpstreamUnavailable
from nmo_kit.principal import Principal

PERSON = uuid4()
JOB = {
    "employer_oid": "1.2.3",
    "employer_name": "Больница",
    "employer_address": "Москва",
    "region_code": "77",
    "position": "Врач",
    "state_budget": True,
}


@pytest_asyncio.fixture(loop_scope="session")
async def owners():
    asked, answers = [], {"status": 200, "code": ""}

    async def disclose(request):
        body = await request.json()
        asked.append(body)
        item = {
            "person_id": str(PERSON),
            "last_name": "Кузнецова",
            "first_name": "Анна",
            "patronymic": None,
            "snils": "11223344595",
            "full_name": "Кузнецова Анна",
            "short_name": "Кузнецова А.",
            "email": None,
        }
        items = [item] if str(PERSON) in body["person_ids"] else []
        return web.json_response({"items": items}, status=answers["status"])

    async def employments(request):
        asked.append(await request.json())
        if answers["status"] != 200:
            return web.json_response({"code": answers["code"]}, status=answers["status"])
        return web.json_response({"items": [JOB]})

    app = web.Application()
    app.router.add_post("/internal/persons/disclose", disclose)
    app.router.add_post("/internal/employments", employments)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    upstreams = Upstreams(identity_url=url, registry_url=url, tokens=None)
    yield upstreams, asked, answers
    await upstreams.close()
    await runner.cleanup()


@pytest.mark.req("APP-02")
async def test_purposes_are_named_and_whom_it_is_about(owners):
    upstreams, asked, _ = owners
    viewer = Principal(str(PERSON), frozenset({"specialist"}), specialist_id=uuid4())
    assert (await upstreams.applicant(PERSON)).full_name == "Кузнецова Анна"
    assert await upstreams.short_names([PERSON, PERSON]) == {PERSON: "Кузнецова А."}
    assert [job.employer_oid for job in await upstreams.employments(viewer)] == ["1.2.3"]
    assert asked == [
        {"person_ids": [str(PERSON)], "purpose": "application_form"},
        {"person_ids": [str(PERSON)], "purpose": "application_queue"},
        {
            "person_id": str(PERSON),
            "specialist_id": str(viewer.specialist_id),
            "purpose": "application_form",
        },
    ]


async def test_nobody_is_asked_about_nobody(owners):
    upstreams, asked, _ = owners
    assert await upstreams.short_names([]) == {}
    assert await upstreams.employments(Principal(str(PERSON), frozenset())) == []
    assert asked == []


async def test_unknown_person_and_refusing_owner(owners):
    upstreams, _, answers = owners
    with pytest.raises(NotFound):
        await upstreams.applicant(uuid4())
    answers["status"] = 403
    with pytest.raises(UpstreamUnavailable):
        await upstreams.applicant(PERSON)
    viewer = Principal(str(PERSON), frozenset({"specialist"}), specialist_id=uuid4())
    with pytest.raises(UpstreamUnavailable):
        await upstreams.employments(viewer)
    answers["code"] = "consent_required"
    with pytest.raises(ConsentRequired):
        await upstreams.employments(viewer)
    answers["status"] = 500
    with pytest.raises(UpstreamUnavailable):
        await upstreams.short_names([PERSON])
