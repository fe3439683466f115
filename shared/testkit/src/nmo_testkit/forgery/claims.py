"""Claims that a well-signed token may not carry: issuer, audience, times, identities, types."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from nmo_kit import clock
from nmo_testkit.forgery.forger import Forger

DAY = 86_400
NOT_TEXT: tuple[Any, ...] = (1, ["x"], {"x": 1})


def _claim(**changes: Any) -> Callable[[Forger], str]:
    return lambda forger: forger.with_claims(**changes)


def _of(name: str, change: Callable[[Forger], Any]) -> Callable[[Forger], str]:
    return lambda forger: forger.with_claims(**{name: change(forger)})


def _values(name: str, values: Sequence[Any]) -> dict[str, Callable[[Forger], str]]:
    return {f"{name} {_said(value)}": _claim(**{name: value}) for value in values}


def _said(value: Any) -> str:
    return "missing" if value is ... else repr(value)


def _times(**seconds: int) -> Callable[[Forger], str]:
    """Times that many seconds from now."""

    def make(forger: Forger) -> str:
        now = int(clock.now().timestamp())
        return forger.with_claims(**{name: now + shift for name, shift in seconds.items()})

    return make


def _raw(name: str, text: str) -> Callable[[Forger], str]:
    """The claim in a spelling that JSON libraries read each in their own way."""

    def make(forger: Forger) -> str:

        rest = {key: value for key, value in forger.claims.items() if key != name}
        return forger.signed(json.dumps(rest)[:-1].encode() + f', "{name}": {text}}}'.encode())

    return make


ISSUER: dict[str, Callable[[Forger], str]] = {
    **_values("iss", ("http://evil.example", "", ..., None, *NOT_TEXT)),
    "iss with a slash": _of("iss", lambda f: f.claims["iss"] + "/"),
    "iss in capitals": _of("iss", lambda f: f.claims["iss"].upper()),
    "iss in a list": _of("iss", lambda f: [f.claims["iss"]]),
    "iss of another port": _of("iss", lambda f: f.claims["iss"] + "0"),
    "iss without scheme": _of("iss", lambda f: f.claims["iss"].partition("//")[2]),
    "iss as a name before": _of("iss", lambda f: f.claims["iss"] + "@evil.example"),
    "iss with a fragment": _of("iss", lambda f: f.claims["iss"] + "#"),
    "iss with a space": _of("iss", lambda f: f.claims["iss"] + " "),
}
AUDIENCE: dict[str, Callable[[Forger], str]] = {
    **_values("aud", ("", ..., None, [], "*", *NOT_TEXT)),
    "aud of another": _of("aud", lambda f: f.elsewhere),
    "aud of another in a list": _of("aud", lambda f: [f.elsewhere]),
    "aud of two": _of("aud", lambda f: [f.claims["aud"], f.elsewhere]),
    "aud of the same twice": _of("aud", lambda f: [f.claims["aud"]] * 2),
    "aud in a list in a list": _of("aud", lambda f: [[f.claims["aud"]]]),
    "aud as a key": _of("aud", lambda f: {f.claims["aud"]: True}),
    "aud with a tail": _of("aud", lambda f: f.claims["aud"] + "s"),
    "aud cut": _of("aud", lambda f: f.claims["aud"][:-1]),
    "aud in capitals": _of("aud", lambda f: f.claims["aud"].upper()),
    "aud of two in one text": _of("aud", lambda f: f"{f.claims['aud']} {f.elsewhere}"),
    "aud of the issuer": _of("aud", lambda f: f.claims["iss"]),
}
TIMES: dict[str, Callable[[Forger], str]] = {
    "expired": _times(iat=-300, exp=-60),
    "expired long ago": _times(iat=-400 * DAY, exp=-400 * DAY + 120),
    "living too long": _times(exp=DAY),
    "living a hundred years": _times(exp=36_500 * DAY),
    "given in the future": _times(iat=60, exp=120),
    "given before it ends backwards": _times(iat=0, exp=-5),
    **_values("exp", (..., None, True, "9999999999", 0, -1, 2**31, 2**63, 10**30, [], {})),
    "exp of half a second": _of("exp", lambda f: f.claims["exp"] + 0.5),
    "exp as a whole float": _of("exp", lambda f: float(f.claims["exp"])),
    "exp as text": _of("exp", lambda f: str(f.claims["exp"])),
    "exp NaN": _raw("exp", "NaN"),
    "exp Infinity": _raw("exp", "Infinity"),
    "exp 1e400": _raw("exp", "1e400"),
    **_values("iat", (..., None, False, 0, -1, 10**30, [], {})),
    "iat as text": _of("iat", lambda f: str(f.claims["iat"])),
    "iat as a float": _of("iat", lambda f: float(f.claims["iat"])),
    "iat NaN": _raw("iat", "NaN"),
    "iat minus Infinity": _raw("iat", "-Infinity"),
    "nbf in the future": _times(nbf=60),
    "nbf far in the future": _times(nbf=4_000 * DAY),
    **_values("nbf", (None, True, "0", 1.5, 10**30, [])),
    "nbf NaN": _raw("nbf", "NaN"),
}
WHO: dict[str, Callable[[Forger], str]] = {
    **_values("sub", (..., None, "", " ", True, *NOT_TEXT)),
    **_values("jti", (..., None, "", *NOT_TEXT)),
    **_values("client_id", (..., None, "", *NOT_TEXT)),
    **_values("azp", ("another", "", 1, ["gateway"])),
    **_values("act", ("gateway", [], {}, {"sub": 1}, {"sub": ""})),
    **_values("cnf", ({"jkt": "AAAA"}, None)),
    **_values("sid", ("session", "", 1, ["x"], {})),
    "sub twice": lambda f: f.claims_plus('"sub": "admin"'),
    "sub twice, one escaped": lambda f: f.claims_plus('"s\\u0075b": "admin"'),
    "sub of two": _of("sub", lambda f: [f.claims["sub"], "admin"]),
    "aud twice": lambda f: f.claims_plus(f'"aud": "{f.elsewhere}"'),
    "exp twice": lambda f: f.claims_plus('"exp": 9999999999'),
    "roles twice": lambda f: f.claims_plus('"roles": ["admin"]'),
    "a member twice in a member": lambda f: f.claims_plus('"x": {"a": 1, "a": 2}'),
}
RIGHTS: dict[str, Callable[[Forger], str]] = {
    **_values(
        "roles",
        (..., None, "admin", "", 1, True, {"admin": True}, [["admin"]], ["admin", 1], ["admin", None]),
    ),
    **_values("org", ("organization", "", 1, True, ["x"], {})),
    **_values("spec", ("specialist", "", 1, ["x"])),
    **_values("entry", ("open", "", "FULL", 1, True, ["full"], None)),
    **_values("consent", ("true", "yes", 1, [], {}, None)),
    **_values("acr", (1, ["esia"], {})),
    **_values("scope", (1, ["api"], {})),
    **_values("auth_time", ("0", True, 1.5, 10**30, -1, [])),
    "auth_time NaN": _raw("auth_time", "NaN"),
    **_values("authz_ver", ("1", True, 1.5, -1, [])),
}
CLAIMS: dict[str, Callable[[Forger], str]] = {**ISSUER, **AUDIENCE, **TIMES, **WHO, **RIGHTS}
