"""What a session means for pages: closed addresses, sign-out, rotation on the way, changes of the person's state."""

import pytest
from sqlalchemy import text

from nmo_gateway.auth.telling import tell_ends
from nmo_gateway.service_errors import ServiceDown
from nmo_kit import clock
from nmo_testkit.wait import until

FORM = "application/x-www-form-urlencoded"
GUARDED = [
    "/cabinet",
    "/cabinet/plan",
    "/edu/applications",
    "/employer/staff",
    "/support/queue",
    "/admin/users",
]


@pytest.mark.req("SSO-02")
@pytest.mark.parametrize("path", GUARDED)
async def test_guest_is_sent_to_sign_in_and_back(running, path):
    answer = await running.browser().get(path + "?a=1")
    assert answer.status == 303
    from urllib.parse import quote

    assert answer.headers["Location"] == f"/login?return_to={quote(path + '?a=1', safe='')}"


@pytest.mark.req("SSO-02")
@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    ("entry", "page"),
    [
        ("unconfirmed", "/unconfirmed"),
        ("conflict", "/mismatch"),
        ("weak", "/match/confirm"),
        ("unmatched", "/consent"),
    ],
)
async def test_every_cabinet_address_is_closed_to_who_is_not_admitted(running, path, entry, page):
    running.identity.person.update(entry=entry)
    browser = running.browser()
    await browser.sign_in()
    answer = await browser.get(path)
    assert (answer.status, answer.headers["Location"]) == (303, page)


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("path", GUARDED[2:])
async def test_work_places_of_others_are_refused(running, path):
    browser = running.browser()
    await browser.sign_in()
    assert (await browser.get(path)).status == 403


@pytest.mark.req("SSO-10", "P17", "T11")
async def test_after_sign_out_the_cookie_is_dead_and_identity_has_ended_too(running):
    browser = running.browser()
    await browser.sign_in()
    old = running.browser()
    old.cookies = dict(browser.cookies)
    answer = await browser.post("/logout", data={"csrf_token": await running.csrf(browser)})
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/")
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert "nmo_sid" not in browser.cookies
    assert "nmo_write" not in browser.cookies
    assert not running.identity.handles
    replay = await old.get("/cabinet")
    assert replay.headers["Location"].startswith("/login?")
    assert (await old.get("/api/v1/me")).status == 200
    assert "authorization" not in running.identity.requests[-1]["headers"]


@pytest.mark.req("SSO-10", "P17", "T11")
async def test_sign_out_may_end_the_session_at_the_provider(running):
    browser = running.browser()
    await browser.sign_in()
    form = {"csrf_token": await running.csrf(browser), "everywhere": "1"}
    answer = await browser.post("/logout", data=form)
    assert answer.headers["Location"] == "http://esia.example/idp/ext/Logout"


async def test_sign_out_works_while_identity_is_down(running):
    browser = running.browser()
    await browser.sign_in()
    form = {"csrf_token": await running.csrf(browser), "everywhere": "1"}
    old = running.browser()
    old.cookies = dict(browser.cookies)
    await running.identity.stop()
    try:
        assert (await browser.post("/logout", data=form)).status == 303
        assert (await old.get("/cabinet")).headers["Location"].startswith("/login?")
        assert running.identity.handles
        await tell_ends(running.gateway.ends, running.gateway.identity)
    finally:
        await running.identity.start()
    await tell_ends(running.gateway.ends, running.gateway.identity)
    assert not running.identity.handles, "what hangs on the session at identity must end too"


@pytest.mark.req("SSO-10", "GWY-03")
async def test_busy_identity_is_told_of_no_more_than_one_end_at_a_time(running):
    browsers = [running.browser() for _ in range(3)]
    for browser in browsers:
        await browser.sign_in()
    tried = []

    class Busy:
        async def logout(self, handle, **_):
            tried.append(handle)
            raise ServiceDown("identity", "overloaded")

    await running.identity.stop()
    try:
        for browser in browsers:
            await browser.post("/logout", data={"csrf_token": await running.csrf(browser)})
        assert len(await running.gateway.ends.untold()) >= 3
        assert await tell_ends(running.gateway.ends, Busy()) is False
    finally:
        await running.identity.start()
    assert len(tried) == 1, "who cannot take one cannot take the others, and people wait for the same places"
    assert await tell_ends(running.gateway.ends, running.gateway.identity) is True
    assert not running.identity.handles


