"""Version 2 of the ЕСИА stand-in, and GOST signatures in both: signed by openssl's engine, checked without it."""

import base64
import io
import json
import zipfile
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from deploy.sandbox.tests.conftest import BASE, REDIRECT, SCOPE, Signer, Stand
from deploy.sandbox.tests.gost_client import GostSigner
from nmo_sandbox.esia import gost
from nmo_sandbox.esia.app import create_app
from nmo_sandbox.esia.certificates import read_pem
from nmo_sandbox.esia.signature import verify_raw
from nmo_sandbox.settings import SandboxSettings

pytestmark = pytest.mark.req("SSO-06")
ORDER = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
UNIVERSITY = 1_000_600_001
HEAD, STAFF = "head", "org-staff"


class SecondVersion:
    """A system that speaks version 2 with GOST."""

    def __init__(self, stand: Stand, signer: GostSigner) -> None:
        self.stand, self.signer, self.browser = stand, signer, stand.browser

    def sign(self, params: dict[str, str], *more: str) -> dict[str, str]:
        text = "".join(params.get(name, "") for name in (*ORDER, *more))
        return params | {"client_secret": self.signer.secret(self.signer.raw(text))}

    def ask(self, **changes: str) -> dict[str, str]:
        params = {
            "client_id": "NMO02", "response_type": "code", "redirect_uri": REDIRECT, "scope": SCOPE,
            "state": str(uuid4()), "timestamp": self.stand.stamp(), "access_type": "online",
            "client_certificate_hash": self.signer.hash,
        }  # fmt: skip
        return self.sign(params | changes)

    def redeem(self, code: str, /, **changes: str) -> dict[str, str]:
        params = {
            "client_id": "NMO02", "grant_type": "authorization_code", "token_type": "Bearer", "code": code,
            "redirect_uri": REDIRECT, "scope": SCOPE, "state": str(uuid4()), "timestamp": self.stand.stamp(),
            "client_certificate_hash": self.signer.hash,
        }  # fmt: skip
        return self.sign(params | changes, "code")

    async def answer(self, params: dict[str, str]) -> dict[str, str]:
        """What a request that is sent back carries."""
        return self.stand.query(await self.browser.get("/aas/oauth2/v2/ac", params=params))

    async def code(self, login: str = "match", params: dict[str, str] | None = None) -> str:
        asked = await self.browser.get("/aas/oauth2/v2/ac", params=params or self.ask())
        page = await self.browser.get(asked.headers["location"])
        fields = {name: Stand.hidden(page.text, name) for name in ("request", "token")}
        back = await self.browser.post("/idp/login", data=fields | {"login": login, "password": "sandbox"})
        return self.stand.query(back)["code"]

    async def te(self, params: dict[str, str]) -> httpx2.Response:
        return await self.browser.post("/aas/oauth2/v3/te", data=params)

    async def tokens(self, login: str = "match", **changes: str) -> dict:
        code = await self.code(login, self.ask(**changes))
        same = {name: value for name, value in changes.items() if name in {"scope", "scope_org"}}
        answer = await self.te(self.redeem(code, **same))
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def gost_signer(gost_engine, tmp_path_factory) -> GostSigner:
    return GostSigner(tmp_path_factory.mktemp("gost"))


@pytest.fixture
async def second(stand, gost_signer) -> SecondVersion:
    body = {
        "certificate_pem": gost_signer.pem, "redirect_uris": [REDIRECT], "scopes": [*SCOPE.split(), "usr_org", "id_doc"],
        "signature_algorithm": "GOST3410_2012_256",
    }  # fmt: skip
    assert (await stand.browser.put("/sandbox/clients/NMO02", json=body)).status_code == 201
    return SecondVersion(stand, gost_signer)


def parts(token: str) -> tuple[dict, dict]:
    head, body = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    return head, body


async def published(stand, kind: str) -> str:
    """The newest certificate of a kind from the archive."""
    files = zipfile.ZipFile(io.BytesIO((await stand.browser.get("/public/esia.zip")).content))
    return files.read([name for name in files.namelist() if name.startswith(f"esia_{kind}")][-1]).decode()


