"""Control of the ЕСИА stand-in: faults, people, systems, kept state."""

import io
import json
import zipfile
from base64 import urlsafe_b64decode

import httpx2
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from nmo_sandbox.esia.app import create_app
from nmo_sandbox.settings import SandboxSettings

MATCH = 1000400100
ROOT = f"/rs/prns/{MATCH}"


def claims(token: str, part: int = 1) -> dict:
    return json.loads(urlsafe_b64decode(token.split(".")[part] + "=="))


async def certificate(stand) -> x509.Certificate:
    files = zipfile.ZipFile(io.BytesIO((await stand.browser.get("/public/esia.zip")).content))
    return x509.load_pem_x509_certificate(files.read(next(n for n in files.namelist() if n.endswith(".cer"))))


async def test_the_table_says_what_can_go_wrong(stand):
    table = (await stand.browser.get("/sandbox/faults")).json()
    assert table["active"] == {}
    assert {"down", "slow", "bad_signature", "wrong_issuer", "alg_none"} <= {
        row["name"] for row in table["available"]
    }
    assert all(row["about"] for row in table["available"])


async def test_each_setting_replaces_the_one_before(stand):
    await stand.faults(bad_signature=True, slow=0)
    await stand.faults(alg_none=True, string_expires_in=False)
    assert (await stand.browser.get("/sandbox/faults")).json()["active"] == {"alg_none": True}
    await stand.faults()
    assert (await stand.browser.get("/sandbox/faults")).json()["active"] == {}


@pytest.mark.parametrize(
    "wanted", [{"meteor": True}, {"slow": "long"}, {"wrong_issuer": 5}, {"alg_none": "yes"}]
)
async def test_an_unknown_fault_or_value_changes_nothing(stand, wanted):
    await stand.faults(alg_none=True)
    assert (await stand.browser.put("/sandbox/faults", json=wanted)).status_code == 422
    assert (await stand.browser.get("/sandbox/faults")).json()["active"] == {"alg_none": True}


async def test_a_system_may_have_an_issuer_of_its_own(stand):
    """Published clients have production's issuer written into them; the portal's own system keeps the stand-in's."""
    foreign = "http://esia.gosuslugi.ru/"
    for wrong in ("esia", "ftp://esia.example.org/", "http://esia.example.org/#x"):
        assert (await stand.register("FOREIGN", issuer=wrong)).status_code == 422, wrong
    assert (await stand.register("FOREIGN", issuer=foreign)).json()["issuer"] == foreign
    for client_id, issuer in (("FOREIGN", foreign), ("NMO01", stand.esia.settings.issuer)):
        code = await stand.code(client_id=client_id)
        answer = (await stand.te(stand.redeem(code, client_id=client_id))).json()
        told = {claims(token)["iss"] for token in (code, answer["access_token"], answer["id_token"])}
        assert told == {issuer}


async def test_down_leaves_health_and_control_alone(stand):
    await stand.faults(down=True)
    for path in ("/aas/oauth2/ac", "/idp/login", ROOT, "/public/esia.zip"):
        answer = await stand.browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert (await stand.browser.get("/livez")).json() == {"status": "ok"}
    await stand.faults()
    assert (await stand.browser.get("/public/esia.zip")).status_code == 200


async def test_slow_waits_before_it_answers(stand, monkeypatch):
    waited = []

    async def wait(seconds):
        waited.append(seconds)

    monkeypatch.setattr("nmo_sandbox.common.frame.asyncio.sleep", wait)
    await stand.faults(slow=7)
    await stand.browser.get("/public/esia.zip")
    await stand.browser.get("/livez")
    assert waited == [7]


@pytest.mark.req("SSO-06")
@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ({"wrong_issuer": True}, lambda i, a: i["iss"] == a["iss"] == "http://esia.example.org/"),
        ({"wrong_issuer": "http://x/"}, lambda i, a: i["iss"] == a["iss"] == "http://x/"),
        ({"wrong_audience": True}, lambda i, a: i["aud"] == "OTHER01" == a["client_id"]),
        ({"other_sub": True}, lambda i, a: i["sub"] != a["urn:esia:sbj_id"]),
    ],
)
async def test_faults_in_claims(stand, fault, check):
    await stand.faults(**fault)
    answer = await stand.tokens()
    assert check(claims(answer["id_token"]), claims(answer["access_token"]))


