"""Sign-in through the browser: redirect, callback, cookies, destination; every refusal (SSO-01, SSO-08)."""

import pytest

from nmo_gateway.auth.return_to import local_target
from nmo_testkit.wait import until


@pytest.mark.req("SSO-01")
async def test_one_press_leads_to_the_provider_and_back_into_the_cabinet(running):
    browser = running.browser()
    begun = await browser.get("/auth/esia/start")
    assert begun.status == 303
    assert begun.headers["Location"] == "http://esia.example/aas/oauth2/ac?state=s"
    back = await browser.get("/auth/esia/callback?code=c&state=s")
    assert (back.status, back.headers["Location"]) == (303, "/cabinet")
    assert set(browser.cookies) == {"nmo_sid", "nmo_write"}
    sent = running.identity.finished[0]
    assert sent["query"] == {"code": "c", "state": "s"}
    assert sent["flow_id"] not in {begun.cookies["nmo_login"].value, ""}


@pytest.mark.req("SSO-08", "GWY-02")
async def test_cookies_have_the_attributes_that_guard_them(running):
    browser = running.browser()
    begun = await browser.get("/auth/esia/start")
    back = await browser.get("/auth/esia/callback?code=c&state=s")
    login, sid, write = begun.cookies["nmo_login"], back.cookies["nmo_sid"], back.cookies["nmo_write"]
    assert all(cookie["httponly"] and cookie["path"] == "/" for cookie in (login, sid, write))
    assert [cookie["samesite"] for cookie in (login, sid, write)] == ["Lax", "Lax", "Strict"]
    assert not any(cookie["domain"] for cookie in (login, sid, write))
    assert login["max-age"] == "600"
    tokens = {exchange["subject_token"] for exchange in running.identity.exchanges} | running.identity.handles
    assert not tokens & set(browser.cookies.values())


@pytest.mark.req("SSO-08")
async def test_page_first_asked_for_is_opened_after_the_sign_in(running):
    answer = await running.browser().sign_in("/cabinet/plan?cycle=7")
    assert answer.headers["Location"] == "/cabinet/plan?cycle=7"


@pytest.mark.req("SSO-02", "SSO-08")
@pytest.mark.parametrize(
    ("state", "page"),
    [
        ({"entry": "unconfirmed", "consent": False}, "/unconfirmed"),
        ({"entry": "unmatched", "consent": False}, "/consent?return_to=%2Fcabinet%2Fplan"),
        ({"entry": "full", "consent": False}, "/consent?return_to=%2Fcabinet%2Fplan"),
        ({"entry": "conflict"}, "/mismatch"),
        ({"entry": "weak"}, "/match/confirm"),
        ({"entry": "full"}, "/cabinet/plan"),
        ({"entry": "full", "consent": False, "roles": ["specialist", "org_staff"]}, "/cabinet/plan"),
    ],
)
async def test_missing_step_comes_before_the_page_asked_for(running, state, page):
    running.identity.person.update(state)
    answer = await running.browser().sign_in("/cabinet/plan")
    assert answer.headers["Location"] == page


async def test_staff_of_an_organisation_begin_at_their_own_place(running):
    running.identity.person.update(roles=["specialist", "org_admin"], consent=False)
    assert (await running.browser().sign_in()).headers["Location"] == "/edu/applications"


@pytest.mark.req("ROL-01")
async def test_return_address_of_other_peoples_work_place_is_not_followed(running):
    assert (await running.browser().sign_in("/edu/applications")).headers["Location"] == "/cabinet"


OPEN_REDIRECTS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/cabinet\r\nLocation: https://evil.example",
    "/%0d%0aSet-Cookie:x=1",
    "/\t/evil.example",
    " //evil.example",
    "/cabinet/../../evil",
    "/cabinet/%2e%2e/auth/esia/start",
    "/./evil",
    "//evil.example/cabinet",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/cabinet//evil",
    "@evil.example",
    "cabinet",
    "",
    "/api/v1/me",
    "/auth/esia/start",
    "/logout",
    "/login",
    "/static/x",
    "/events",
    "/unknown",
    "/cabinet#@evil",
    "/кабинет",
    "/cabinet/" + "a" * 3000,
    "/cabinet\x00",
    "/cabinet?<script>",
    "/oauth2/token",
]


@pytest.mark.req("SSO-08")
@pytest.mark.parametrize("address", OPEN_REDIRECTS)
def test_address_that_leads_elsewhere_is_dropped(address):
    assert local_target(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/cabinet",
        "/cabinet/plan?cycle=1&x=%D1%8F",
        "/oauth2/authorize?client_id=a&redirect_uri=http://x/y",
        "/catalog/",
        "/organisation/people",
        "/workplace",
    ],
)
def test_address_of_an_own_page_is_kept(address):
    assert local_target(address) == address


@pytest.mark.req("SSO-08")
async def test_forged_return_address_leads_to_the_cabinet(running):
    answer = await running.browser().sign_in("https%3A%2F%2Fevil.example%2F")
    assert answer.headers["Location"] == "/cabinet"


@pytest.mark.req("SSO-08", "T03")
async def test_callback_in_a_second_browser_is_refused_and_the_first_goes_on(running):
    victim, attacker = running.browser(), running.browser()
    await attacker.get("/auth/esia/start")
    refused = await victim.get("/auth/esia/callback?code=c&state=s")
    assert refused.status == 400
    assert refused.headers["X-Error-Code"] == "login_state_invalid"
    assert not victim.cookies
    assert running.identity.finished == []
    assert (await attacker.get("/auth/esia/callback?code=c&state=s")).status == 303