async def test_a_person_signs_in_by_version_two(second, tmp_path):
    answer = await second.tokens()
    assert answer["expires_in"] == 3600
    assert answer["token_type"] == "Bearer"
    key = tmp_path / "esia.pem"
    key.write_text(await published(second.stand, "gost"))
    for kind in ("access_token", "id_token"):
        head, claims = parts(answer[kind])
        assert head["alg"] == "GOST3410_2012_256"
        signed, _, signature = answer[kind].rpartition(".")
        # The engine judges the stand-in's pure Python.
        public = second.signer.run("x509", "-pubkey", "-noout", data=key.read_bytes())
        (tmp_path / "public.pem").write_bytes(public)
        (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
        verified = second.signer.run(
            "dgst", "-md_gost12_256", "-verify", str(tmp_path / "public.pem"),
            "-signature", str(tmp_path / "signature"), data=signed.encode(),
        )  # fmt: skip
        assert b"Verified OK" in verified
        assert claims["iss"] == f"{BASE}/"
    person = await second.stand.rest("/rs/prns/1000400100", answer["access_token"])
    assert person.json()["lastName"] == "Журавская"


async def test_tokens_are_signed_as_the_system_chose_whatever_its_own_key(second):
    body = {"certificate_pem": second.signer.pem, "redirect_uris": [REDIRECT], "signature_algorithm": "RS256"}
    await second.browser.put("/sandbox/clients/NMO02", json=body)
    token = (await second.tokens())["access_token"]
    assert parts(token)[0]["alg"] == "RS256"
    signed, _, signature = token.rpartition(".")
    public = x509.load_pem_x509_certificate((await published(second.stand, "rsa")).encode()).public_key()
    public.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    "write",
    [
        lambda made: urlsafe_b64encode(made).decode(),
        lambda made: urlsafe_b64encode(made).decode().rstrip("="),
        lambda made: b64encode(made).decode(),
        lambda made: b64encode(made).decode().rstrip("="),
    ],
)
async def test_the_signature_may_come_in_any_base64(second, write):
    params = second.ask()
    made = base64.urlsafe_b64decode(params["client_secret"])
    asked = await second.browser.get("/aas/oauth2/v2/ac", params=params | {"client_secret": write(made)})
    assert asked.headers["location"].startswith("/idp/login")


@pytest.mark.parametrize("case", ["lower-case hash", "empty scope_org", "Moscow time", "POST"])
async def test_what_real_clients_send_is_taken(second, case):
    changes = {
        "lower-case hash": {"client_certificate_hash": second.signer.hash.lower()},
        "empty scope_org": {"scope_org": ""},
        "Moscow time": {"timestamp": second.stand.stamp(offset_hours=3)},
        "POST": {"permissions": urlsafe_b64encode(b"[]").decode()},
    }[case]
    params = second.ask(**changes)
    asked = (
        await second.browser.post("/aas/oauth2/v2/ac", data=params)
        if case == "POST"
        else await second.browser.get("/aas/oauth2/v2/ac", params=params)
    )
    assert asked.headers["location"].startswith("/idp/login"), asked.text


async def test_a_foreign_parameter_beside_the_code_is_ignored(second):
    code = await second.code()
    answer = await second.te(second.redeem(code, refresh_token=str(uuid4()), scope_org=""))
    assert answer.status_code == 200


def _wrong(second):
    """Name → parameters of a wrong request."""
    good, signer = second.ask(), second.signer
    text = "".join(good.get(name, "") for name in ORDER)
    first_order = good["scope"] + good["timestamp"] + good["client_id"] + good["state"]
    made = signer.raw(text)
    sha1 = hashes.Hash(hashes.SHA1())  # noqa: S303 what a certificate store shows as the thumbprint
    sha1.update(signer.der)
    sha256 = hashes.Hash(hashes.SHA256())
    sha256.update(signer.der)
    return {
        "CMS": (good | {"client_secret": signer.secret(signer.openssl(text))}, "007053"),
        "order of version one": (good | {"client_secret": signer.secret(signer.raw(first_order))}, "007053"),
        "bytes turned round": (good | {"client_secret": signer.secret(made[::-1])}, "007053"),
        "halves swapped": (good | {"client_secret": signer.secret(made[32:] + made[:32])}, "007053"),
        "another scope than signed": (good | {"scope": "openid"}, "007053"),
        "another state than signed": (good | {"state": str(uuid4())}, "007053"),
        "no hash": ({name: value for name, value in good.items() if name != "client_certificate_hash"}, "007014"),
        "SHA-1 of the certificate": (good | {"client_certificate_hash": sha1.finalize().hex()}, "007053"),
        "SHA-256 of the certificate": (good | {"client_certificate_hash": sha256.finalize().hex()}, "007053"),
        "hash of the PEM": (good | {"client_certificate_hash": gost.streebog(signer.pem.encode()).hex()}, "007053"),
        "state that is no UUID": (second.ask(state="abc"), "007003"),
        "unreadable permissions": (second.ask(permissions="%%%"), "036700"),
        "permissions without a term": (
            second.ask(permissions=urlsafe_b64encode(b'[{"sysname":"A"}]').decode()), "036701",
        ),
        "organisation's scope of no such name": (second.ask(scope_org="org_everything"), "007006"),
    }  # fmt: skip


