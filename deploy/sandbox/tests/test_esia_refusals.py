"""What the ЕСИА stand-in refuses, with which code, and where it says so."""

import asyncio

import pytest

pytestmark = pytest.mark.req("SSO-06")

EVIL = "https://evil.example.org/callback"
ON_ITS_OWN_PAGE = {
    "no client": ({"client_id": ""}, "007014"),
    "unknown client": ({"client_id": "OTHER"}, "007005"),
    "no redirect address": ({"redirect_uri": ""}, "007014"),
    "foreign redirect address": ({"redirect_uri": EVIL}, "007023"),
    "longer redirect address": ({"redirect_uri": "http://127.0.0.1:8080/auth/esia/callback/x"}, "007023"),
    "redirect address with a query": (
        {"redirect_uri": "http://127.0.0.1:8080/auth/esia/callback?a=1"},
        "007023",
    ),
    "redirect address in capitals": ({"redirect_uri": "HTTP://127.0.0.1:8080/auth/esia/callback"}, "007023"),
}
SENT_BACK = {
    "no response type": ({"response_type": ""}, "007014", "invalid_request"),
    "other response type": ({"response_type": "token"}, "007009", "unsupported_response_type"),
    "no state": ({"state": ""}, "007014", "invalid_request"),
    "state that is no UUID": ({"state": "abc"}, "007003", "invalid_request"),
    "no access type": ({"access_type": ""}, "007014", "invalid_request"),
    "other access type": ({"access_type": "forever"}, "007003", "invalid_request"),
    "no scope": ({"scope": ""}, "007013", "invalid_scope"),
    "unknown scope": ({"scope": "openid everything"}, "007006", "invalid_scope"),
    "scope not granted": ({"scope": "openid inn"}, "007019", "invalid_scope"),
    "no timestamp": ({"timestamp": ""}, "007014", "invalid_request"),
    "timestamp with a colon": ({"timestamp": "2026.01.01 10:00:00 +00:00"}, "007014", "invalid_request"),
    "timestamp whose plus was lost": (
        {"timestamp": "2026.01.01 10:00:00  0000"},
        "007014",
        "invalid_request",
    ),
    "timestamp with dashes": ({"timestamp": "2026-01-01 10:00:00 +0000"}, "007014", "invalid_request"),
    "impossible date": ({"timestamp": "2026.02.30 10:00:00 +0000"}, "007014", "invalid_request"),
    "old timestamp": ({"timestamp": "2026.01.01 10:00:00 +0000"}, "007015", "invalid_request"),
}


