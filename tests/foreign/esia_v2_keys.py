"""Keys of a system at ЕСИА and checks of its tokens, by the openssl program alone: GOST R 34.10-2012 and RSA."""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

GOST = "GOST3410_2012_256"
RSA = "RS256"
_GENERATED = {
    GOST: ("-algorithm", "gost2012_256", "-pkeyopt", "paramset:A"),
    RSA: ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
}
_DIGESTS = {GOST: "-md_gost12_256", RSA: "-sha256"}
_GOST_KEY = "1.2.643.7.1.1.1.1"
_RSA_KEY = "1.2.840.113549.1.1.1"
_KEY_OIDS = {GOST: _GOST_KEY, RSA: _RSA_KEY}


def openssl(command: str, *options: str | Path, told: bytes = b"") -> bytes:
    """What openssl answers, with the GOST engine loaded.

    Raises:
        AssertionError: it failed; its words are in the message.
    """
    program = os.environ.get("NMO_OPENSSL") or shutil.which("openssl") or "openssl"
    call = [program, command, *("-engine", "gost"), *map(str, options)]
    done = subprocess.run(call, input=told, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, f"openssl {command}: {done.stderr.decode(errors='replace')[-500:]}"
    return done.stdout


@dataclass(frozen=True)
class Pair:
    """A system's key and certificate in files, made anew."""

    algorithm: str
    key: Path
    certificate: Path

    @classmethod
    def made(cls, folder: Path, algorithm: str, name: str) -> Pair:
        """A fresh key and the self-signed certificate over it."""
        pair = cls(algorithm, folder / f"{algorithm}.key", folder / f"{algorithm}.pem")
        openssl("genpkey", *_GENERATED[algorithm], "-out", pair.key)
        asked = ("-x509", "-new", _DIGESTS[algorithm], "-key", pair.key, "-subj", f"/CN={name}")
        openssl("req", *asked, "-days", "30", "-out", pair.certificate)
        return pair

    def sign(self, text: str) -> bytes:
        """The bare signature over the text in UTF-8: 64 bytes of GOST, 256 of RSA."""
        return openssl("dgst", _DIGESTS[self.algorithm], "-sign", self.key, told=text.encode())

    def enveloped(self, text: str) -> bytes:
        """The signature as version 1 wants it: detached CMS in DER."""
        asked = ("-sign", "-binary", "-signer", self.certificate, "-inkey", self.key, "-outform", "DER")
        return openssl("cms", *asked, told=text.encode())

    def certificate_hash(self) -> str:
        """Streebog-256 over the certificate's DER, in hexadecimal."""
        der = openssl("x509", "-in", self.certificate, "-outform", "DER")
        return openssl("dgst", _DIGESTS[GOST], "-binary", told=der).hex().upper()


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWT, unchecked.

    Raises:
        AssertionError: it is no JWT.
    """
    pieces = token.split(".")
    assert len(pieces) == 3, "a JWT has three parts"
    try:
        header, claims = (json.loads(_decoded(piece)) for piece in pieces[:2])
    except (ValueError, binascii.Error) as error:
        raise AssertionError("a JWT's parts are JSON in base64url") from error
    return header, claims


def verified(token: str, certificates: list[bytes], folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that one of ЕСИА's certificates signed.

    Raises:
        AssertionError: the algorithm is none of the two, or no certificate of that kind verifies the signature.
    """
    header, claims = parts(token)
    algorithm = header.get("alg")
    assert algorithm in _DIGESTS, f"a token is signed by {GOST} or {RSA}, not {algorithm}"
    told, _, signature = token.rpartition(".")
    fitting = [found for found in certificates if key_kind(found) == _KEY_OIDS[algorithm]]
    assert any(_fits(found, algorithm, told, _decoded(signature), folder) for found in fitting), (
        f"none of ЕСИА's {len(fitting)} certificates for {algorithm} verifies the token"
    )
    return header, claims


def key_kind(certificate: bytes) -> str:
    """Identifier of the certificate's key algorithm, given PEM or DER."""
    return str(_read(certificate).public_key_algorithm_oid.dotted_string)


def _read(certificate: bytes) -> x509.Certificate:
    if certificate.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(certificate)
    return x509.load_der_x509_certificate(certificate)


def _fits(certificate: bytes, algorithm: str, told: str, signature: bytes, folder: Path) -> bool:
    form = "PEM" if certificate.lstrip().startswith(b"-----BEGIN") else "DER"
    key, signed = folder / "esia.key", folder / "esia.signature"
    key.write_bytes(openssl("x509", "-inform", form, "-pubkey", "-noout", told=certificate))
    signed.write_bytes(signature)
    try:
        openssl("dgst", _DIGESTS[algorithm], "-verify", key, "-signature", signed, told=told.encode())
    except AssertionError:
        return False
    return True


def _decoded(piece: str) -> bytes:
    return base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))