async def test_wrong_requests_are_refused_with_their_codes(second):
    for name, (params, code) in _wrong(second).items():
        answer = await second.answer(params)
        assert answer["error_description"].startswith(f"ESIA-{code}"), name
        if name == "no hash":
            assert "[client_certificate_hash]" in answer["error_description"]


async def test_the_record_shows_what_should_have_been_signed(second):
    params = second.ask() | {"scope": "openid"}
    await second.answer(params)
    newest = (await second.browser.get("/sandbox/refusals")).json()["items"][0]
    text = "".join(params.get(name, "") for name in ORDER).encode()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(text)
    assert newest["expected_sha256"] == [digest.finalize().hex()]


async def test_the_code_is_part_of_what_the_exchange_signs(second):
    code = await second.code()
    without = second.sign(second.redeem(code))
    assert "007053" in (await second.te(without)).json()["error_description"]
    assert (await second.te(second.redeem(code))).status_code == 200


async def test_versions_do_not_mix(second, stand):
    answer = await stand.te(stand.redeem(await second.code()))
    assert "007011" in answer.json()["error_description"]


async def test_turned_bytes_pass_where_the_system_asks_for_it(second):
    body = {
        "certificate_pem": second.signer.pem, "redirect_uris": [REDIRECT], "tolerate": ["reversed_signature", "any_state"],
    }  # fmt: skip
    await second.browser.put("/sandbox/clients/NMO02", json=body)
    params = second.ask(state="no-uuid")
    made = base64.urlsafe_b64decode(params["client_secret"])
    asked = await second.browser.get(
        "/aas/oauth2/v2/ac", params=params | {"client_secret": second.signer.secret(made[::-1])}
    )
    assert asked.headers["location"].startswith("/idp/login")


@pytest.mark.parametrize("way", ["redirect address last", "refresh token last, no hash"])
async def test_a_refresh_is_taken_in_both_disputed_forms_and_once(second, way):
    refresh = (await second.tokens(access_type="offline"))["refresh_token"]
    params = {
        "client_id": "NMO02", "grant_type": "refresh_token", "token_type": "Bearer", "refresh_token": refresh,
        "scope": SCOPE, "state": str(uuid4()), "timestamp": second.stand.stamp(),
    }  # fmt: skip
    if way == "redirect address last":
        params |= {"redirect_uri": REDIRECT, "client_certificate_hash": second.signer.hash}
        params = second.sign(params)
    else:
        # Those who sign it so leave the token type out as well.
        del params["token_type"]
        text = "".join(params[name] for name in ("client_id", "scope", "timestamp", "state", "refresh_token"))
        params |= {"client_secret": second.signer.secret(second.signer.raw(text))}
    answer = await second.te(params)
    assert answer.status_code == 200, answer.text
    assert answer.json()["refresh_token"] != refresh
    again = await second.te(params)
    assert "007011" in again.json()["error_description"]


async def test_another_token_type_is_refused_at_a_refresh_too(second):
    refresh = (await second.tokens(access_type="offline"))["refresh_token"]
    params = {
        "client_id": "NMO02", "grant_type": "refresh_token", "token_type": "mac", "refresh_token": refresh,
        "scope": SCOPE, "state": str(uuid4()), "timestamp": second.stand.stamp(), "redirect_uri": REDIRECT,
        "client_certificate_hash": second.signer.hash,
    }  # fmt: skip
    assert "007003" in (await second.te(second.sign(params))).json()["error_description"]


VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGES = {
    "S256": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "GOST3411": "IMEN9A0Ef9qC85AnKfSXVS_p5e0u3Hs8fwSam2yB0sk",
}


@pytest.mark.parametrize("method", CHALLENGES)
async def test_a_code_with_a_challenge_wants_its_secret(second, method):
    told = {"code_challenge": CHALLENGES[method], "code_challenge_method": method}
    code = await second.code(params=second.ask(**told))
    for wrong in ({}, {"code_verifier": "x" * 43}):
        refused = (await second.te(second.redeem(code, **wrong))).json()
        assert (refused["error"], refused["error_description"][:11]) == ("invalid_grant", "ESIA-007040")
    assert (await second.te(second.redeem(code, code_verifier=VERIFIER))).status_code == 200