@pytest.mark.parametrize("case", ON_ITS_OWN_PAGE)
async def test_a_doubtful_address_is_never_redirected_to(stand, case):
    changes, code = ON_ITS_OWN_PAGE[case]
    answer = await stand.browser.get("/aas/oauth2/ac", params=stand.ask(**changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert f"ESIA-{code}" in answer.text


@pytest.mark.parametrize("case", SENT_BACK)
async def test_a_faulty_request_is_sent_back_with_its_code(stand, case):
    changes, code, error = SENT_BACK[case]
    answer = await stand.browser.get("/aas/oauth2/ac", params=stand.ask(**changes))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{stand.redirect}?error=")
    query = stand.query(answer)
    assert query["error"] == error
    assert query["error_description"].startswith(f"ESIA-{code}: ")


@pytest.mark.parametrize("shift_s", [-301, 301])
async def test_the_clock_may_differ_by_five_minutes_and_no_more(stand, shift_s):
    inside = await stand.browser.get(
        "/aas/oauth2/ac", params=stand.ask(timestamp=stand.stamp(shift_s * 0.95))
    )
    outside = await stand.browser.get(
        "/aas/oauth2/ac", params=stand.ask(timestamp=stand.stamp(shift_s * 1.05))
    )
    assert inside.headers["location"].startswith("/idp/login")
    assert "ESIA-007015" in stand.query(outside)["error_description"]


@pytest.mark.parametrize("field", ["scope", "timestamp", "state"])
async def test_a_value_changed_after_signing_is_noticed(stand, field):
    params = stand.ask()
    other = stand.ask(timestamp=stand.stamp(2), scope="openid fullname")
    params[field] = other[field]
    answer = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert stand.query(answer)["error"] == "access_denied"
    assert stand.query(answer)["error_description"] == "ESIA-007053: OAuthErrorEnum.clientSecretWrong"


@pytest.mark.parametrize("options", [(), ("-noattr",), ("-nodetach",), ("-nodetach", "-noattr")])
async def test_a_signature_over_another_text_is_refused(stand, options):
    params = stand.ask()
    params["client_secret"] = stand.secret(stand.signer.openssl("another text", *options))
    answer = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert "ESIA-007053" in stand.query(answer)["error_description"]


async def test_every_changed_byte_of_the_signature_value_is_noticed(stand):
    params = stand.ask()
    der = bytearray(stand.signer.openssl(stand.text(params)))
    for place in range(1, 256, 51):
        broken = bytearray(der)
        broken[-place] ^= 1
        answer = await stand.browser.get(
            "/aas/oauth2/ac", params=params | {"client_secret": stand.secret(bytes(broken))}
        )
        assert "ESIA-007053" in stand.query(answer)["error_description"]


def _variants(stand, stranger, text):
    own = stand.signer
    swapped = own.openssl(text).replace(
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b"\x06\x09" + b"\x2a" * 9, 1
    )
    return {
        "another system's key": (stranger.openssl(text), "007002"),
        "no certificate inside": (own.openssl(text, "-nocerts"), "007053"),
        "SHA-1": (own.openssl(text, digest="sha1"), "007053"),
        "SHA-512": (own.openssl(text, digest="sha512"), "007053"),
        "PSS padding": (own.openssl(text, "-keyopt", "rsa_padding_mode:pss"), "007053"),
        "two signers": (_two_signers(own, stranger, text), "007053"),
        "raw signature": (b"\x01" * 256, "007053"),
        "trailing bytes": (own.openssl(text) + b"\x00", "007053"),
        "cut off": (own.openssl(text)[:-20], "007053"),
        "not SignedData": (swapped, "007053"),
    }


def _two_signers(own, stranger, text):
    options = ("-signer", str(stranger.certificate_file), "-inkey", str(stranger.key_file))
    return own.openssl(text, *options)


async def test_other_signatures_are_refused(stand, stranger):
    params = stand.ask()
    for name, (der, code) in _variants(stand, stranger, stand.text(params)).items():
        answer = await stand.browser.get(
            "/aas/oauth2/ac", params=params | {"client_secret": stand.secret(der)}
        )
        assert f"ESIA-{code}" in stand.query(answer)["error_description"], name


@pytest.mark.parametrize("secret", ["", "with space", "не base64", "abc=def", "A"])
async def test_a_secret_that_is_no_base64_counts_as_missing(stand, secret):
    params = stand.ask() | {"client_secret": secret}
    answer = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert stand.query(answer)["error_description"].endswith("[client_secret].")


async def test_an_expired_certificate_is_refused_though_registered(stand, expired):
    await stand.register(signer=expired)
    answer = await stand.browser.get("/aas/oauth2/ac", params=stand.sign(stand.ask(), expired))
    assert "ESIA-007053" in stand.query(answer)["error_description"]


async def test_during_a_renewal_both_certificates_are_good(stand, stranger):
    await stand.register(certificate_pem=stand.signer.pem + stranger.pem)
    for signer in (stand.signer, stranger):
        answer = await stand.browser.get("/aas/oauth2/ac", params=stand.sign(stand.ask(), signer))
        assert answer.headers["location"].startswith("/idp/login")


async def test_a_repeated_parameter_is_refused(stand):
    params = [*stand.ask().items(), ("scope", "openid")]
    answer = await stand.browser.get("/aas/oauth2/ac", params=params)
    assert answer.status_code == 400
    assert "ESIA-007003" in answer.text


async def test_the_record_tells_the_reason_without_the_signature(stand, stranger):
    params = stand.sign(stand.ask(), stranger)
    await stand.browser.get("/aas/oauth2/ac", params=params)
    newest = (await stand.browser.get("/sandbox/refusals")).json()["items"][0]
    assert (newest["code"], newest["client_id"], newest["where"]) == ("ESIA-007002", "NMO01", "ac")
    assert "not registered" in newest["reason"]
    assert params["client_secret"] not in str(newest)


TOKEN_REFUSALS = {
    "no code": ({"code": ""}, "007014", "invalid_request"),
    "invented code": ({"code": "invented"}, "007011", "invalid_grant"),
    "other redirect address": ({"redirect_uri": EVIL}, "007011", "invalid_grant"),
    "no redirect address": ({"redirect_uri": ""}, "007014", "invalid_request"),
    "narrower scope": ({"scope": "openid"}, "007011", "invalid_grant"),
    "scope not granted": ({"scope": "openid inn"}, "007019", "invalid_scope"),
    "no scope": ({"scope": ""}, "007013", "invalid_scope"),
    "other grant type": ({"grant_type": "password"}, "007012", "unsupported_grant_type"),
    "no token type": ({"token_type": ""}, "007014", "invalid_request"),
    "unknown client": ({"client_id": "OTHER"}, "007005", "unauthorized_client"),
    "old timestamp": ({"timestamp": "2026.01.01 10:00:00 +0000"}, "007015", "invalid_request"),
    "state that is no UUID": ({"state": "abc"}, "007003", "invalid_request"),
}


@pytest.mark.parametrize("case", TOKEN_REFUSALS)
async def test_a_faulty_token_request_is_refused_with_its_code(stand, case):
    changes, code, error = TOKEN_REFUSALS[case]
    params = stand.redeem(await stand.code(), **changes)
    answer = await stand.te(params)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["error_description"].startswith(f"ESIA-{code}: ")
    assert answer.json().get("state") == (params["state"] or None)


async def test_a_token_request_signed_by_another_key_is_refused(stand, stranger):
    answer = await stand.te(stand.sign(stand.redeem(await stand.code()), stranger))
    assert "ESIA-007002" in answer.json()["error_description"]


async def test_a_code_of_another_system_is_refused(stand, stranger):
    await stand.register("OTHER01", stranger)
    params = stand.sign(stand.redeem(await stand.code(), client_id="OTHER01"), stranger)
    answer = await stand.te(params)
    assert "ESIA-007011" in answer.json()["error_description"]


async def test_a_replayed_code_is_refused_and_ends_what_it_gave(stand):
    code = await stand.code()
    first = (await stand.te(stand.redeem(code))).json()
    assert (await stand.rest("/rs/prns/1000400100", first["access_token"])).status_code == 200
    second = await stand.te(stand.redeem(code))
    assert "ESIA-007011" in second.json()["error_description"]
    assert (await stand.rest("/rs/prns/1000400100", first["access_token"])).status_code == 401


async def test_of_two_equal_token_requests_at_once_one_wins(stand):
    code = await stand.code()
    answers = await asyncio.gather(*(stand.te(stand.redeem(code)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


async def test_a_code_lives_four_minutes(stand):
    codes = [await stand.code(), await stand.code()]
    await stand.faults(clock_skew=230)
    assert (await stand.te(stand.redeem(codes[0]))).status_code == 200
    await stand.faults(clock_skew=245)
    assert "ESIA-007011" in (await stand.te(stand.redeem(codes[1]))).json()["error_description"]


async def test_a_json_body_counts_as_missing_parameters(stand):
    answer = await stand.browser.post("/aas/oauth2/te", json=stand.redeem(await stand.code()))
    assert "ESIA-007014" in answer.json()["error_description"]


async def test_an_oversized_request_is_refused(stand):
    answer = await stand.browser.post("/aas/oauth2/te", data={"code": "x" * 1_000_001})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/openid-configuration",
        "/aas/oauth2/jwks",
        "/aas/oauth2/userinfo",
        "/aas/oauth2/v2/te",
        "/aas/oauth2/v3/ac",
    ],
)
async def test_what_esia_does_not_have_is_not_there(stand, path):
    assert (await stand.browser.get(path)).status_code == 404
