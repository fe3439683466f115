"""Step-up in the browser: what was typed waits, the session goes on under a new id (P09, GWY-05, T03, T11)."""

import json
import re
from urllib.parse import unquote

import pytest
from aiohttp import web

OTHER = "/cabinet/settings/sessions/end-others"


@pytest.fixture
def old_sign_in(running):
    """Identity finds the sign-in too old until it is confirmed."""
    asked = []

    def over(request):
        problem = {"code": "step_up_required", "status": 403, "title": "Подтвердите", "detail": "Подтвердите"}
        return web.json_response(problem, status=403)

    async def end_others(request):
        return web.json_response({"ended": 0}) if asked else over(request)

    async def start(request):
        body = await request.json()
        leave = "http://esia.example/idp/ext/Logout?redirect_url=x"
        return web.json_response(
            {"authorize_url": "http://esia.example/aas/oauth2/ac" if body["signed_out"] else leave}
        )

    async def finish(request):
        asked.append(await request.json())
        return web.Response(status=204)

    async def providers(_request):
        return web.json_response([{"key": "esia", "title": "Госуслуги"}])

    running.identity.answers["/internal/providers"] = providers
    running.identity.answers["/api/v1/me/sessions/end-others"] = end_others
    running.identity.answers["/internal/login/confirm/start"] = start
    running.identity.answers["/internal/login/confirm/finish"] = finish
    return asked


@pytest.mark.req("P09", "GWY-05", "T11")
async def test_risky_action_waits_for_the_confirmation(running, old_sign_in):
    browser = running.browser()
    await browser.sign_in()
    before = dict(browser.cookies)
    form = {"csrf_token": await running.csrf(browser), "reason": "Потерян телефон", "password": "secret-word"}
    answer = await browser.post(OTHER, data=form)
    address = answer.headers["Location"]
    assert re.fullmatch(r"/login/confirm\?return_to=%2Fresume%2F[\w-]{43}", address)
    page = await (await browser.get(address)).text()
    start = re.search(r'href="(/auth/esia/start\?confirm=1&amp;return_to=[^"]+)"', page)[1].replace(
        "&amp;", "&"
    )
    leave = await browser.get(start)
    assert leave.headers["Location"].startswith("http://esia.example/idp/ext/Logout")
    again = await browser.get("/auth/esia/confirm")
    assert again.headers["Location"] == "http://esia.example/aas/oauth2/ac"
    back = await browser.get("/auth/esia/callback?code=c&state=s")
    assert back.status == 303
    assert back.headers["Location"] == unquote(address.partition("return_to=")[2])
    assert browser.cookies["nmo_sid"] != before["nmo_sid"], "a new session id at the new level"
    assert old_sign_in[0]["query"] == {"code": "c", "state": "s"}
    resumed = await (await browser.get(back.headers["Location"])).text()
    assert f'action="{OTHER}"' in resumed
    assert "Вы подтвердили, что это вы" in resumed
    assert "Потерян телефон" in resumed
    assert "secret-word" not in resumed
    sent = await browser.post(OTHER, data={"csrf_token": await running.csrf(browser)})
    assert sent.headers["Location"] == "/cabinet/settings/sessions?done=others"


@pytest.mark.req("P09", "T03")
async def test_confirmation_belongs_to_one_session_of_one_browser(running, old_sign_in):
    browser, thief = running.browser(), running.browser()
    await browser.sign_in()
    await browser.get("/auth/esia/start?confirm=1&return_to=%2Fcabinet")
    login_cookie = browser.cookies["nmo_login"]
    await thief.sign_in()
    thief.cookies["nmo_login"] = login_cookie
    for path in ("/auth/esia/confirm", "/auth/esia/callback?code=c&state=s"):
        answer = await thief.get(path)
        assert (answer.status, answer.headers["X-Error-Code"]) == (400, "login_state_invalid")
    assert old_sign_in == []


@pytest.mark.req("T03", "SSO-08")
async def test_refused_confirmation_leaves_the_session_as_it_was(running, old_sign_in):
    async def other_person(request):
        problem = {"code": "login_other_person", "detail": "Вход подтвердил другой человек."}
        return web.Response(
            status=409, body=json.dumps(problem).encode(), content_type="application/problem+json"
        )

    running.identity.answers["/internal/login/confirm/finish"] = other_person
    browser = running.browser()
    await browser.sign_in()
    before = browser.cookies["nmo_sid"]
    await browser.get("/auth/esia/start?confirm=1&return_to=%2Fcabinet")
    answer = await browser.get("/auth/esia/callback?code=c&state=s")
    assert (answer.status, answer.headers["X-Error-Code"]) == (409, "login_other_person")
    assert browser.cookies["nmo_sid"] == before
    assert (await browser.get("/cabinet/settings")).status == 200


@pytest.mark.req("P09", "SSO-08")
@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_confirmation_leads_back_inside_only(running, old_sign_in, wanted):
    browser = running.browser()
    await browser.sign_in()
    page = await (await browser.get(f"/login/confirm?return_to={wanted}")).text()
    assert re.search(r'href="/auth/esia/start\?confirm=1&amp;return_to=%2Fcabinet"', page)
    await browser.get(f"/auth/esia/start?confirm=1&return_to={wanted}")
    answer = await browser.get("/auth/esia/callback?code=c&state=s")
    assert answer.headers["Location"] == "/cabinet"