async def test_a_secret_without_a_challenge_is_refused(second):
    refused = await second.te(second.redeem(await second.code(), code_verifier=VERIFIER))
    assert refused.json()["error_description"].startswith("ESIA-007039")


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ({"code_challenge": CHALLENGES["S256"]}, "007014"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "007003"),
        ({"person_filter": "conf_acc everybody"}, "007003"),
    ],
)
async def test_a_request_with_an_odd_choice_is_refused(second, told, number):
    back = await second.browser.get("/aas/oauth2/v2/ac", params=second.ask(**told))
    assert second.stand.query(back)["error_description"].startswith(f"ESIA-{number}")


async def test_organisations_are_read_with_their_own_scopes(second):
    mine = await second.tokens("org-admin", scope="openid usr_org")
    found = (await second.stand.rest("/rs/prns/1000400177/orgs", mine["access_token"])).json()
    assert found["elements"] == [f"{BASE}/rs/orgs/{UNIVERSITY}"]
    assert (await second.stand.rest(f"/rs/orgs/{UNIVERSITY}", mine["access_token"])).status_code == 403
    scope = f"http://esia.gosuslugi.ru/org_shortname?org_oid={UNIVERSITY} http://esia.gosuslugi.ru/org_grps?org_oid={UNIVERSITY}"
    params = {
        "client_id": "NMO02", "grant_type": "client_credentials", "token_type": "Bearer", "scope": scope,
        "state": str(uuid4()), "timestamp": second.stand.stamp(), "redirect_uri": REDIRECT,
        "client_certificate_hash": second.signer.hash,
    }  # fmt: skip
    answer = (await second.te(second.sign(params))).json()
    assert {"id_token", "refresh_token"} & set(answer) == set()
    claims = parts(answer["access_token"])[1]
    assert claims["scope"] == scope
    assert "urn:esia:sbj_id" not in claims
    shown = (await second.stand.rest(f"/rs/orgs/{UNIVERSITY}", answer["access_token"])).json()
    assert shown["shortName"] == "СМУ"
    assert "fullName" not in shown
    groups = await second.stand.rest(
        f"/rs/orgs/{UNIVERSITY}/emps/1000400177/grps?embed=(elements)", answer["access_token"]
    )
    assert groups.json()["elements"][0]["grp_id"] == "ORG_ADMIN"
    for path in (f"/rs/orgs/{UNIVERSITY}/emps", "/rs/orgs/1000600007", "/rs/prns/1000400177"):
        assert (await second.stand.rest(path, answer["access_token"])).status_code == 403, path


async def test_an_organisation_one_does_not_work_for_is_refused(second):
    scope = f"http://esia.gosuslugi.ru/org_shortname?org_oid={UNIVERSITY}"
    asked = await second.browser.get("/aas/oauth2/v2/ac", params=second.ask(scope_org=scope))
    page = await second.browser.get(asked.headers["location"])
    fields = {name: Stand.hidden(page.text, name) for name in ("request", "token")}
    back = await second.browser.post("/idp/login", data=fields | {"login": "match", "password": "sandbox"})
    assert "ESIA-007194" in second.stand.query(back)["error_description"]
    token = (await second.tokens("org-staff", scope_org=scope))["access_token"]
    assert scope in parts(token)[1]["scope"]
    assert (await second.stand.rest(f"/rs/orgs/{UNIVERSITY}", token)).json()["shortName"] == "СМУ"


async def test_permissions_open_a_later_token_for_that_person(second):
    wanted = [
        {"sysname": "CREDIT", "expire": 60, "actions": [{"sysname": "ALL_ACTIONS_TO_DATA"}],
         "purposes": [{"sysname": "CREDIT"}], "scopes": [{"sysname": "fullname"}]},
    ]  # fmt: skip
    text = urlsafe_b64encode(json.dumps(wanted).encode()).decode()
    params = {
        "client_id": "NMO02", "grant_type": "client_credentials", "token_type": "Bearer",
        "scope": "prm_chg?oid=1000400100", "state": str(uuid4()), "timestamp": second.stand.stamp(),
        "redirect_uri": REDIRECT, "client_certificate_hash": second.signer.hash,
    }  # fmt: skip
    assert "007019" in (await second.te(second.sign(params))).json()["error_description"]
    token = (await second.tokens(permissions=text))["access_token"]
    assert parts(token)[1]["permissions"] == wanted
    answer = await second.te(second.sign(params))
    assert parts(answer.json()["access_token"])[1]["urn:esia:sbj_id"] == 1000400100


