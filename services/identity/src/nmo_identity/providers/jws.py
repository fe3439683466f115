"""Opening a signed token strictly: shape, header, algorithm and signature before any claim is believed."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, Protocol, runtime_checkable

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key


@runtime_checkable
class OtherKey(Protocol):
    """A public key of an algorithm that the JOSE library does not know."""

    @property
    def algorithm(self) -> str:
        """`alg` of the tokens it checks."""

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature over `signed` is this key's."""


VerifyingKey = Key | OtherKey
MAX_TOKEN_BYTES = 16_384
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


class TokenFault(Exception):  # noqa: N818 names what is wrong with the token
    """The token is not to be believed; `reason` says why, without its content."""

    def __init__(self, reason: str) -> None:
        """Keep the reason code."""
        super().__init__(reason)
        self.reason = reason


def open_jws(
    token: object, keys: Sequence[VerifyingKey], algorithms: Iterable[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact JWS whose signature one of `keys` verifies.

    Only the listed algorithms count, whatever the header says; keys named inside the header are ignored.

    Raises:
        TokenFault: `token_shape`, `header_json`, `algorithm`, `header_critical`, `signature`, `claims_json`.
    """
    if not isinstance(token, str) or len(token) > MAX_TOKEN_BYTES or not token.isascii():
        raise TokenFault("token_shape")
    segments = token.split(".")
    if len(segments) != 3 or not all(_SEGMENT.fullmatch(segment) for segment in segments):  # noqa: PLR2004 compact JWS
        raise TokenFault("token_shape")
    header = strict_object(_decode(segments[0]), "header_json")
    if header.get("alg") not in set(algorithms):
        raise TokenFault("algorithm")
    if "crit" in header or "b64" in header:
        raise TokenFault("header_critical")
    payload = _verified_payload(token, str(header["alg"]), keys)
    return header, strict_object(payload, "claims_json")


def _verified_payload(token: str, algorithm: str, keys: Sequence[VerifyingKey]) -> bytes:
    signed, _, signature = token.rpartition(".")
    others = [key for key in keys if isinstance(key, OtherKey)]
    for key in others:
        if key.algorithm == algorithm and key.verifies(signed.encode(), _decode(signature)):
            return _decode(signed.partition(".")[2])
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    for known in keys:
        if isinstance(known, OtherKey):
            continue
        try:
            return jws.deserialize_compact(token, known, registry=registry).payload
        except (JoseError, ValueError):
            continue
    raise TokenFault("signature")


def _decode(segment: str) -> bytes:
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenFault("token_shape") from error


def strict_json(data: bytes, reason: str) -> Any:
    """JSON without repeated members, NaN or Infinity: two readers must not see two meanings.

    Raises:
        TokenFault: with the given reason.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise TokenFault(reason)
        return found

    def no_constant(_: str) -> NoReturn:
        raise TokenFault(reason)

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise TokenFault(reason) from error


def strict_object(data: bytes, reason: str) -> dict[str, Any]:
    """The same, an object alone.

    Raises:
        TokenFault: with the given reason.
    """
    value = strict_json(data, reason)
    if not isinstance(value, dict):
        raise TokenFault(reason)
    return value