@pytest.mark.req("SSO-08", "T03")
async def test_callback_sent_twice_is_refused_the_second_time(running):
    browser = running.browser()
    begun = await browser.get("/auth/esia/start")
    login = begun.cookies["nmo_login"].value
    assert (await browser.get("/auth/esia/callback?code=c&state=s")).status == 303
    again = running.browser()
    again.cookies["nmo_login"] = login
    replay = await again.get("/auth/esia/callback?code=c&state=s")
    assert (replay.status, replay.headers["X-Error-Code"]) == (400, "login_replayed")
    assert "nmo_sid" not in again.cookies
    assert len(running.identity.finished) == 1


@pytest.mark.req("SSO-08", "T03")
async def test_callback_of_another_provider_is_refused(running):
    browser = running.browser()
    await browser.get("/auth/esia/start")
    mixed = await browser.get("/auth/sandbox-oidc/callback?code=c&state=s")
    assert mixed.headers["X-Error-Code"] == "login_state_invalid"
    assert running.identity.finished == []


@pytest.mark.req("SSO-08", "T03")
async def test_cookies_planted_before_the_sign_in_are_discarded(running):
    browser = running.browser()
    browser.cookies = {"nmo_sid": "planted", "nmo_write": "planted", "nmo_login": "planted"}
    begun = await browser.get("/auth/esia/start")
    assert begun.cookies["nmo_login"].value != "planted"
    await browser.get("/auth/esia/callback?code=c&state=s")
    assert "planted" not in browser.cookies.values()
    stranger = running.browser()
    stranger.cookies = {"nmo_sid": "planted"}
    assert (await stranger.get("/api/v1/me")).status == 200
    assert "authorization" not in running.identity.requests[-1]["headers"]


@pytest.mark.req("SSO-08", "T03")
async def test_signing_in_again_ends_the_session_before(running):
    browser = running.browser()
    await browser.sign_in()
    before = dict(browser.cookies)
    handle = next(iter(running.identity.handles))
    await browser.sign_in()
    assert browser.cookies["nmo_sid"] != before["nmo_sid"]
    old = running.browser()
    old.cookies = before
    assert (await old.get("/cabinet")).headers["Location"].startswith("/login?")

    async def ended_at_identity():
        return handle not in running.identity.handles

    await until(ended_at_identity)


@pytest.mark.req("SSO-08")
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "login_token_invalid"),
        (409, "login_replayed"),
        (502, "login_provider_error"),
        (503, "provider_unavailable"),
    ],
)
async def test_refusal_of_identity_is_a_page_with_a_code_to_quote(running, status, code):
    running.identity.refusal = (status, {"code": code, "detail": "Войти не вышло.", "status": status})
    browser = running.browser()
    answer = await browser.sign_in()
    page = await answer.text()
    assert (answer.status, answer.headers["X-Error-Code"]) == (status, code)
    assert "Войти не вышло." in page
    assert answer.headers["X-Trace-ID"] in page
    assert not browser.cookies


@pytest.mark.req("SSO-08")
async def test_sign_in_older_than_ten_minutes_is_refused(running, run_gateway):
    browser = running.browser()
    await browser.get("/auth/esia/start")
    later = await run_gateway(clock_offset_s=601)
    try:
        browser.base_url = later.base_url
        answer = await browser.get("/auth/esia/callback?code=c&state=s")
    finally:
        from nmo_kit import clock

        clock.set_offset(0)
    assert answer.headers["X-Error-Code"] == "login_state_invalid"


async def test_sign_ins_from_one_address_are_limited_over_all_processes(run_gateway):
    # Longer than the shift of the gateway above, which may be sweeping this table by its later clock.
    limits = {"sign_in_burst": 3, "sign_in_interval_s": 3600.0}
    first, second = await run_gateway(**limits), await run_gateway(**limits)
    async with first.gateway.db.write() as db:
        from sqlalchemy import text

        await db.execute(text("delete from rate_limit"))
    statuses = [
        (await running.browser().get("/auth/esia/start")).status for running in (first, second, first, second)
    ]
    assert statuses == [303, 303, 303, 429]


async def test_browser_that_came_by_localhost_signs_in_under_the_public_name(running):
    browser = running.browser()
    headers = {"Host": "localhost:8080"}
    answer = await browser.get("/auth/esia/start?return_to=/cabinet", headers=headers)
    assert answer.headers["Location"] == "http://127.0.0.1:8080/auth/esia/start?return_to=/cabinet"
    assert not browser.cookies
    foreign = await browser.get("/auth/esia/start", headers={"Host": "evil.example"})
    assert foreign.headers["Location"].startswith("http://esia.example/")


@pytest.mark.req("SSO-01")
async def test_own_token_that_is_refused_is_asked_for_anew(running):
    """Identity changed its keys at once: nobody is to wait until the gateway's own token has run out."""
    from aiohttp import web

    browser = running.browser()
    await browser.get("/auth/esia/start")
    seen = []

    async def start(request):
        seen.append(request.headers["Authorization"])
        if seen.count(seen[0]) == len(seen):
            return web.json_response({"code": "token_refused", "status": 401}, status=401)
        return web.json_response({"authorize_url": "http://esia.example/aas/oauth2/ac?state=s"})

    running.identity.answers["/internal/login/start"] = start
    assert (await browser.get("/auth/esia/start")).status == 303
    assert len(set(seen)) == 2

    async def never(_request):
        return web.json_response({"code": "token_refused", "status": 401}, status=401)

    running.identity.answers["/internal/login/start"] = never
    refused = await browser.get("/auth/esia/start")
    assert (refused.status, refused.content_type) == (401, "text/html")
    assert refused.headers["X-Trace-ID"] in await refused.text()
