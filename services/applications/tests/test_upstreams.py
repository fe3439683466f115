"""What is asked of identity and registry, over real HTTP."""

from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from nmo_applications.upstreams import Upstreams
from nmo_kit.errors import NotFound
from nmo_kit.http import UpstreamUnavailable

PERSON = uuid4()
JOB = {
    "employer_oid": "1.2.3",
    "employer_name": "Больница",
    "employer_address": "Москва",
    "region_code": "77",
    "position": "Врач",
    "state_budget": True,
    "began_on": "2020-01-01",
}


@pytest_asyncio.fixture(loop_scope="session")
async def owners():
    asked, answers = [], {"status": 200}

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
        jobs = [{**JOB, "ended_on": "2024-01-01"}, {**JOB, "ended_on": None, "employer_oid": "4.5.6"}]
        return web.json_response({"items": jobs})

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
async def test_purposes_are_named_and_former_jobs_left_out(owners):
    upstreams, asked, _ = owners
    specialist_id = uuid4()
    assert (await upstreams.applicant(PERSON)).full_name == "Кузнецова Анна"
    assert await upstreams.short_names([PERSON, PERSON]) == {PERSON: "Кузнецова А."}
    assert [job.employer_oid for job in await upstreams.employments(specialist_id)] == ["4.5.6"]
    assert asked == [
        {"person_ids": [str(PERSON)], "purpose": "application_form"},
        {"person_ids": [str(PERSON)], "purpose": "application_queue"},
        {"specialist_id": str(specialist_id), "purpose": "application_form"},
    ]


async def test_nobody_is_asked_about_nobody(owners):
    upstreams, asked, _ = owners
    assert await upstreams.short_names([]) == {}
    assert await upstreams.employments(None) == []
    assert asked == []


async def test_unknown_person_and_refusing_owner(owners):
    upstreams, _, answers = owners
    with pytest.raises(NotFound):
        await upstreams.applicant(uuid4())
    answers["status"] = 403
    with pytest.raises(UpstreamUnavailable):
        await upstreams.applicant(PERSON)
    answers["status"] = 500
    with pytest.raises(UpstreamUnavailable):
        await upstreams.short_names([PERSON])
