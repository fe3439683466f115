"""The sign-in page of the ЕСИА stand-in, its session, signing out, and REST."""

import pytest

MATCH = 1000400100


async def test_the_page_says_what_it_is_and_lists_everyone(stand):
    asked = await stand.browser.get("/aas/oauth2/ac", params=stand.ask())
    page = await stand.browser.get(asked.headers["location"])
    assert "Это учебный стенд, не Госуслуги" in page.text
    assert '<html lang="ru">' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for account in stand.esia.accounts.all():
        assert f"person={account.key}" in page.text
        assert account.full_name in page.text


async def test_a_press_on_a_person_fills_the_form_in(stand):
    asked = await stand.browser.get("/aas/oauth2/ac", params=stand.ask())
    page = await stand.browser.get(f"{asked.headers['location']}&person=weak")
    assert 'name="login" value="weak"' in page.text
    assert 'name="password" value="sandbox"' in page.text


@pytest.mark.parametrize(
    ("login", "password", "words"),
    [
        ("match", "wrong", "Неверный логин или пароль"),
        ("nobody", "sandbox", "Неверный логин или пароль"),
        ("blocked", "sandbox", "заблокирована"),
        ("", "", "Неверный логин или пароль"),
        ('"><script>', "x", "Неверный логин или пароль"),
    ],
)
async def test_a_wrong_answer_shows_the_form_again(stand, login, password, words):
    fields = await stand.open_form(stand.ask())
    page = await stand.browser.post("/idp/login", data=fields | {"login": login, "password": password})
    assert page.status_code == 422
    assert words in page.text
    assert 'role="alert"' in page.text
    assert "<script" not in page.text
    again = await stand.browser.post("/idp/login", data=fields | {"login": "match", "password": "sandbox"})
    assert again.status_code == 302


async def test_a_refusal_is_told_to_the_system(stand):
    params = stand.ask()
    fields = await stand.open_form(params)
    answer = await stand.browser.post("/idp/login", data=fields | {"decision": "deny"})
    query = stand.query(answer)
    assert (query["error"], query["state"]) == ("access_denied", params["state"])
    assert query["error_description"].startswith("ESIA-007004")


async def test_a_form_of_another_browser_is_refused(stand):
    fields = await stand.open_form(stand.ask())
    stand.browser.cookies.clear()
    answer = await stand.browser.post("/idp/login", data=fields | {"login": "match", "password": "sandbox"})
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_form_without_its_token_is_refused(stand):
    fields = await stand.open_form(stand.ask())
    answer = await stand.browser.post(
        "/idp/login", data={"request": fields["request"], "login": "match", "password": "sandbox"}
    )
    assert answer.status_code == 400


async def test_a_request_is_answered_once(stand):
    fields = await stand.open_form(stand.ask()) | {"login": "match", "password": "sandbox"}
    assert (await stand.browser.post("/idp/login", data=fields)).status_code == 302
    assert (await stand.browser.post("/idp/login", data=fields)).status_code == 400


async def test_a_live_session_goes_on_with_one_press_until_sign_out(stand):
    stand.esia.settings.sessions = "offer"
    await stand.code()
    asked = await stand.browser.get("/aas/oauth2/ac", params=stand.ask())
    page = await stand.browser.get(asked.headers["location"])
    assert "Продолжить как Журавская Марина Викторовна" in page.text
    fields = await stand.open_form(stand.ask())
    answer = await stand.browser.post("/idp/login", data=fields | {"decision": "continue"})
    assert "code" in stand.query(answer)
    await stand.browser.get("/idp/ext/Logout", params={"client_id": "NMO01"})
    asked = await stand.browser.get("/aas/oauth2/ac", params=stand.ask())
    assert "Продолжить как" not in (await stand.browser.get(asked.headers["location"])).text


async def test_without_the_setting_every_sign_in_is_a_fresh_one(stand):
    await stand.code()
    fields = await stand.open_form(stand.ask())
    answer = await stand.browser.post("/idp/login", data=fields | {"decision": "continue"})
    assert answer.status_code == 400


async def test_the_setting_of_silent_sessions_skips_the_page(stand):
    await stand.code()
    stand.esia.settings.sessions = "silent"
    answer = await stand.browser.get("/aas/oauth2/ac", params=stand.ask())
    assert "code" in stand.query(answer)


async def test_signing_out_returns_to_the_system_only(stand):
    home = "http://127.0.0.1:8080/"
    answer = await stand.browser.get("/idp/ext/Logout", params={"client_id": "NMO01", "redirect_url": home})
    assert (answer.status_code, answer.headers["location"]) == (302, home)
    for client, address in (
        ("NMO01", "https://evil.example.org/"),
        ("OTHER", home),
        ("NMO01", "http://127.0.0.1:x/"),
    ):
        refused = await stand.browser.get(
            "/idp/ext/Logout", params={"client_id": client, "redirect_url": address}
        )
        assert refused.status_code == 400
        assert "location" not in refused.headers


@pytest.mark.req("SSO-06")
async def test_only_confirmed_accounts_when_the_system_asks_so(stand):
    params = stand.ask() | {"person_filter": "conf_acc"}
    refused = await stand.sign_in(params, "unconfirmed")
    assert "ESIA-007055" in stand.query(refused)["error_description"]


