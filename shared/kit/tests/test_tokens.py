"""The verifier against forged and misdirected tokens; the key cache against floods and outages."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from nmo_kit import clock
from nmo_kit.errors import Unavailable
from nmo_kit.principal import Principal
from nmo_kit.tokens import JwksCache, TokenRefused, TokenVerifier

ISSUER, AUDIENCE = "http://127.0.0.1:8080", "cycles"
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "k1"})
P384 = ECKey.generate_key("P-384", {"kid": "k1"})
RSA = RSAKey.generate_key(2048, {"kid": "k1"})
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"}


def claims(**changes: Any) -> dict[str, Any]:
    moment = int(clock.now().timestamp())
    body = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u",
        "roles": ["specialist"],
        "iat": moment,
        "exp": moment + 120,
        "jti": "j",
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not ...}


def sign(body: Any, header: Mapping[str, Any] = HEADER, key: Any = KEY, algorithm: str | None = None) -> str:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    chosen = algorithm or str(header.get("alg"))
    made: str = jws.serialize_compact(dict(header), payload, key, algorithms=[chosen])
    return made


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def verifier(keys: JwksCache | None = None) -> TokenVerifier:
    async def fetch() -> Mapping[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    return TokenVerifier(keys or JwksCache(fetch), issuer=ISSUER, audience=AUDIENCE)


def swap(token: str, part: int, text: str) -> str:
    parts = token.split(".")
    parts[part] = text
    return ".".join(parts)


def with_header(**changes: Any) -> str:
    """A token whose header was changed after signing, and which is signed again with the right key."""
    header = {name: value for name, value in {**HEADER, **changes}.items() if value is not ...}
    signing = f"{b64(header)}.{b64(claims())}"
    good = sign(claims())
    return f"{signing}.{good.rsplit('.', 1)[1]}"


PUBLIC_PEM = KEY.as_pem(private=False)


def _hmac_signed() -> str:
    signing = f"{b64({**HEADER, 'alg': 'HS256'})}.{b64(claims())}"
    return f"{signing}.{b64(hmac.digest(PUBLIC_PEM, signing.encode(), 'sha256'))}"


def _halves_swapped(token: str) -> str:
    raw = base64.urlsafe_b64decode(token.split(".")[2] + "==")
    return b64(raw[32:] + raw[:32])


MUTANTS: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "one part": lambda: "abc",
    "two parts": lambda: ".".join(sign(claims()).split(".")[:2]),
    "four parts": lambda: sign(claims()) + ".x",
    "not ascii": lambda: sign(claims()) + "я",
    "too long": lambda: sign(claims(pad="x" * 9000)),
    "alg none": lambda: f"{b64({**HEADER, 'alg': 'none'})}.{b64(claims())}.",
    "alg NONE": lambda: f"{b64({**HEADER, 'alg': 'NONE'})}.{b64(claims())}.",
    "no signature": lambda: swap(sign(claims()), 2, ""),
    "other signature": lambda: swap(sign(claims()), 2, sign(claims(sub="v")).split(".")[2]),
    "halves swapped": lambda: swap(sign(claims()), 2, _halves_swapped(sign(claims()))),
    "zero signature": lambda: swap(sign(claims()), 2, b64(bytes(64))),
    "claims swapped": lambda: swap(sign(claims()), 1, b64(claims(roles=["admin"]))),
    "other key": lambda: sign(claims(), key=OTHER_KEY),
    "HS256 with public key": _hmac_signed,
    "RS256": lambda: sign(claims(), {**HEADER, "alg": "RS256"}, RSA),
    "ES384": lambda: sign(claims(), {**HEADER, "alg": "ES384"}, P384),
    "typ JWT": lambda: sign(claims(), {**HEADER, "typ": "JWT"}),
    "typ logout": lambda: sign(claims(), {**HEADER, "typ": "logout+jwt"}),
    "typ case": lambda: sign(claims(), {**HEADER, "typ": "AT+JWT"}),
    "no typ": lambda: sign(claims(), {"alg": "ES256", "kid": "k1"}),
    "no kid": lambda: sign(claims(), {"alg": "ES256", "typ": "at+jwt"}),
    "kid unknown": lambda: sign(claims(), {**HEADER, "kid": "k2"}),
    "kid path": lambda: sign(claims(), {**HEADER, "kid": "../../etc/passwd"}),
    "kid list": lambda: with_header(kid=["k1"]),
    "jwk in header": lambda: sign(claims(), {**HEADER, "jwk": OTHER_KEY.as_dict(private=False)}, OTHER_KEY),
    "jku in header": lambda: sign(claims(), {**HEADER, "jku": "http://127.0.0.1/keys"}),
    "x5u in header": lambda: sign(claims(), {**HEADER, "x5u": "http://127.0.0.1/cert"}),
    "x5c in header": lambda: sign(claims(), {**HEADER, "x5c": ["AA"]}),
    "crit": lambda: with_header(crit=["exp"]),
    "b64 false": lambda: with_header(b64=False),
    "header not json": lambda: swap(sign(claims()), 0, b64(b"nope")),
    "header list": lambda: swap(sign(claims()), 0, b64([1])),
    "claims not json": lambda: sign(b"nope"),
    "claims list": lambda: sign([1, 2]),
    "claims string": lambda: sign("admin"),
    "duplicate member": lambda: sign(json.dumps(claims())[:-1].encode() + b', "sub": "admin"}'),
    "issuer other": lambda: sign(claims(iss="http://evil.example")),
    "issuer slash": lambda: sign(claims(iss=ISSUER + "/")),
    "issuer list": lambda: sign(claims(iss=[ISSUER])),
    "issuer missing": lambda: sign(claims(iss=...)),
    "audience other": lambda: sign(claims(aud="registry")),
    "audience of callers": lambda: sign(claims(aud="api")),
    "audience list of two": lambda: sign(claims(aud=[AUDIENCE, "registry"])),
    "audience prefix": lambda: sign(claims(aud=AUDIENCE + "s")),
    "audience missing": lambda: sign(claims(aud=...)),
    "audience null": lambda: sign(claims(aud=None)),
    "subject missing": lambda: sign(claims(sub=...)),
    "subject empty": lambda: sign(claims(sub="")),
    "subject number": lambda: sign(claims(sub=1)),
    "roles missing": lambda: sign(claims(roles=...)),
    "roles text": lambda: sign(claims(roles="admin")),
    "roles mixed": lambda: sign(claims(roles=["admin", 1])),
    "expired": lambda: sign(
        claims(iat=int(clock.now().timestamp()) - 300, exp=int(clock.now().timestamp()) - 60)
    ),
    "expiry missing": lambda: sign(claims(exp=...)),
    "expiry text": lambda: sign(claims(exp="9999999999")),
    "expiry float": lambda: sign(claims(exp=9999999999.5)),
    "expiry true": lambda: sign(claims(exp=True)),
    "expiry far": lambda: sign(claims(exp=int(clock.now().timestamp()) + 86400)),
    "expiry negative": lambda: sign(claims(exp=-1)),
    "issued in the future": lambda: sign(claims(iat=int(clock.now().timestamp()) + 60)),
    "issued missing": lambda: sign(claims(iat=...)),
    "not before the future": lambda: sign(claims(nbf=int(clock.now().timestamp()) + 60)),
    "not before text": lambda: sign(claims(nbf="0")),
    "jti missing": lambda: sign(claims(jti=...)),
    "jti number": lambda: sign(claims(jti=1)),
}


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("name", MUTANTS)
async def test_forged_or_misdirected_token_is_refused(name: str) -> None:
    with pytest.raises(TokenRefused):
        await verifier().verify(MUTANTS[name]())


async def test_good_token_is_accepted_and_read() -> None:
    body = claims(org="01890000-0000-7000-8000-000000000001", entry="full", consent=True)
    principal = Principal.from_claims(await verifier().verify(sign(body)))
    assert principal.roles == {"specialist"}
    assert str(principal.organization_id) == body["org"]
    assert principal.consent is True
    assert await verifier().verify(sign(claims(aud=[AUDIENCE])))


async def test_cached_token_still_expires() -> None:
    check = verifier()
    token = sign(claims())
    await check.verify(token)
    clock.set_offset(200)
    try:
        with pytest.raises(TokenRefused) as refused:
            await check.verify(token)
        assert refused.value.reason == "expired"
    finally:
        clock.set_offset(0)


async def test_flood_of_unknown_keys_makes_one_fetch() -> None:
    fetches = 0

    async def fetch() -> Mapping[str, Any]:
        nonlocal fetches
        fetches += 1
        return {"keys": [KEY.as_dict(private=False)]}

    check = verifier(JwksCache(fetch))
    await check.verify(sign(claims()))
    for number in range(50):
        with pytest.raises(TokenRefused):
            await check.verify(sign(claims(), {**HEADER, "kid": f"x{number}"}))
    assert fetches == 1


async def test_keys_outlive_the_issuer_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    down = False

    async def fetch() -> Mapping[str, Any]:
        if down:
            raise OSError
        return {"keys": [KEY.as_dict(private=False)]}

    keys = JwksCache(fetch)
    check = verifier(keys)
    await check.verify(sign(claims()))
    down = True
    monkeypatch.setattr(JwksCache, "FRESH_S", -1.0)
    monkeypatch.setattr(JwksCache, "COOL_DOWN_S", 0.0)
    await check.verify(sign(claims(sub="second")))
    monkeypatch.setattr(JwksCache, "STALE_S", -1.0)
    with pytest.raises(Unavailable):
        await check.verify(sign(claims(sub="third")))


async def test_issuer_down_from_the_start_is_unavailable_not_allowed() -> None:
    async def fetch() -> Mapping[str, Any]:
        raise OSError

    with pytest.raises(Unavailable):
        await verifier(JwksCache(fetch)).verify(sign(claims()))