@pytest.mark.req("SSO-08", "GWY-02", "T03")
async def test_consent_given_through_the_api_changes_the_session_and_its_id(running):
    running.identity.person.update(entry="unmatched", consent=False)
    browser = running.browser()
    await browser.sign_in()
    before = browser.cookies["nmo_sid"]
    assert (await browser.get("/api/v1/cycles")).status == 200
    token = await running.csrf(browser)
    answer = await browser.post(
        "/api/v1/me/consents", headers={"X-CSRF-Token": token}, json={"text_version": 1}
    )
    assert answer.status == 201
    assert browser.cookies["nmo_sid"] != before
    found = await running.gateway.store.find(browser.cookies["nmo_sid"])
    assert (found.session.entry, found.session.consent) == ("full", True)
    assert found.session.csrf_token == token
    exchanged = len(running.identity.exchanges)
    await browser.get("/api/v1/cycles")
    assert len(running.identity.exchanges) == exchanged + 1


async def test_state_changed_elsewhere_is_taken_over_with_the_next_token(running):
    running.identity.person.update(entry="checking")
    browser = running.browser()
    await browser.sign_in()
    running.identity.person.update(entry="full", roles=["specialist", "org_staff"])
    await browser.get("/api/v1/cycles")
    found = await running.gateway.store.find(browser.cookies["nmo_sid"])
    assert (found.session.entry, found.session.works_for_organisation) == ("full", True)
    before = browser.cookies["nmo_sid"]
    await browser.get("/help")
    assert browser.cookies["nmo_sid"] != before


@pytest.mark.req("ROL-01", "ROL-03", "T11")
async def test_work_place_closes_with_the_role(running):
    """The service refuses the token made before; the next one tells that the role is gone, and the page with it."""
    from aiohttp import web

    running.identity.person.update(roles=["org_staff"])
    browser = running.browser()
    await browser.sign_in()
    spent = set()

    async def queue(request):
        token = request.headers["Authorization"]
        if running.identity.person["roles"] == ["org_staff"]:
            spent.add(token)
            return web.json_response({"items": [], "next_cursor": None})
        if token in spent:
            return web.json_response({"code": "token_stale"}, status=401)
        return web.json_response({"code": "forbidden", "detail": "Нет прав"}, status=403)

    running.services["applications"].answers["/api/v1/organization/applications"] = queue
    assert (await browser.get("/edu/applications")).status == 200
    running.identity.person.update(roles=["specialist"])
    for _ in range(2):
        closed = await browser.get("/edu/applications")
        assert closed.status == 403
        assert "Нет доступа" in await closed.text()


@pytest.mark.req("GWY-02")
async def test_session_that_identity_ended_is_ended_here(running):
    browser = running.browser()
    await browser.sign_in()
    running.identity.handles.clear()
    answer = await browser.get("/api/v1/cycles")
    assert answer.status == 401
    assert (await answer.json())["code"] == "unauthenticated"
    closed = await browser.get("/cabinet")
    assert closed.headers["Location"].startswith("/login?")


@pytest.mark.req("GWY-05")
async def test_form_is_kept_although_the_page_itself_met_the_end_of_the_session(running):
    """A page asks for things by itself: what it learns must not make a stranger of the one who is typing."""
    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    running.identity.handles.clear()
    running.gateway.exchange._tokens.clear()
    assert (await browser.get("/api/v1/cycles")).status == 401
    assert "nmo_sid" in browser.cookies
    answer = await browser.post("/cabinet/plan/items", data={"csrf_token": token, "reason": "Причина"})
    assert answer.headers["Location"].startswith("/login?return_to=%2Fresume%2F")
    assert answer.headers["Location"].endswith("&expired=1")
    assert "nmo_sid" not in browser.cookies


