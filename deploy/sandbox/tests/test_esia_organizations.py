"""Version 1 asks for organisations' data inside `scope`, by an address: no parameter of its own is there."""

import json
from base64 import urlsafe_b64decode

import pytest

UNIVERSITY, HOSPITAL = 1000600001, 1000600007
NAME = f"http://esia.gosuslugi.ru/org_shortname?org_oid={UNIVERSITY}"
OGRN = f"http://esia.gosuslugi.ru/org_ogrn?org_oid={UNIVERSITY}"


@pytest.fixture
async def entitled(stand):
    """The stand-in with the system allowed to ask for organisations."""
    assert (await stand.register(scopes=["openid", "fullname", "usr_org"])).status_code == 200
    return stand


def claims(token: str) -> dict:
    return json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))


@pytest.mark.req("SSO-06")
async def test_version_one_reads_the_person_and_the_organisation_by_one_scope(entitled):
    scope = f"openid {NAME} fullname {OGRN}"
    asked = await entitled.browser.get("/aas/oauth2/ac", params=entitled.ask(scope=scope))
    page = (await entitled.browser.get(asked.headers["location"])).text
    assert "фамилия, имя, отчество, краткое наименование организации, ОГРН организации" in page
    answer = await entitled.tokens("org-staff", scope=scope)
    told = claims(answer["access_token"])
    assert told["scope"] == f"openid fullname?oid=1000400170 {NAME} {OGRN}"
    assert claims(answer["id_token"])["sub"] == 1000400170
    person = (await entitled.rest("/rs/prns/1000400170", answer["access_token"])).json()
    assert person["lastName"] == "Фролова"
    shown = (await entitled.rest(f"/rs/orgs/{UNIVERSITY}", answer["access_token"])).json()
    assert (shown["shortName"], shown["ogrn"]) == ("СМУ", "1027700000012")
    assert "inn" not in shown
    assert (await entitled.rest(f"/rs/orgs/{HOSPITAL}", answer["access_token"])).status_code == 403


async def test_the_second_request_of_version_one_may_ask_for_the_organisation_alone(entitled):
    answer = await entitled.tokens("org-staff", scope=NAME)
    assert "id_token" not in answer
    assert claims(answer["access_token"])["scope"] == NAME
    assert (await entitled.rest(f"/rs/orgs/{UNIVERSITY}", answer["access_token"])).json()[
        "shortName"
    ] == "СМУ"


async def test_the_exchange_names_the_same_organisations(entitled):
    code = await entitled.code("org-staff", scope=f"openid {NAME}")
    for other in ("openid", f"openid {OGRN}"):
        refused = (await entitled.te(entitled.redeem(code, scope=other))).json()
        assert refused["error_description"].startswith("ESIA-007011")
    assert (await entitled.te(entitled.redeem(code, scope=f"openid {NAME}"))).status_code == 200


async def test_what_version_one_did_not_sign_opens_nothing(entitled):
    """`scope_org` belongs to version 2; here no signature covers it."""
    code = await entitled.code("org-staff", scope="openid", scope_org=NAME)
    token = (await entitled.te(entitled.redeem(code, scope="openid"))).json()["access_token"]
    assert claims(token)["scope"] == "openid"
    assert (await entitled.rest(f"/rs/orgs/{UNIVERSITY}", token)).status_code == 403


@pytest.mark.parametrize(
    ("scope", "number"),
    [
        ("openid http://esia.gosuslugi.ru/usr_inf", "007006"),
        (f"openid http://esia.gosuslugi.ru/org_everything?org_oid={UNIVERSITY}", "007006"),
        (f"openid {NAME}&more=1", "007006"),
        ("openid org_shortname", "007006"),
    ],
)
async def test_other_addresses_are_no_scopes(entitled, scope, number):
    back = await entitled.browser.get("/aas/oauth2/ac", params=entitled.ask(scope=scope))
    assert entitled.query(back)["error_description"].startswith(f"ESIA-{number}")


async def test_a_system_without_the_right_and_a_stranger_get_no_organisation(stand, entitled):
    answer = await entitled.sign_in(entitled.ask(scope=f"openid {NAME}"), "match")
    assert entitled.query(answer)["error_description"].startswith("ESIA-007194")
    await stand.register()
    back = await stand.browser.get("/aas/oauth2/ac", params=stand.ask(scope=f"openid {NAME}"))
    assert stand.query(back)["error_description"].startswith("ESIA-007019")


ANY_NAME = "http://esia.gosuslugi.ru/org_shortname"