@pytest.mark.parametrize("options", [(), ("-noattr",), ("-nodetach",), ("-nodetach", "-noattr")])
async def test_version_one_takes_gost_in_every_form_of_cms(stand, gost_signer, options):
    await stand.register(signer=gost_signer)
    params = stand.ask()
    params["client_secret"] = gost_signer.secret(gost_signer.openssl(stand.text(params), *options))
    asked = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert asked.headers["location"].startswith("/idp/login")
    params["state"] = str(uuid4())
    assert (
        "007053" in stand.query(await stand.browser.get("/aas/oauth2/ac", params=params))["error_description"]
    )


async def test_version_one_refuses_the_bare_signature(stand, gost_signer):
    await stand.register(signer=gost_signer)
    params = stand.ask()
    params["client_secret"] = gost_signer.secret(gost_signer.raw(stand.text(params)))
    assert (
        "007053" in stand.query(await stand.browser.get("/aas/oauth2/ac", params=params))["error_description"]
    )


@pytest.mark.parametrize("curve", sorted(gost._CURVES))
async def test_engine_and_stand_in_agree_on_every_curve(gost_engine, tmp_path, curve):
    signer = GostSigner(tmp_path, curve=curve)
    (certificate,) = read_pem(signer.pem)
    made = signer.raw("text")
    assert certificate.verifies(b"text", made)
    assert not certificate.verifies(b"texT", made)
    assert not certificate.verifies(b"text", made[:-1])
    assert certificate.streebog == signer.hash.upper()
    own = tmp_path / "own"
    own.write_bytes(signer.private.sign(b"text"))
    public = tmp_path / "public.pem"
    public.write_bytes(signer.run("x509", "-pubkey", "-noout", data=signer.pem.encode()))
    told = signer.run("dgst", "-md_gost12_256", "-verify", str(public), "-signature", str(own), data=b"text")
    assert b"Verified OK" in told


async def test_rsa_may_be_switched_off(signer, gost_signer):
    app = create_app(SandboxSettings(environment="test", state=None, legacy_rsa=False))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE) as browser:
        body = {"certificate_pem": signer.pem, "redirect_uris": [REDIRECT]}
        assert (await browser.put("/sandbox/clients/OLD", json=body)).status_code == 422
        body["certificate_pem"] = gost_signer.pem
        assert (await browser.put("/sandbox/clients/NEW", json=body)).status_code == 201


async def test_a_fault_may_strike_one_system_alone(second, stand):
    await stand.browser.put("/sandbox/clients/NMO02/faults", json={"no_id_token": True})
    assert "id_token" not in await second.tokens()
    assert "id_token" in await stand.tokens()
    refused = await stand.browser.put("/sandbox/clients/NMO02/faults", json={"down": True})
    assert refused.status_code == 422


async def test_an_account_with_a_second_factor_owes_a_code(stand):
    await stand.browser.patch("/sandbox/people/match", json={"second_factor": True})
    fields = await stand.open_form(stand.ask())
    asked = await stand.browser.post("/idp/login", data=fields | {"login": "match", "password": "sandbox"})
    assert (asked.status_code, 'name="code"' in asked.text) == (200, True)
    wrong = await stand.browser.post("/idp/login/code", data=fields | {"code": "111111"})
    assert wrong.status_code == 422
    back = await stand.browser.post("/idp/login/code", data=fields | {"code": "000000"})
    assert parts(stand.query(back)["code"])[1]["acr"] == {"2fa": "otp"}
    assert (await stand.browser.post("/idp/login/code", data=fields | {"code": "000000"})).status_code == 400


async def test_with_a_seed_and_a_standing_clock_runs_repeat(signer, tmp_path):
    moment = datetime.now(UTC).replace(microsecond=0)

    async def run() -> dict:
        settings = SandboxSettings(environment="test", state=tmp_path, seed=7, clock_stands_at=moment)
        app = create_app(settings)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE) as browser:
            stand = Stand(app, browser, signer)
            await stand.register()
            fixed = {
                "timestamp": f"{moment:%Y.%m.%d %H:%M:%S %z}",
                "state": "9f1c7a50-53a4-4c55-9b3a-111111111111",
            }
            code = await stand.code(access_type="offline", **fixed)
            return (await stand.te(stand.redeem(code, **fixed))).json()

    first = await run()
    assert "refresh_token" in first
    assert await run() == first


def test_bare_signature_that_begins_like_a_cms_is_taken(tmp_path):
    signer = Signer(tmp_path)
    signed = ((text, signer.private.sign(text, PKCS1v15(), hashes.SHA256())) for text in _texts())
    text, secret = next((text, secret) for text, secret in signed if secret[0] == 0x30)
    verify_raw(secret, text, read_pem(signer.pem), datetime.now(UTC), reversed_too=False)


def _texts():
    return (str(number).encode() for number in range(100_000))
