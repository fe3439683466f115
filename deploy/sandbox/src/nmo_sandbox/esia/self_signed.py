"""Self-signed certificates, RSA by the library and GOST by hand, for the stand-in's own keys and for tests."""

import secrets
from datetime import datetime

from asn1crypto import core  # type: ignore[import-untyped]  # the library ships no types
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from nmo_sandbox.esia import gost

_SERIAL_BITS = 120


class _Validity(core.Sequence):  # type: ignore[misc]  # untyped library
    _fields = [("begins", core.UTCTime), ("ends", core.UTCTime)]  # noqa: RUF012 the library's own form


class _ToBeSigned(core.Sequence):  # type: ignore[misc]  # untyped library
    _fields = [  # noqa: RUF012 the library's own form
        ("version", core.Integer, {"explicit": 0}),
        ("serial", core.Integer),
        ("signature", gost.AlgorithmId),
        ("issuer", asn1_x509.Name),
        ("validity", _Validity),
        ("subject", asn1_x509.Name),
        ("key", gost.PublicKeyInfo),
    ]


class _Certificate(core.Sequence):  # type: ignore[misc]  # untyped library
    _fields = [  # noqa: RUF012 the library's own form
        ("body", _ToBeSigned),
        ("algorithm", gost.AlgorithmId),
        ("signature", core.OctetBitString),
    ]


def rsa_certificate(
    private: RSAPrivateKey, common_name: str, organization: str, begins: datetime, ends: datetime
) -> x509.Certificate:
    """Return a self-signed certificate for an RSA key."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
        ]
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = (
        builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
    )
    return builder.sign(private, hashes.SHA256())


def gost_certificate(
    private: gost.PrivateKey, common_name: str, organization: str, begins: datetime, ends: datetime
) -> x509.Certificate:
    """Return a self-signed certificate for a GOST key, signed with Streebog of 256 bits."""
    name = asn1_x509.Name.build({"common_name": common_name, "organization_name": organization})
    algorithm = gost.AlgorithmId({"oid": gost.SIGNATURE_OID})
    body = _ToBeSigned(
        {
            "version": 2,
            "serial": secrets.randbits(_SERIAL_BITS) | 1,
            "signature": algorithm,
            "issuer": name,
            "validity": {
                "begins": begins.replace(microsecond=0),
                "ends": ends.replace(microsecond=0),
            },
            "subject": name,
            "key": gost.PublicKeyInfo.load(private.public().spki()),
        }
    )
    whole = _Certificate({"body": body, "algorithm": algorithm, "signature": private.sign(body.dump())})
    return x509.load_der_x509_certificate(whole.dump())