@pytest.mark.req("SSO-05")
@pytest.mark.parametrize("entry", ["unmatched", "weak", "conflict"])
@pytest.mark.parametrize("page", ["consents", "sessions", "portals", "disclosures"])
async def test_own_settings_are_open_before_the_match_and_after_the_consent_is_taken_back(
    running, entry, page
):
    running.identity.person.update(entry=entry)
    browser = running.browser()
    await browser.sign_in()
    assert "Location" not in (await browser.get(f"/cabinet/settings/{page}")).headers


async def test_expired_session_is_told_from_one_that_never_was(running, run_gateway):
    browser = running.browser()
    await browser.sign_in()
    later = await run_gateway(clock_offset_s=31 * 60)
    try:
        browser.base_url = later.base_url
        answer = await browser.get("/cabinet")
    finally:
        clock.set_offset(0)
    assert answer.headers["Location"] == "/login?return_to=%2Fcabinet&expired=1"
    assert "nmo_sid" not in browser.cookies


async def test_sixth_browser_signs_the_first_one_out_at_identity_too(running):
    browsers = [running.browser() for _ in range(6)]
    for browser in browsers:
        await browser.sign_in()

    async def five_left():
        return len(running.identity.handles) == 5

    await until(five_left)
    first = await browsers[0].get("/cabinet")
    assert first.headers["Location"].endswith("&expired=displaced")


@pytest.mark.req("SSO-07")
async def test_partner_portals_request_needs_a_session_and_goes_to_identity_with_the_persons_token(running):
    from aiohttp import web

    async def authorize(request):
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:8199/callback?code=1"})

    running.identity.answers["/oauth2/authorize"] = authorize
    query = (
        "/oauth2/authorize?client_id=nmo-cli&redirect_uri=http%3A%2F%2F127.0.0.1%3A8199%2Fcallback&state=x"
    )
    browser = running.browser()
    asked = await browser.get(query)
    assert asked.headers["Location"].startswith(
        "/login?return_to=%2Foauth2%2Fauthorize%3Fclient_id%3Dnmo-cli"
    )
    back = await browser.sign_in(asked.headers["Location"].partition("return_to=")[2])
    assert back.headers["Location"] == query
    answer = await browser.get(query)
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:8199/callback?code=1")
    assert running.identity.requests[-1]["headers"]["authorization"].startswith("Bearer ")
    assert running.identity.exchanges[-1]["audience"] == "identity"
    posted = await browser.post(
        "/oauth2/authorize", headers={"Sec-Fetch-Site": "cross-site"}, data={"client_id": "a b"}
    )
    assert (posted.status, posted.headers["Location"]) == (303, "/oauth2/authorize?client_id=a+b")


@pytest.mark.req("SSO-07")
async def test_form_of_a_partner_portal_may_hold_anything(running):
    browser = running.browser()
    for body, query in (
        ("client_id=\xff".encode("latin-1"), "client_id=%EF%BF%BD"),
        ("state=\u044f&x=%0d%0aSet-Cookie:a".encode(), "state=%D1%8F&x=%0D%0ASet-Cookie%3Aa"),
        (b"&".join(b"a=1" for _ in range(50)), ""),
    ):
        answer = await browser.post("/oauth2/authorize", headers={"Content-Type": FORM}, data=body)
        assert (answer.status, answer.headers["Location"]) == (303, "/oauth2/authorize?" + query)


@pytest.mark.req("SSO-07", "GWY-03")
async def test_refused_authorization_is_a_page_for_people(running):
    from aiohttp import web

    detail = "Сайт, с которого вы пришли, не зарегистрирован в портале."

    async def refuse(_request):
        return web.json_response({"code": "redirect_refused", "detail": detail}, status=400)

    running.identity.answers["/oauth2/authorize"] = refuse
    browser = running.browser()
    await browser.sign_in()
    page = await browser.get("/oauth2/authorize?client_id=nobody")
    assert (page.status, page.content_type) == (400, "text/html")
    text = await page.text()
    assert detail in text
    assert page.headers["X-Trace-ID"] in text
    program = await browser.get("/oauth2/authorize?client_id=nobody", headers={"Accept": "application/json"})
    assert (program.status, (await program.json())["code"]) == (400, "redirect_refused")
    await running.identity.stop()
    down = await browser.get("/oauth2/authorize?client_id=nobody")
    assert (down.status, down.content_type) == (503, "text/html")
    await running.identity.start()


