"""The page first asked for waits while the account owes a step: a new password, a confirmed address (SSO-08, SSO-11)."""

from urllib.parse import quote, urlencode

import pytest
from aiohttp import web

REQUEST = "/oauth2/authorize?" + urlencode(
    {
        "client_id": "klinika-7",
        "redirect_uri": "https://klinika.example/back",
        "scope": "openid profile",
        "state": "с&=#?",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    }
)
CONSENT = "/portals/0198a000-0000-7000-8000-000000000001"


def owes(running, entry, *steps):
    running.identity.person.update(entry=entry, restrictions=list(steps))


def on_done(running, path):
    """Once this is asked of identity, the account owes nothing."""

    async def done(_request):
        owes(running, "full")
        return web.Response(status=204)

    running.identity.answers[path] = done


async def way(browser, address):
    """Addresses that follow, up to the first page."""
    passed = []
    while len(passed) < 10:
        answer = await browser.get(address)
        if answer.status != 303:
            break
        address = answer.headers["Location"]
        passed.append(address)
    return passed


@pytest.mark.req("SSO-08", "SSO-11", "REG-02")
async def test_request_of_a_partners_site_survives_the_forced_new_password(running):
    owes(running, "restricted", "must_change_password")
    browser = running.browser()
    back = await browser.sign_in(quote(REQUEST, safe=""))
    assert back.headers["Location"] == "/login/next"
    assert (await browser.get("/login/next")).headers["Location"] == "/password/change"
    assert (await browser.get("/login/next")).headers["Location"] == "/password/change", (
        "nothing is lost by going twice"
    )

    on_done(running, "/api/v1/me/password")
    form = {"csrf_token": await running.csrf(browser), "password": "Кобыла-7-Зонтик!"}
    saved = await browser.post("/password/change", data=form)
    # The form's redirects end on a page of the portal's own: the next one leads to another site.
    assert await way(browser, saved.headers["Location"]) == [f"/portals/return?to={quote(REQUEST, safe='')}"]

    async def ask(_request):
        return web.Response(status=302, headers={"Location": running.settings.public_url + CONSENT})

    running.identity.answers["/oauth2/authorize"] = ask
    arrived = await browser.get(REQUEST)
    assert (arrived.status, arrived.headers["Location"]) == (302, running.settings.public_url + CONSENT)
    assert running.identity.requests[-1]["path"] == REQUEST
    assert await way(browser, "/login/next") == ["/cabinet"], "it is opened once"


@pytest.mark.req("SSO-11", "REG-05")
async def test_request_that_comes_to_a_live_session_survives_the_confirmation_by_letter(running):
    owes(running, "unverified")
    browser = running.browser()
    await browser.sign_in()
    assert (await browser.get(REQUEST)).headers["Location"] == "/login/next"
    assert not any(item["path"].startswith("/oauth2/authorize") for item in running.identity.requests)
    assert (await browser.get("/login/next")).headers["Location"] == "/unverified"

    on_done(running, "/api/v1/registrations/confirm")
    form = {"csrf_token": await running.csrf(browser), "token": "t" * 43}
    confirmed = await browser.post("/confirm", data=form)
    assert confirmed.headers["Location"] == "/confirm/done"
    assert await way(browser, "/login/next") == [f"/portals/return?to={quote(REQUEST, safe='')}"]


@pytest.mark.req("SSO-08", "SSO-11")
async def test_address_confirmed_on_another_device_is_noticed_and_the_newest_request_wins(running):
    owes(running, "unverified")
    browser = running.browser()
    await browser.sign_in(quote("/cabinet/plan?cycle=7", safe=""))
    owes(running, "full")
    assert await way(browser, "/unverified") == ["/login/next", "/cabinet/plan?cycle=7"]
    owes(running, "unverified")
    await browser.sign_in(quote("/cabinet/plan", safe=""))
    await browser.get(REQUEST)
    owes(running, "full", *[])
    running.identity.person.update(consent=False)
    (step,) = await way(browser, "/login/next")
    assert step == f"/consent?return_to={quote(REQUEST, safe='')}", (
        "the consent of the portal's own comes first"
    )


@pytest.mark.req("SSO-08", "SSO-11")
async def test_what_leads_elsewhere_is_not_kept_and_a_silent_request_is_answered_at_once(running):
    owes(running, "restricted", "must_change_password")
    browser = running.browser()
    await browser.sign_in(quote("https://evil.example/", safe=""))
    silent = await browser.get(REQUEST + "&prompt=none")
    assert silent.status == 200
    assert running.identity.requests[-1]["path"] == REQUEST + "&prompt=none"
    await browser.get(REQUEST + "&nonce=" + "n" * 2048)
    owes(running, "full")
    assert await way(browser, "/login/next") == ["/cabinet"]


@pytest.fixture
def forms(running):
    """What the pages before a sign-in ask for."""

    def tell(service, path, found):
        async def told(_request):
            return web.json_response(found)

        service.answers[path] = told

    tell(running.identity, "/internal/providers", [{"key": "esia", "title": "Госуслуги"}])
    tell(running.identity, "/api/v1/registrations/form", {"citizenships": []})
    tell(running.services["registry"], "/api/v1/dictionaries/regions", {"items": []})


@pytest.mark.usefixtures("forms")
@pytest.mark.req("SSO-07", "SSO-08", "REG-01", "REG-07")
@pytest.mark.parametrize("page", ["/register", "/password/forgot"])
async def test_request_of_a_partners_site_survives_the_way_through_a_letter(running, page):
    browser = running.browser()
    asked = quote(REQUEST, safe="")
    sign_in = (await browser.get(REQUEST)).headers["Location"]
    assert sign_in == f"/login?return_to={asked}"
    assert f'href="{page}?return_to={asked}"' in await (await browser.get(sign_in)).text()
    assert (await browser.get(f"{page}?return_to={asked}")).status == 200
    # The letter is followed an hour later in another tab, and the person comes to the sign-in page by themselves.
    back = await browser.get("/login")
    assert (back.status, back.headers["Location"]) == (303, f"/login?return_to={asked}")
    assert (await browser.get("/login")).status == 200, "taken out once"


@pytest.mark.usefixtures("forms")
@pytest.mark.req("SSO-08")
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/cabinet", "/" + "a" * 3000])
async def test_only_a_known_page_is_held_on_the_way_through_a_letter(running, target):
    browser = running.browser()
    opened = await browser.get(f"/register?return_to={quote(target, safe='')}")
    assert "detour" not in str(opened.headers.getall("Set-Cookie", []))
    planted = {"Cookie": f"nmo_detour={quote('//evil.example', safe='')}"}
    assert (await browser.get("/login", headers=planted)).status == 200


@pytest.mark.req("REG-05", "P06")
async def test_when_the_days_letters_are_spent_another_address_is_offered(running):
    owes(running, "unverified")
    browser = running.browser()
    await browser.sign_in()
    page = await (await browser.get("/unverified")).text()
    assert 'action="/unverified"' in page

    async def spent(_request):
        problem = {
            "code": "letters_spent",
            "status": 429,
            "title": "-",
            "detail": "Сегодня отправили 5 писем.",
        }
        return web.json_response(problem, status=429, content_type="application/problem+json")

    running.identity.answers["/api/v1/registrations/resend"] = spent
    refused = await browser.post("/unverified", data={"csrf_token": await running.csrf(browser)})
    page = await refused.text()
    assert refused.status == 429
    assert "Сегодня отправили 5 писем." in page
    assert 'href="/cabinet/profile/contacts/email"' in page
    assert 'action="/unverified"' not in page
