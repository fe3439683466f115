"""Tying a provider from the browser: begun by a checked POST, led through the sign-out, finished in this session alone."""

import pytest
from aiohttp import web

START = "/cabinet/settings/links/start/esia"
LEAVE = "http://esia.example/idp/ext/Logout?redirect_url=x"
ASK = "http://esia.example/aas/oauth2/ac?state=s"


@pytest.fixture
def links(running):
    """Identity's side of links; what it was sent."""
    sent = []

    async def start(request):
        sent.append(await request.json())
        return web.json_response({"authorize_url": ASK, "sign_out_url": LEAVE}, status=201)

    async def finish(request):
        sent.append(await request.json())
        problem = {
            "status": 409,
            "code": "link_taken",
            "title": "Эта запись уже привязана",
            "detail": "Занята",
        }
        return web.json_response(problem, status=409)

    running.identity.answers["/api/v1/me/links"] = start
    running.identity.answers["/internal/links/finish"] = finish
    return sent


async def begun(running, browser):
    return await browser.post(START, data={"csrf_token": await running.csrf(browser)})


@pytest.mark.req("REG-09", "P13", "T12")
async def test_link_is_begun_by_a_checked_post_alone(running, links):
    browser = running.browser()
    await browser.sign_in()
    assert (await browser.get(START)).status == 405
    assert (await browser.post(START, data={})).status == 403
    assert links == []
    answer = await begun(running, browser)
    assert (answer.status, answer.headers["Location"]) == (303, LEAVE)
    assert links[0]["provider"] == "esia"
    assert len(links[0]["flow_id"]) == 64


@pytest.mark.req("REG-09", "P13", "T01")
async def test_callback_ties_and_never_signs_in(running, links):
    browser = running.browser()
    await browser.sign_in()
    await begun(running, browser)
    back = await browser.get("/auth/esia/confirm")
    assert back.headers["Location"] == ASK
    answer = await browser.get("/auth/esia/callback?state=s&code=c")
    assert answer.headers["Location"] == "/cabinet/settings/links?refused=link_taken"
    finished = links[1]
    assert finished["query"] == {"state": "s", "code": "c"}
    assert finished["flow_id"] == links[0]["flow_id"]
    assert finished["handle"]
    again = await browser.get("/auth/esia/callback?state=s&code=c")
    assert again.status == 400, "the flow was used up"
    assert len(links) == 2


@pytest.mark.req("P13", "T01")
async def test_other_browser_and_other_session_cannot_finish(running, links):
    """The callback's address, sent to somebody else, does nothing; nor does it after signing in anew."""
    mine, other = running.browser(), running.browser()
    await mine.sign_in()
    await other.sign_in()
    await begun(running, mine)
    assert (await other.get("/auth/esia/callback?state=s&code=c")).status == 400
    flow = dict(mine.cookies)
    await mine.sign_in()
    mine.cookies.update({name: value for name, value in flow.items() if "login" in name})
    assert (await mine.get("/auth/esia/callback?state=s&code=c")).status == 400
    assert len(links) == 1
