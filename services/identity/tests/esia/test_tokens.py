"""Mutants of ЕСИА's tokens: each one thing wrong, each refused for its own reason (SSO-06, SSO-08)."""

import base64
import copy
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import OctKey, RSAKey

from nmo_identity.esia.tokens import EsiaIdentity, TokenRules, check_tokens
from nmo_identity.providers.jws import TokenFault

pytestmark = pytest.mark.req("SSO-06", "SSO-08")
NOW = datetime(2026, 5, 10, 12, 0, 0, 500_000, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER = "http://esia.gosuslugi.ru/"
KEY = RSAKey.generate_key(2048)
OTHER = RSAKey.generate_key(2048)
RULES = TokenRules(ISSUER, "NMO01", NOW - timedelta(seconds=30), NOW, leeway_s=10, fresh_sign_in=True)
"""The strictest reading, a step-up: every mutant is refused under it."""
Parts = dict[str, Any]


def good() -> dict[str, Parts]:
    """Both tokens as the real service makes them."""
    return {
        "access": {
            "header": {"ver": 1, "typ": "JWT", "sbt": "access", "alg": "RS256"},
            "claims": {
                "iss": ISSUER, "client_id": "NMO01", "nbf": AT, "iat": AT, "exp": AT + 3600,
                "urn:esia:sbj_id": 1000400100, "urn:esia:sid": "s1", "scope": "openid snils?oid=1000400100",
            },
        },
        "id": {
            "header": {"ver": 0, "typ": "JWT", "sbt": "id", "alg": "RS256"},
            "claims": {
                "iss": ISSUER, "aud": "NMO01", "nbf": AT, "iat": AT, "exp": AT + 10800, "sub": 1000400100,
                "auth_time": AT, "amr": "PWD", "urn:esia:sid": "s1",
                "urn:esia:sbj": {
                    "urn:esia:sbj:typ": "P", "urn:esia:sbj:is_tru": True, "urn:esia:sbj:oid": 1000400100,
                },
            },
        },
    }  # fmt: skip


def encode(part: Parts, sign: Callable[..., str]) -> str:
    if "raw" in part:
        return str(part["raw"])
    key = part.get("key", KEY)
    return sign(part["header"], part["claims"], key, part["header"].get("alg", "RS256"))


def check(parts: dict[str, Parts], helpers: Any, rules: TokenRules = RULES) -> EsiaIdentity:
    return check_tokens(
        encode(parts["access"], helpers.sign), encode(parts["id"], helpers.sign), [OTHER, KEY], rules
    )


def claim(kind: str, name: str, value: object) -> Callable[[dict[str, Parts]], None]:
    def change(parts: dict[str, Parts]) -> None:
        parts[kind]["claims"][name] = value

    return change


def without(kind: str, name: str) -> Callable[[dict[str, Parts]], None]:
    def change(parts: dict[str, Parts]) -> None:
        del parts[kind]["claims"][name]

    return change


def header(kind: str, name: str, value: object) -> Callable[[dict[str, Parts]], None]:
    def change(parts: dict[str, Parts]) -> None:
        parts[kind]["header"][name] = value

    return change


def raw(kind: str, make: Callable[[], object]) -> Callable[[dict[str, Parts]], None]:
    def change(parts: dict[str, Parts]) -> None:
        parts[kind]["raw"] = make()

    return change


def part(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unsigned(kind: str, algorithm: str = "none", signature: str = "") -> str:
    parts = good()[kind]
    return f"{part({**parts['header'], 'alg': algorithm})}.{part(parts['claims'])}.{signature}"


def signed_bytes(kind: str, claims: bytes | None = None, head: bytes | None = None) -> str:
    """Signed by the right key, but over bytes of the test's own making."""
    parts = good()[kind]
    first = part(head if head is not None else parts["header"])
    second = part(claims if claims is not None else parts["claims"])
    signature = KEY.private_key.sign(f"{first}.{second}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{first}.{second}.{part(signature)}"


def hmac_with_public_key(kind: str) -> str:
    pem = KEY.as_pem(private=False)
    return _hs256(good()[kind], pem)


def hmac_with_certificate_der(kind: str) -> str:
    der = KEY.public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return _hs256(good()[kind], der)


def _hs256(parts: Parts, secret: bytes) -> str:
    body = f"{part({**parts['header'], 'alg': 'HS256'})}.{part(parts['claims'])}"
    return f"{body}.{part(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def other_key(kind: str) -> Callable[[dict[str, Parts]], None]:
    def change(parts: dict[str, Parts]) -> None:
        parts[kind]["key"] = RSAKey.generate_key(2048)

    return change


def embedded_key(parts: dict[str, Parts]) -> None:
    attacker = RSAKey.generate_key(2048)
    parts["id"]["key"] = attacker
    parts["id"]["header"]["jwk"] = attacker.as_dict(private=False)


def altered(kind: str) -> str:
    head, body, signature = signed_bytes(kind).split(".")
    claims = {**good()[kind]["claims"], "sub": 1000400999, "urn:esia:sbj_id": 1000400999}
    del body
    return f"{head}.{part(claims)}.{signature}"


def swapped(parts: dict[str, Parts]) -> None:
    parts["access"], parts["id"] = parts["id"], parts["access"]


def duplicate(kind: str, name: str, first: str, second: str) -> str:
    claims = json.dumps(good()[kind]["claims"])[:-1]
    return signed_bytes(kind, f'{claims}, "{name}": {first}, "{name}": {second}}}'.encode())


MUTANTS: list[tuple[str, Callable[[dict[str, Parts]], None], str]] = [
    ("id alg none", raw("id", lambda: unsigned("id")), "id_token_shape"),
    ("id alg none with a signature", raw("id", lambda: unsigned("id", signature="AAAA")), "id_algorithm"),
    ("id alg None in other case", raw("id", lambda: unsigned("id", "nOnE", "AAAA")), "id_algorithm"),
    ("access alg none", raw("access", lambda: unsigned("access", signature="AAAA")), "access_algorithm"),
    ("id HS256 keyed with the public key", raw("id", lambda: hmac_with_public_key("id")), "id_algorithm"),
    ("access HS256 keyed with the DER key", raw("access", lambda: hmac_with_certificate_der("access")), "access_algorithm"),
    ("id PS256", header("id", "alg", "PS256"), "id_algorithm"),
    ("id RS512", header("id", "alg", "RS512"), "id_algorithm"),
    ("id GOST name without its key", raw("id", lambda: unsigned("id", "GOST3410_2012_256", "AAAA")), "id_signature"),
    ("id other key", other_key("id"), "id_signature"),
    ("access other key", other_key("access"), "access_signature"),
    ("id key of its own header", embedded_key, "id_signature"),
    ("id claims altered after signing", raw("id", lambda: altered("id")), "id_signature"),
    ("access claims altered after signing", raw("access", lambda: altered("access")), "access_signature"),
    ("id critical header", raw("id", lambda: signed_bytes("id", head=b'{"alg":"RS256","sbt":"id","crit":["x"],"x":1}')), "id_header_critical"),
    ("id unencoded payload", raw("id", lambda: signed_bytes("id", head=b'{"alg":"RS256","sbt":"id","b64":false}')), "id_header_critical"),
    ("id typ at+jwt", header("id", "typ", "at+jwt"), "id_kind"),
    ("tokens swapped", swapped, "access_kind"),
    ("id marked as access", header("id", "sbt", "access"), "id_kind"),
    ("access marked as code", header("access", "sbt", "authorization_code"), "access_kind"),
    ("id issuer without slash", claim("id", "iss", ISSUER.rstrip("/")), "id_issuer"),
    ("id issuer by https", claim("id", "iss", ISSUER.replace("http:", "https:")), "id_issuer"),
    ("id issuer as a list", claim("id", "iss", [ISSUER]), "id_issuer"),
    ("access issuer of the test contour", claim("access", "iss", "http://esia-portal1.test.gosuslugi.ru/"), "access_issuer"),
    ("id issuer absent", without("id", "iss"), "id_issuer"),
    ("id audience of another system", claim("id", "aud", "NMO02"), "id_audience"),
    ("id audience in other case", claim("id", "aud", "nmo01"), "id_audience"),
    ("id audience with a companion", claim("id", "aud", ["NMO01", "NMO02"]), "id_audience"),
    ("id audience absent", without("id", "aud"), "id_audience"),
    ("access client of another system", claim("access", "client_id", "NMO02"), "access_audience"),
    ("access client absent", without("access", "client_id"), "access_audience"),
    ("access audience of another system", claim("access", "aud", "NMO02"), "access_audience"),
    ("id expired beyond leeway", claim("id", "exp", AT - 10), "id_expired"),
    ("access expired beyond leeway", claim("access", "exp", AT - 11), "access_expired"),
    ("id expiry absent", without("id", "exp"), "id_expiry"),
    ("id expiry as text", claim("id", "exp", str(AT + 100)), "id_expiry"),
    ("id expiry true", claim("id", "exp", value=True), "id_expiry"),
    ("id expiry with a fraction", claim("id", "exp", AT + 100.5), "id_expiry"),
    ("id expiry far beyond time", claim("id", "exp", 10**30), "id_expiry"),
    ("id expiry negative", claim("id", "exp", -1), "id_expiry"),
    ("id not yet valid", claim("id", "nbf", AT + 30), "id_not_before"),
    ("access not-before absent", without("access", "nbf"), "access_not_before"),
    ("id issued in the future", claim("id", "iat", AT + 30), "id_issued"),
    ("id issue time absent", without("id", "iat"), "id_issued"),
    ("id issued after its end", claim("id", "exp", AT), "id_issued"),
    ("id older than the flow", claim("id", "iat", AT - 120), "id_older_than_flow"),
    ("access older than the flow", claim("access", "iat", AT - 120), "access_older_than_flow"),
    ("signed in before the flow", claim("id", "auth_time", AT - 120), "id_auth_time_before_flow"),
    ("signed in in the future", claim("id", "auth_time", AT + 60), "id_auth_time"),
    ("sign-in time absent", without("id", "auth_time"), "id_auth_time"),
    ("id subject absent", without("id", "sub"), "id_subject"),
    ("id subject true", claim("id", "sub", value=True), "id_subject"),
    ("id subject zero", claim("id", "sub", 0), "id_subject"),
    ("id subject negative", claim("id", "sub", -1000400100), "id_subject"),
    ("id subject with a fraction", claim("id", "sub", 1000400100.0), "id_subject"),
    ("id subject a path", claim("id", "sub", "1000400100/../2"), "id_subject"),
    ("id subject in Arabic digits", claim("id", "sub", "١٠٠٠٤٠٠١٠٠"), "id_subject"),
    ("id subject padded", claim("id", "sub", "01000400100"), "id_subject"),
    ("id subject an object", claim("id", "sub", {"oid": 1000400100}), "id_subject"),
    ("id of another person", claim("id", "sub", 1000400999), "subjects_differ"),
    ("access of another person", claim("access", "urn:esia:sbj_id", 1000400999), "subjects_differ"),
    ("inner oid of another person", claim("id", "urn:esia:sbj", {"urn:esia:sbj:oid": 1000400999}), "subjects_differ"),
    ("inner subject no object", claim("id", "urn:esia:sbj", "P"), "id_subject"),
    ("access subject absent", without("access", "urn:esia:sbj_id"), "access_subject"),
    ("another session", claim("access", "urn:esia:sid", "s2"), "sessions_differ"),
    ("repeated claim", raw("id", lambda: duplicate("id", "sub", "1000400999", "1000400100")), "id_claims_json"),
    ("repeated claim in the access token", raw("access", lambda: duplicate("access", "client_id", '"A"', '"NMO01"')), "access_claims_json"),
    ("repeated header member", raw("id", lambda: signed_bytes("id", head=b'{"alg":"none","alg":"RS256","sbt":"id"}')), "id_header_json"),
    ("NaN among the claims", raw("id", lambda: signed_bytes("id", b'{"exp": NaN}')), "id_claims_json"),
    ("claims no object", raw("id", lambda: signed_bytes("id", b"[]")), "id_claims_json"),
    ("claims no JSON", raw("id", lambda: signed_bytes("id", b"{")), "id_claims_json"),
    ("claims nested without end", raw("id", lambda: signed_bytes("id", b"[" * 11_000)), "id_claims_json"),
    ("header no JSON", raw("id", lambda: "AAAA.AAAA.AAAA"), "id_header_json"),
    ("two segments", raw("id", lambda: "AAAA.BBBB"), "id_token_shape"),
    ("four segments", raw("id", lambda: signed_bytes("id") + ".AAAA"), "id_token_shape"),
    ("padding kept", raw("id", lambda: signed_bytes("id") + "="), "id_token_shape"),
    ("a line break", raw("id", lambda: signed_bytes("id") + "\n"), "id_token_shape"),
    ("too long", raw("id", lambda: "A" * 20_000), "id_token_shape"),
    ("id token empty", raw("id", lambda: ""), "id_token_shape"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), [pytest.param(c, r, id=name) for name, c, r in MUTANTS])
def test_mutant_is_refused(change: Callable[[dict[str, Parts]], None], reason: str, helpers: Any) -> None:
    parts = copy.deepcopy(good())
    change(parts)
    with pytest.raises(TokenFault) as caught:
        check(parts, helpers)
    assert caught.value.reason == reason


def test_there_are_enough_mutants() -> None:
    assert len({name for name, _, _ in MUTANTS}) >= 40


@pytest.mark.parametrize("token", [None, 5, {}, b"abc"])
def test_token_of_another_type_is_refused(token: object, helpers: Any) -> None:
    access = encode(good()["access"], helpers.sign)
    with pytest.raises(TokenFault, match="id_token_shape"):
        check_tokens(access, token, [KEY], RULES)


def test_no_key_verifies_nothing(helpers: Any) -> None:
    parts = good()
    with pytest.raises(TokenFault, match="access_signature"):
        check_tokens(encode(parts["access"], helpers.sign), encode(parts["id"], helpers.sign), [], RULES)


def test_good_pair_is_believed(helpers: Any) -> None:
    found = check(good(), helpers)
    assert found.subject == "1000400100"
    assert found.is_trusted
    assert found.session == "s1"
    assert found.methods == ("PWD",)


@pytest.mark.parametrize(
    "change",
    [
        claim("id", "sub", "1000400100"),
        claim("id", "aud", ["NMO01"]),
        claim("id", "nbf", AT + 9),
        claim("id", "exp", AT + 1),
        claim("access", "exp", AT + 1),
        claim("id", "amr", ["PWD", "DS"]),
        without("id", "urn:esia:sid"),
        header("id", "x5t#St256", "AB"),
        claim("id", "auth_time", AT - 30),
    ],
)
def test_what_the_real_service_may_send_passes(
    change: Callable[[dict[str, Parts]], None], helpers: Any
) -> None:
    parts = good()
    change(parts)
    assert check(parts, helpers).subject == "1000400100"


@pytest.mark.parametrize("value", [False, None, "true", 1, "1"])
def test_only_the_boolean_true_is_trusted(value: object, helpers: Any) -> None:
    parts = good()
    parts["id"]["claims"]["urn:esia:sbj"]["urn:esia:sbj:is_tru"] = value
    assert not check(parts, helpers).is_trusted


@pytest.mark.req("SSO-01")
def test_session_of_the_provider_may_be_older(helpers: Any) -> None:
    parts = good()
    parts["id"]["claims"]["auth_time"] = AT - 3600
    relaxed = TokenRules(ISSUER, "NMO01", NOW - timedelta(seconds=30), NOW, leeway_s=10)
    assert check(parts, helpers, relaxed).auth_time == NOW.replace(microsecond=0) - timedelta(hours=1)


def test_symmetric_key_cannot_be_configured(helpers: Any) -> None:
    token = _hs256(good()["access"], b"k" * 32)
    with pytest.raises(TokenFault, match="access_algorithm"):
        check_tokens(token, token, [OctKey.import_key(b"k" * 32)], RULES)
