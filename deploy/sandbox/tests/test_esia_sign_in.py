"""The whole sign-in at the ЕСИА stand-in, with requests signed by independent tools."""

import io
import json
import zipfile
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import pkcs7

pytestmark = pytest.mark.req("SSO-06")

MATCH = 1000400100
UNCONFIRMED = 1000400128
OPENSSL_FORMS = {
    "CMS, detached, attributes": ("cms", ()),
    "CMS, detached, no attributes": ("cms", ("-noattr",)),
    "CMS, enclosed, attributes": ("cms", ("-nodetach",)),
    "CMS, enclosed, no attributes": ("cms", ("-nodetach", "-noattr")),
    "CMS, signer named by key": ("cms", ("-keyid",)),
    "PKCS7, detached": ("smime", ()),
    "PKCS7, enclosed": ("smime", ("-nodetach",)),
}
BASE64_FORMS = {
    "url-safe, padded": lambda der: urlsafe_b64encode(der).decode(),
    "url-safe, bare": lambda der: urlsafe_b64encode(der).decode().rstrip("="),
    "standard, padded": lambda der: b64encode(der).decode(),
    "standard, bare": lambda der: b64encode(der).decode().rstrip("="),
}


def parts(token: str) -> tuple[dict, dict]:
    head, body = (json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    return head, body


async def archive(stand) -> list[x509.Certificate]:
    answer = await stand.browser.get("/public/esia.zip")
    files = zipfile.ZipFile(io.BytesIO(answer.content))
    return [
        x509.load_pem_x509_certificate(files.read(n)) for n in files.namelist() if n.startswith("esia_rsa")
    ]


def verify(token: str, certificate: x509.Certificate) -> None:
    signed, _, signature = token.rpartition(".")
    public = certificate.public_key()
    public.verify(urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("form", OPENSSL_FORMS)
async def test_every_form_of_signature_that_openssl_makes_is_accepted(stand, form):
    command, options = OPENSSL_FORMS[form]
    params = stand.ask()
    params["client_secret"] = stand.secret(
        stand.signer.openssl(stand.text(params), *options, command=command)
    )
    answer = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert answer.headers["location"].startswith("/idp/login?request=")


@pytest.mark.parametrize("form", BASE64_FORMS)
async def test_every_form_of_base64_is_accepted(stand, form):
    params = stand.ask()
    params["client_secret"] = BASE64_FORMS[form](stand.signer.openssl(stand.text(params)))
    answer = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert answer.headers["location"].startswith("/idp/login?request=")


async def test_a_signature_by_the_cryptography_library_is_accepted(stand):
    params = stand.ask()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(stand.text(params).encode())
    builder = builder.add_signer(stand.signer.certificate, stand.signer.private, hashes.SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    params["client_secret"] = stand.secret(builder.sign(serialization.Encoding.DER, options))
    answer = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert answer.headers["location"].startswith("/idp/login?request=")


async def test_the_request_may_be_posted_and_the_time_may_be_local(stand):
    answer = await stand.browser.post("/aas/oauth2/ac", data=stand.ask(timestamp=stand.stamp(offset_hours=3)))
    assert answer.headers["location"].startswith("/idp/login?request=")


async def test_the_redirect_brings_a_code_and_the_same_state(stand):
    params = stand.ask()
    answer = await stand.sign_in(params)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{stand.redirect}?code=")
    assert stand.query(answer)["state"] == params["state"]
    head, claims = parts(stand.query(answer)["code"])
    assert len(head.pop("x5t#St256")) == 64
    assert head == {"ver": 1, "typ": "JWT", "sbt": "authorization_code", "alg": "RS256"}
    assert claims["exp"] - claims["iat"] == 240
    assert claims["client_id"] == "NMO01"
    assert claims["urn:esia:client:state"] == params["state"]
    assert claims["urn:esia:sbj"]["urn:esia:sbj:oid"] == MATCH
    verify(stand.query(answer)["code"], (await archive(stand))[0])


async def test_the_access_token_has_exactly_the_claims_of_esia(stand):
    answer = await stand.tokens()
    head, claims = parts(answer["access_token"])
    assert head == {"ver": 1, "typ": "JWT", "sbt": "access", "alg": "RS256"}
    assert set(claims) == {
        "iss",
        "nbf",
        "iat",
        "exp",
        "scope",
        "client_id",
        "urn:esia:sid",
        "urn:esia:sbj_id",
    }
    assert claims["iss"] == "http://127.0.0.1:8190/"
    assert claims["urn:esia:sbj_id"] == MATCH
    assert claims["nbf"] == claims["iat"]
    assert claims["exp"] == claims["iat"] + 3600
    names = [name for name in stand.scope.split() if name != "openid"]
    assert claims["scope"].split() == ["openid", *(f"{name}?oid={MATCH}" for name in names)]
    assert UUID(claims["urn:esia:sid"])
    verify(answer["access_token"], (await archive(stand))[0])


async def test_the_id_token_has_exactly_the_claims_of_esia(stand):
    answer = await stand.tokens()
    head, claims = parts(answer["id_token"])
    assert head == {"ver": 0, "typ": "JWT", "sbt": "id", "alg": "RS256"}
    expected = "iss aud sub nbf iat exp auth_time amr urn:esia:amd urn:esia:sid urn:esia:sbj"
    assert set(claims) == set(expected.split())
    assert type(claims["sub"]) is int
    assert claims["sub"] == MATCH
    assert claims["aud"] == "NMO01"
    assert claims["exp"] == claims["iat"] + 10_800
    assert (claims["amr"], claims["urn:esia:amd"]) == ("PWD", "PWD")
    assert claims["urn:esia:sbj"] == {
        "urn:esia:sbj:lvl": "PR",
        "urn:esia:sbj:typ": "P",
        "urn:esia:sbj:is_tru": True,
        "urn:esia:sbj:oid": MATCH,
        "urn:esia:sbj:nam": f"OID.{MATCH}",
    }
    verify(answer["id_token"], (await archive(stand))[0])


async def test_an_unconfirmed_account_has_no_flag_instead_of_a_false_one(stand):
    answer = await stand.tokens("unconfirmed")
    subject = parts(answer["id_token"])[1]["urn:esia:sbj"]
    assert "urn:esia:sbj:is_tru" not in subject
    assert subject["urn:esia:sbj:lvl"] == "P"
    person = (await stand.rest(f"/rs/prns/{UNCONFIRMED}", answer["access_token"])).json()
    assert person["trusted"] is False


async def test_a_child_has_its_own_level(stand):
    answer = await stand.tokens("child")
    assert parts(answer["id_token"])[1]["urn:esia:sbj"]["urn:esia:sbj:lvl"] == "KD"


async def test_the_token_answer_echoes_its_own_state(stand):
    params = stand.redeem(await stand.code())
    answer = (await stand.te(params)).json()
    assert answer["state"] == params["state"]
    assert (answer["expires_in"], answer["token_type"]) == (3600, "Bearer")
    assert "refresh_token" not in answer


async def test_without_openid_there_is_no_id_token(stand):
    answer = await stand.tokens(scope="fullname snils")
    assert "id_token" not in answer


async def test_offline_access_brings_a_refresh_token_that_is_good_once(stand):
    first = await stand.tokens(access_type="offline")
    params = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "code": ""}
    second = await stand.te(stand.redeem("", **params))
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    again = await stand.te(stand.redeem("", **params))
    assert again.json()["error"] == "invalid_grant"
    newest = {**params, "refresh_token": second.json()["refresh_token"]}
    revoked = await stand.te(stand.redeem("", **newest))
    assert revoked.json()["error_description"].startswith("ESIA-007011")


async def test_rotation_with_overlap_keeps_the_old_certificate_published(stand):
    before = await archive(stand)
    old = await stand.tokens()
    await stand.browser.post("/sandbox/rotate", json={"mode": "overlap"})
    published = await archive(stand)
    assert before[0] in published
    assert len(published) == 2
    verify(old["id_token"], published[0])
    verify((await stand.tokens())["id_token"], published[1])


async def test_abrupt_rotation_withdraws_the_old_certificate(stand):
    before = await archive(stand)
    await stand.browser.post("/sandbox/rotate", json={"mode": "abrupt"})
    published = await archive(stand)
    assert len(published) == 1
    assert published != before
    with pytest.raises(InvalidSignature):
        verify((await stand.tokens())["id_token"], before[0])


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/aas/oauth2/jwks", "/aas/oauth2/userinfo"]
)
async def test_there_is_nothing_that_the_real_service_lacks(stand, path):
    assert (await stand.browser.get(path)).status_code == 404