async def test_whoever_works_in_several_organisations_chooses_one(entitled):
    scope = f"openid {ANY_NAME}"
    asked = await entitled.sign_in(entitled.ask(scope=scope), "many")
    assert asked.status_code == 200
    assert "Северный медицинский университет" in asked.text
    assert "Городская больница № 7" in asked.text
    fields = {name: entitled.hidden(asked.text, name) for name in ("request", "token")}

    async def choose(**typed: str):
        return await entitled.browser.post("/idp/login/organization", data=fields | typed)

    for wrong in ({}, {"organization": "1000600099"}):
        again = await choose(**wrong)
        assert (again.status_code, "Выберите организацию" in again.text) == (422, True)
    assert (await choose(token="x" * 64, organization=str(HOSPITAL))).status_code == 400
    back = await choose(organization=str(HOSPITAL))
    answer = await entitled.te(entitled.redeem(entitled.query(back)["code"], scope=scope))
    token = answer.json()["access_token"]
    assert claims(token)["scope"] == f"openid {ANY_NAME}?org_oid={HOSPITAL}"
    assert (await entitled.rest(f"/rs/orgs/{HOSPITAL}", token)).json()["shortName"] == "ГБ № 7"
    assert (await entitled.rest(f"/rs/orgs/{UNIVERSITY}", token)).status_code == 403
    assert (await choose(organization=str(UNIVERSITY))).status_code == 400, "answered once"


async def test_the_choice_may_be_refused_and_is_not_asked_where_there_is_none(entitled):
    page = await entitled.sign_in(entitled.ask(scope=ANY_NAME), "many")
    fields = {name: entitled.hidden(page.text, name) for name in ("request", "token")}
    back = await entitled.browser.post("/idp/login/organization", data=fields | {"decision": "deny"})
    assert entitled.query(back)["error"] == "access_denied"
    for login, scope in (("head", ANY_NAME), ("many", "openid usr_org"), ("many", NAME)):
        assert "code" in entitled.query(await entitled.sign_in(entitled.ask(scope=scope), login))


async def test_the_choice_opens_nothing_before_the_password_and_the_second_factor(entitled):
    await entitled.browser.patch("/sandbox/people/many", json={"second_factor": True})
    fields = await entitled.open_form(entitled.ask(scope=ANY_NAME))
    chosen = fields | {"organization": str(HOSPITAL)}
    assert (await entitled.browser.post("/idp/login/organization", data=chosen)).status_code == 400
    typed = fields | {"login": "many", "password": "sandbox"}
    assert "Код подтверждения" in (await entitled.browser.post("/idp/login", data=typed)).text
    assert (await entitled.browser.post("/idp/login/organization", data=chosen)).status_code == 400
    shown = await entitled.browser.post("/idp/login/code", data=fields | {"code": "000000"})
    assert "От какой организации" in shown.text
    assert "code" in entitled.query(await entitled.browser.post("/idp/login/organization", data=chosen))


async def test_a_live_session_chooses_too(entitled):
    await entitled.code("many", scope="openid")
    entitled.esia.settings.sessions = "silent"
    fields = await entitled.open_form(entitled.ask(scope=ANY_NAME))
    page = await entitled.browser.post("/idp/login", data=fields | {"decision": "continue"})
    assert "От какой организации" in page.text
    back = await entitled.browser.post(
        "/idp/login/organization", data=fields | {"organization": str(UNIVERSITY)}
    )
    assert "code" in entitled.query(back)


@pytest.mark.parametrize(
    ("login", "scope", "kinds"),
    [
        ("match", "drivers_licence_doc", ["RF_DRIVING_LICENSE"]),
        ("match", "foreign_passport_doc", ["FRGN_PASS"]),
        ("match", "id_doc foreign_passport_doc", ["RF_PASSPORT", "FRGN_PASS"]),
        ("weak", "drivers_licence_doc", []),
    ],
)
async def test_each_document_is_shown_by_its_own_scope(stand, login, scope, kinds):
    assert (await stand.register(scopes=scope.split())).status_code == 200
    token = (await stand.tokens(login, scope=scope))["access_token"]
    oid = claims(token)["urn:esia:sbj_id"]
    found = (await stand.rest(f"/rs/prns/{oid}/docs?embed=(elements)", token)).json()["elements"]
    assert [item["type"] for item in found] == kinds
    for item in found:
        if item["type"] == "FRGN_PASS":
            assert (item["lastName"], item["expiryDate"]) == ("ZHURAVSKAIA", "11.03.2031")