@pytest.mark.req("SSO-06")
async def test_faults_in_times(stand):
    await stand.faults(old_tokens=True)
    old = claims((await stand.tokens())["id_token"])
    await stand.faults(future_tokens=500)
    future = claims((await stand.tokens())["id_token"])
    now = stand.esia.clock.seconds()
    assert old["exp"] < now < future["nbf"]


@pytest.mark.req("SSO-06")
async def test_faults_in_signatures(stand):
    published = (await certificate(stand)).public_key()

    async def verify() -> None:
        token = (await stand.tokens())["id_token"]
        text, _, signature = token.rpartition(".")
        published.verify(urlsafe_b64decode(signature + "=="), text.encode(), PKCS1v15(), hashes.SHA256())

    await verify()
    await stand.faults(bad_signature=True)
    with pytest.raises(InvalidSignature):
        await verify()
    await stand.faults(alg_none=True)
    bare = (await stand.tokens())["id_token"]
    assert claims(bare, 0)["alg"] == "none"
    assert bare.endswith(".")
    await stand.faults(alg_hs256=True)
    assert claims((await stand.tokens())["id_token"], 0)["alg"] == "HS256"
    await stand.faults(wrong_kind=True)
    swapped = await stand.tokens()
    assert [claims(swapped[name], 0)["sbt"] for name in ("id_token", "access_token")] == ["access", "id"]


@pytest.mark.req("SSO-06")
async def test_faults_in_answers(stand):
    token = (await stand.tokens())["access_token"]
    await stand.faults(string_expires_in=True, no_id_token=True, wrong_state=True)
    params = stand.redeem(await stand.code())
    answer = (await stand.te(params)).json()
    assert answer["expires_in"] == "3600"
    assert "id_token" not in answer
    assert answer["state"] != params["state"]
    await stand.faults(missing_trusted=True, missing_snils=True)
    assert {"trusted", "snils"}.isdisjoint((await stand.rest(ROOT, token)).json())
    await stand.faults(rest_denied=True, rest_error_list=True)
    assert (await stand.rest(ROOT, token)).json()[0]["code"] == "ESIA-005029"
    await stand.faults(html_error=True)
    for broken in (await stand.rest(ROOT, token), await stand.te(stand.redeem("any"))):
        assert (broken.status_code, broken.headers["content-type"]) == (500, "text/html; charset=utf-8")
    await stand.faults(truncated_json=True)
    with pytest.raises(ValueError):
        (await stand.rest(ROOT, token)).json()
    await stand.faults(unavailable=True)
    overloaded = await stand.te(stand.redeem("any"))
    assert (overloaded.status_code, overloaded.json()["error"]) == (503, "temporarily_unavailable")


@pytest.mark.req("SSO-06")
async def test_faults_of_codes_clock_and_certificates(stand):
    code = await stand.code()
    await stand.faults(expired_code=True)
    assert "ESIA-007011" in (await stand.te(stand.redeem(code))).json()["error_description"]
    await stand.faults(clock_skew=True)
    refused = await stand.browser.get("/aas/oauth2/ac", params=stand.ask())
    assert "ESIA-007015" in stand.query(refused)["error_description"]
    good = await certificate(stand)
    await stand.faults(expired_certificate=True)
    ended = await certificate(stand)
    assert ended.public_key() == good.public_key()
    assert ended.not_valid_after_utc < stand.esia.clock.now()