@pytest.mark.req("SSO-06")
async def test_the_person_is_told_as_far_as_the_scopes_go(stand):
    answer = await stand.tokens()
    person = (await stand.rest(f"/rs/prns/{MATCH}", answer["access_token"])).json()
    assert person["stateFacts"] == ["EntityRoot"]
    assert (person["lastName"], person["firstName"], person["middleName"]) == (
        "Журавская",
        "Марина",
        "Викторовна",
    )
    assert (person["birthDate"], person["gender"], person["snils"]) == ("17.03.1984", "F", "971-161-656 16")
    assert (person["trusted"], person["status"]) == (True, "REGISTERED")
    narrow = await stand.tokens(scope="openid fullname")
    little = (await stand.rest(f"/rs/prns/{MATCH}", narrow["access_token"])).json()
    assert {"birthDate", "gender", "snils", "inn", "rIdDoc"}.isdisjoint(little)


@pytest.mark.req("SSO-06")
async def test_collections_are_addresses_or_objects(stand):
    token = (await stand.tokens())["access_token"]
    root = f"/rs/prns/{MATCH}/ctts"
    listed = (await stand.rest(root, token)).json()
    assert listed["size"] == 2
    assert all(address.startswith(f"{stand.base}{root}/") for address in listed["elements"])
    single = [(await stand.rest(address, token)).json() for address in listed["elements"]]
    inline = (await stand.rest(f"{root}?embed=(elements)", token)).json()
    assert inline["elements"] == single
    assert [(c["type"], c["vrfStu"], c["value"]) for c in single] == [
        ("MBT", "VERIFIED", "+7(900)0001000"),
        ("EML", "VERIFIED", "match@klinika.example.org"),
    ]
    person = (
        await stand.rest(f"/rs/prns/{MATCH}?embed=(contacts.elements-1,documents.elements)", token)
    ).json()
    assert person["contacts"]["elements"] == single
    assert "documents" not in person


@pytest.mark.req("SSO-06")
async def test_every_part_with_every_scope(stand):
    scopes = "openid fullname id_doc addresses usr_org vehicles inn birthplace birth_cert_doc contacts"
    await stand.register(scopes=scopes.split())
    token = (await stand.tokens("head", scope=scopes))["access_token"]
    oid = stand.esia.accounts.by_key("head").oid
    sizes = {}
    for part in ("ctts", "addrs", "docs", "roles", "vhls", "kids"):
        sizes[part] = (await stand.rest(f"/rs/prns/{oid}/{part}?embed=(elements)", token)).json()["size"]
    assert sizes == {"ctts": 2, "addrs": 1, "docs": 1, "roles": 1, "vhls": 0, "kids": 0}
    role = (await stand.rest(f"/rs/prns/{oid}/roles", token)).json()["elements"][0]
    assert (role["prnOid"], role["chief"], role["fullName"]) == (oid, True, "Городская больница № 7")
    document = (await stand.rest(f"/rs/prns/{oid}/docs?embed=(elements)", token)).json()["elements"][0]
    assert (document["type"], document["vrfStu"]) == ("RF_PASSPORT", "VERIFIED")


@pytest.mark.req("SSO-06")
@pytest.mark.parametrize(
    ("login", "absent", "present", "contacts"),
    [
        (
            "foreign",
            {"middleName"},
            {"citizenship": "KGZ", "trusted": True},
            {"MBT": "VERIFIED", "EML": "VERIFIED"},
        ),
        ("simplified", {"snils"}, {"trusted": False}, {"MBT": "NOT_VERIFIED", "EML": "VERIFIED"}),
        ("unverified-mail", set(), {"trusted": True}, {"MBT": "VERIFIED", "EML": "NOT_VERIFIED"}),
        ("bare", set(), {"trusted": True}, {}),
    ],
)
async def test_accounts_lack_what_real_ones_lack(stand, login, absent, present, contacts):
    token = (await stand.tokens(login))["access_token"]
    root = f"/rs/prns/{stand.esia.accounts.by_key(login).oid}"
    person = (await stand.rest(root, token)).json()
    assert absent.isdisjoint(person)
    assert present.items() <= person.items()
    listed = (await stand.rest(f"{root}/ctts?embed=(elements)", token)).json()
    assert listed["size"] == len(contacts)
    assert {contact["type"]: contact["vrfStu"] for contact in listed["elements"]} == contacts


@pytest.mark.req("SSO-06")
async def test_rest_refuses_other_people_and_bad_tokens(stand):
    token = (await stand.tokens())["access_token"]
    root = f"/rs/prns/{MATCH}"
    cases = [
        (await stand.browser.get(root), 401, "ESIA-005011"),
        (await stand.rest(root, "invented"), 401, "ESIA-005011"),
        (await stand.rest(root, token[:-4] + "AAAA"), 401, "ESIA-005011"),
        (await stand.rest(f"/rs/prns/{MATCH + 7}", token), 403, "ESIA-005029"),
        (await stand.rest(f"{root}/docs", token), 403, "ESIA-005029"),
        (await stand.rest(f"{root}/pets", token), 404, "ESIA-005004"),
        (await stand.rest(f"{root}?embed=contacts", token), 400, "ESIA-005003"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer, _, _ in cases] == [
        case[1:] for case in cases
    ]
    await stand.faults(clock_skew=3700)
    expired = await stand.rest(root, token)
    assert (expired.status_code, expired.json()["code"]) == (401, "ESIA-005013")
