"""Four nets against forged requests: each forged case at pages and at the API (GWY-02, SSO-08, security T12)."""

import pytest

from nmo_gateway.browser_session.cookies import Cookies, read_cookie

SAME = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8080"}
FORGED = [
    ("cross site", {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, "cross_site"),
    (
        "same site, other origin",
        {"Sec-Fetch-Site": "same-site", "Origin": "http://sub.127.0.0.1"},
        "cross_site",
    ),
    ("typed by the user", {"Sec-Fetch-Site": "none", "Origin": None}, "cross_site"),
    ("own origin claimed, but cross site", {"Sec-Fetch-Site": "cross-site"}, "cross_site"),
    ("old browser, foreign origin", {"Sec-Fetch-Site": None, "Origin": "https://evil.example"}, "cross_site"),
    ("old browser, opaque origin", {"Sec-Fetch-Site": None, "Origin": "null"}, "cross_site"),
    ("other port", {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:8081"}, "cross_site"),
    ("other scheme", {"Sec-Fetch-Site": None, "Origin": "https://127.0.0.1:8080"}, "cross_site"),
    (
        "origin as a prefix",
        {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:8080.evil.example"},
        "cross_site",
    ),
    ("neither header", {"Sec-Fetch-Site": None, "Origin": None}, "origin_missing"),
]
TARGETS = [
    ("POST", "/logout"),
    ("POST", "/api/v1/cycles"),
    ("PATCH", "/api/v1/applications/7"),
    ("DELETE", "/api/v1/cycles/7"),
]


def accept(path):
    return {"Accept": "application/json" if path.startswith("/api/") else "text/html"}


async def alive(running, browser):
    return (await running.gateway.store.find(browser.cookies["nmo_sid"], passive=True)).session is not None


@pytest.mark.req("GWY-02", "SSO-08", "T12")
@pytest.mark.parametrize(("method", "path"), TARGETS)
@pytest.mark.parametrize(
    ("headers", "reason"), [case[1:] for case in FORGED], ids=[case[0] for case in FORGED]
)
async def test_request_of_foreign_origin_is_refused(running, method, path, headers, reason):
    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    answer = await browser.ask(
        method, path, headers={"X-CSRF-Token": token, "Accept": "application/json", **headers}
    )
    assert answer.status == 403
    if path.startswith("/api/"):
        assert (await answer.json())["reason"] == reason
    assert await alive(running, browser)
    assert not [seen for service in running.services.values() for seen in service.requests]


@pytest.mark.req("GWY-02", "T12")
@pytest.mark.parametrize(("method", "path"), TARGETS)
@pytest.mark.parametrize("token", [None, "", "wrong", "x" * 43])
async def test_request_without_the_forms_token_is_refused(running, method, path, token):
    browser = running.browser()
    await browser.sign_in()
    answer = await browser.ask(method, path, headers={"X-CSRF-Token": token, **accept(path)})
    assert answer.status == 403
    assert await alive(running, browser)


@pytest.mark.req("GWY-02", "T12")
@pytest.mark.parametrize(("method", "path"), TARGETS)
async def test_request_without_the_write_cookie_is_refused(running, method, path):
    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    del browser.cookies["nmo_write"]
    answer = await browser.ask(method, path, headers={"X-CSRF-Token": token, **accept(path)})
    assert answer.status == 403
    browser.cookies["nmo_write"] = "forged"
    answer = await browser.ask(method, path, headers={"X-CSRF-Token": token, **accept(path)})
    assert answer.status == 403
    assert await alive(running, browser)


@pytest.mark.req("GWY-02", "T12")
async def test_token_and_write_cookie_of_another_session_are_refused(running):
    mine, theirs = running.browser(), running.browser()
    await mine.sign_in()
    await theirs.sign_in()
    foreign_token = await running.csrf(theirs)
    answer = await mine.post("/api/v1/cycles", headers={"X-CSRF-Token": foreign_token}, json={})
    assert answer.status == 403
    own_token = await running.csrf(mine)
    mine.cookies["nmo_write"] = theirs.cookies["nmo_write"]
    answer = await mine.post("/api/v1/cycles", headers={"X-CSRF-Token": own_token}, json={})
    assert answer.status == 403


@pytest.mark.req("GWY-02", "T12")
@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": None}], ids=["new browser", "old browser"])
async def test_own_pages_requests_pass(running, headers):
    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    for method, path in TARGETS[1:]:
        answer = await browser.ask(method, path, headers={"X-CSRF-Token": token, **headers}, data=b"{}")
        assert answer.status == 200
    form = await browser.post("/logout", headers=headers, data={"csrf_token": token})
    assert form.status == 303


@pytest.mark.req("GWY-02", "T12")
@pytest.mark.parametrize(
    "tokens", [[], ["wrong"], ["{token}", "wrong"]], ids=["none", "wrong", "right and wrong one"]
)
@pytest.mark.parametrize("multipart", [False, True])
async def test_form_needs_exactly_the_right_token(running, tokens, multipart):
    import aiohttp

    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    form = aiohttp.FormData(default_to_multipart=multipart)
    form.add_field("note", "текст")
    for value in tokens:
        form.add_field("csrf_token", value.format(token=token))
    assert (await browser.post("/logout", data=form)).status == 403
    good = aiohttp.FormData(default_to_multipart=multipart)
    good.add_field("csrf_token", token)
    assert (await browser.post("/logout", data=good)).status == 303


async def test_form_token_is_no_key_to_the_api(running):
    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    assert (await browser.post("/api/v1/cycles", data={"csrf_token": token})).status == 403


@pytest.mark.req("GWY-02", "T12")
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/logout", "/auth/esia/start", "/cabinet"])
async def test_nothing_is_changed_by_a_safe_method(running, method, path):
    browser = running.browser()
    await browser.sign_in()
    await browser.ask(method, path, headers={"Sec-Fetch-Site": "cross-site"})
    assert await alive(running, browser)


async def test_guest_from_a_foreign_page_is_refused_and_a_plain_client_is_not(running):
    guest = running.browser()
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert (await guest.post("/logout", headers=foreign)).status == 403
    assert (await guest.post("/logout", headers={"Sec-Fetch-Site": None, "Origin": None})).status == 303


def test_twin_cookie_of_another_value_is_no_cookie():
    scope = {"headers": [(b"cookie", b"nmo_sid=one; nmo_sid=two")]}
    assert read_cookie(scope, "nmo_sid") is None
    assert (
        read_cookie({"headers": [(b"cookie", b"nmo_sid=one"), (b"cookie", b"x=1; nmo_sid=one")]}, "nmo_sid")
        == "one"
    )


@pytest.mark.req("GWY-02", "T12")
def test_production_cookies_have_prefixes_and_secure():
    cookies = Cookies(secure=True)
    assert (cookies.sid, cookies.write, cookies.login) == ("__Host-Http-sid", "__Host-write", "__Host-login")
    for field in (
        cookies.set_sid("v"),
        cookies.set_write("v"),
        cookies.set_login("v"),
        *cookies.clear_session(),
    ):
        assert "; Secure" in field
        assert "; Path=/;" in field
        assert "Domain" not in field