@pytest.mark.req("SSO-07")
async def test_session_that_is_over_at_identity_asks_to_sign_in_unless_it_must_be_silent(running):
    from aiohttp import web

    async def authorize(request):
        if "authorization" in {name.lower() for name in request.headers}:
            return web.json_response({"code": "unauthenticated"}, status=401)
        return web.Response(
            status=302, headers={"Location": "http://127.0.0.1:8199/callback?error=login_required"}
        )

    running.identity.answers["/oauth2/authorize"] = authorize
    browser = running.browser()
    await browser.sign_in()
    refused = await browser.get("/oauth2/authorize?client_id=nmo-cli")
    assert refused.headers["Location"].startswith("/login?return_to=%2Foauth2%2Fauthorize")
    running.identity.handles.clear()
    silent = await browser.get("/oauth2/authorize?client_id=nmo-cli&prompt=none")
    assert silent.headers["Location"].endswith("error=login_required")
    assert "nmo_sid" not in browser.cookies


@pytest.mark.req("GWY-02")
async def test_unchanged_rights_change_no_session_and_lost_roles_are_gone(running):
    """Tokens name everybody's role too, which the sign-in does not: no reason to write and to give a new id."""
    running.identity.person.update(roles=["org_staff", "specialist"])
    browser = running.browser()
    await browser.sign_in()
    running.identity.person.update(roles=["org_staff", "person", "specialist"])
    before = browser.cookies["nmo_sid"]
    assert (await browser.get("/api/v1/cycles")).status == 200
    assert (await browser.get("/help")).status == 200
    assert browser.cookies["nmo_sid"] == before
    running.identity.person.update(roles=[], entry="unconfirmed")
    token = await running.csrf(browser)
    await browser.post("/api/v1/me/refresh", headers={"X-CSRF-Token": token}, json={})
    found = await running.gateway.store.find(browser.cookies["nmo_sid"])
    assert (found.session.entry, found.session.roles) == ("unconfirmed", frozenset())


@pytest.mark.req("P16", "SSO-10")
async def test_header_names_the_person_and_the_sign_in_before(running):
    browser = running.browser()
    await browser.sign_in()
    page = await (await browser.get("/cabinet/settings")).text()
    assert "Синицына А. П." in page
    assert "вход 01.03.2026" in page
    running.identity.person["previous_login_at"] = None
    newcomer = running.browser()
    await newcomer.sign_in()
    assert "первый вход" in await (await newcomer.get("/cabinet/settings")).text()


@pytest.mark.req("P17")
@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("idle", "Сессия истекла"),
        ("absolute", "Сессия истекла"),
        ("ended_by_person", "завершили с другого устройства"),
        ("reuse", "для вашей безопасности"),
        ("logout", None),
    ],
)
async def test_end_of_a_session_is_worded_by_its_reason(running, ended, words):
    from aiohttp import web

    async def providers(_request):
        return web.json_response([{"key": "esia", "title": "Госуслуги"}])

    running.identity.answers["/internal/providers"] = providers
    browser = running.browser()
    await browser.sign_in()
    async with running.gateway.db.write() as db:
        await db.execute(
            text("update browser_session set ended_at = app_now(), end_reason = :why where ended_at is null"),
            {"why": ended},
        )
    running.gateway.cache.clear()
    asked = await browser.get("/cabinet/plan")
    page = await (await browser.get(asked.headers["Location"])).text()
    assert ("Сессия истекла" in page) is (words == "Сессия истекла")
    assert words is None or words in page