async def test_people_can_be_changed_and_added(stand):
    listed = (await stand.browser.get("/sandbox/people")).json()["items"]
    wanted = (
        "key oid snils last_name first_name patronymic birth_date gender email mobile trusted description"
    )
    assert set(wanted.split()) <= set(listed[0])
    assert (listed[0]["key"], listed[0]["oid"], listed[0]["snils"]) == ("match", MATCH, "97116165616")
    changed = await stand.browser.patch("/sandbox/people/match", json={"last_name": "Новикова"})
    assert changed.json()["last_name"] == "Новикова"
    by_body = await stand.browser.patch("/sandbox/people", json={"key": "match", "patronymic": None})
    assert by_body.json()["patronymic"] is None
    token = (await stand.tokens())["access_token"]
    person = (await stand.rest(ROOT, token)).json()
    assert person["lastName"] == "Новикова"
    assert "middleName" not in person
    fresh = {
        "key": "fresh",
        "snils": "11223344595",
        "last_name": "Новый",
        "first_name": "Пётр",
        "birth_date": "1990-01-01",
        "gender": "M",
    }
    added = await stand.browser.post("/sandbox/people", json=fresh)
    assert added.status_code == 201
    assert (await stand.sign_in(stand.ask(), "fresh")).status_code == 302
    assert (await stand.browser.post("/sandbox/people", json=fresh)).status_code == 422


@pytest.mark.parametrize(
    "changes", [{"snils": "11223344596"}, {"snils": "1"}, {"oid": 5}, {"gender": "X"}, {"unknown": 1}]
)
async def test_wrong_changes_of_people_are_refused(stand, changes):
    assert (await stand.browser.patch("/sandbox/people/match", json=changes)).status_code == 422
    assert (await stand.browser.patch("/sandbox/people/nobody", json={"gender": "M"})).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate_pem": "no certificate"},
        {"redirect_uris": []},
        {"redirect_uris": ["/relative"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"scopes": ["openid", "everything"]},
        {"signature_algorithm": "HS256"},
        {"unknown": 1},
    ],
)
async def test_a_wrong_registration_is_refused(stand, changes):
    assert (await stand.register("NEW01", **changes)).status_code == 422


async def test_registering_again_replaces_and_removing_ends(stand, stranger):
    assert (await stand.register(signer=stranger, scopes="openid fullname")).status_code == 200
    listed = (await stand.browser.get("/sandbox/clients")).json()["items"]
    assert [(row["client_id"], row["scopes"]) for row in listed] == [("NMO01", ["openid", "fullname"])]
    assert "certificate_pem" not in listed[0]
    assert (await stand.browser.delete("/sandbox/clients/NMO01")).status_code == 204
    assert "ESIA-007005" in (await stand.browser.get("/aas/oauth2/ac", params=stand.ask())).text


async def test_a_restart_keeps_keys_systems_and_changed_people(tmp_path, signer):
    settings = SandboxSettings(environment="test", state=tmp_path / "state")
    archives = []
    registration = {
        "certificate_pem": signer.pem,
        "redirect_uris": ["http://127.0.0.1:8080/auth/esia/callback"],
    }
    for first in (True, False):
        transport = httpx2.ASGITransport(app=create_app(settings))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8190") as client:
            if first:
                await client.put("/sandbox/clients/NMO01", json=registration)
                await client.patch("/sandbox/people/weak", json={"first_name": "Артём"})
                await client.post("/sandbox/rotate")
            else:
                assert [
                    row["client_id"] for row in (await client.get("/sandbox/clients")).json()["items"]
                ] == ["NMO01"]
                people = {row["key"]: row for row in (await client.get("/sandbox/people")).json()["items"]}
                assert people["weak"]["first_name"] == "Артём"
            archives.append((await client.get("/public/esia.zip")).content)
    assert archives[0] == archives[1]
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment": "production"},
        {"esia_url": "https://esia.gosuslugi.ru"},
        {"esia_url": "nonsense"},
    ],
)
def test_it_never_starts_where_it_could_be_taken_for_real(wrong):
    with pytest.raises(ValueError, match=r"sandbox never|stand-in"):
        SandboxSettings(**wrong)


async def test_answers_are_marked_and_not_stored(stand):
    answer = await stand.browser.get("/")
    assert answer.headers["x-sandbox"] == "stand-in"
    assert answer.headers["cache-control"] == "no-store"
