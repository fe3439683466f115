"""Who calls: a JWT signed with the calling system's certificate, meant for this host, of at most five minutes."""

import base64
import json
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from nmo_sandbox.frmr.answers import RegisterError
from nmo_sandbox.frmr.state import State

LIFETIME_S = 300
LEEWAY_S = 30


def key_of(certificate_pem: str) -> tuple[RSAKey | ECKey, str]:
    """Read the public key and the algorithm it signs with from a certificate.

    Raises:
        ValueError: no certificate, or a key that is neither RSA nor P-256.
    """
    public = x509.load_pem_x509_certificate(certificate_pem.encode()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(public, RSAPublicKey):
        return RSAKey.import_key(pem), "RS256"
    if isinstance(public, EllipticCurvePublicKey) and public.curve.name == "secp256r1":
        return ECKey.import_key(pem), "ES256"
    raise ValueError("the certificate must hold an RSA or a P-256 key")


def caller(request: Request) -> str:
    """Return the id of the calling system.

    Raises:
        RegisterError: 401 with the reason: no token, unknown system, wrong signature, host or time.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RegisterError(401, "TOKEN_REQUIRED", "Нужен токен системы")
    state: State = request.app.state.register
    try:
        client_id = str(_unverified(token).get("iss") or "")
        registered = state.client(client_id)
        if registered is None:
            raise RegisterError(401, "UNKNOWN_SYSTEM", "Система не зарегистрирована")
        key, algorithm = key_of(registered["certificate_pem"])
        claims = jwt.decode(token, key, algorithms=[algorithm]).claims
    except (JoseError, ValueError, KeyError) as error:
        raise RegisterError(401, "TOKEN_INVALID", "Токен не прошёл проверку подписи") from error
    _check(claims, host=request.url.hostname or "", now=time.time())
    return client_id


def _check(claims: dict[str, Any], *, host: str, now: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        raise RegisterError(401, "TOKEN_INVALID", "В токене нет времени выдачи или окончания")
    if claims.get("aud") != host:
        raise RegisterError(401, "TOKEN_AUDIENCE", "Токен выписан для другого адреса")
    if expires - issued > LIFETIME_S or not issued - LEEWAY_S <= now <= expires + LEEWAY_S:
        raise RegisterError(401, "TOKEN_EXPIRED", "Срок токена истёк или больше пяти минут")


def _unverified(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 header, payload, signature
        raise ValueError("not a JWT")
    payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not isinstance(payload, dict):
        raise ValueError("not a claims set")  # noqa: TRY004 one error type for the caller
    return payload
