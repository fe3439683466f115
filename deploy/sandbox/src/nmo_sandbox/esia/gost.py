"""GOST R 34.10-2012 (256 bit) and GOST R 34.11-2012 («Стрибог») in pure Python: for a stand-in and for tests only.

Nothing here is constant-time, so no real key may meet it. What goes in and out has the form of the rest of the world
(OpenSSL's engine, BouncyCastle): signatures are `s‖r`, each half big-endian; a certificate's public key is little-endian.
The library below wants `r‖s` and the digest turned round.
"""

import secrets
from dataclasses import dataclass

from asn1crypto import core  # type: ignore[import-untyped]  # the library ships no types
from gostcrypto import gosthash, gostsignature  # type: ignore[import-untyped]  # as above

HALF = 32
SIGNATURE_BYTES = 2 * HALF
KEY_OID = "1.2.643.7.1.1.1.1"
SIGNATURE_OID = "1.2.643.7.1.1.3.2"
DIGEST_OID = "1.2.643.7.1.1.2.2"
_TC26 = "1.2.643.7.1.2.1.1."
_CURVES = {
    f"{_TC26}1": "id-tc26-gost-3410-2012-256-paramSetA",
    f"{_TC26}2": "id-tc26-gost-3410-2012-256-paramSetB",
    f"{_TC26}3": "id-tc26-gost-3410-2012-256-paramSetC",
    f"{_TC26}4": "id-tc26-gost-3410-2012-256-paramSetD",
    "1.2.643.2.2.35.1": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.2.2.35.2": "id-tc26-gost-3410-2012-256-paramSetC",
    "1.2.643.2.2.35.3": "id-tc26-gost-3410-2012-256-paramSetD",
    "1.2.643.2.2.36.0": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.2.2.36.1": "id-tc26-gost-3410-2012-256-paramSetD",
}
"""Object ids of curves, CryptoPro's older names among them, as the library calls them."""
CRYPTOPRO_A = "1.2.643.2.2.35.1"


class AlgorithmId(core.Sequence):  # type: ignore[misc]  # untyped library
    """AlgorithmIdentifier with whatever parameters."""

    _fields = [("oid", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]  # noqa: RUF012 its own form


class KeyParameters(core.Sequence):  # type: ignore[misc]  # untyped library
    """Which curve and digest a key is for."""

    _fields = [  # noqa: RUF012 the library's own form
        ("curve", core.ObjectIdentifier),
        ("digest", core.ObjectIdentifier, {"optional": True}),
        ("cipher", core.ObjectIdentifier, {"optional": True}),
    ]


class PublicKeyInfo(core.Sequence):  # type: ignore[misc]  # untyped library
    """SubjectPublicKeyInfo, its key left as bits."""

    _fields = [("algorithm", AlgorithmId), ("key", core.OctetBitString)]  # noqa: RUF012 the library's own form


class _PrivateKeyInfo(core.Sequence):  # type: ignore[misc]  # untyped library
    _fields = [("version", core.Integer), ("algorithm", AlgorithmId), ("key", core.OctetString)]  # noqa: RUF012 as above


def streebog(data: bytes) -> bytes:
    """Return the 256-bit GOST R 34.11-2012 digest."""
    return bytes(gosthash.new("streebog256", data=bytearray(data)).digest())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its curve by object id, the point as `x‖y`, each big-endian."""

    curve: str
    point: bytes

    @classmethod
    def read(cls, spki: bytes) -> "PublicKey":
        """Read a SubjectPublicKeyInfo. Raises ValueError for anything but a 256-bit GOST key on a known curve."""
        info = PublicKeyInfo.load(spki, strict=True)
        if info["algorithm"]["oid"].native != KEY_OID:
            raise ValueError("not a GOST R 34.10-2012 key of 256 bits")
        curve = info["algorithm"]["parameters"].parse(KeyParameters)["curve"].native
        if curve not in _CURVES:
            raise ValueError(f"unknown curve {curve}")
        point = core.OctetString.load(info["key"].native, strict=True).native
        if len(point) != SIGNATURE_BYTES:
            raise ValueError("the key has a wrong length")
        return cls(curve, point[:HALF][::-1] + point[HALF:][::-1])

    def spki(self) -> bytes:
        """Return the SubjectPublicKeyInfo."""
        point = self.point[:HALF][::-1] + self.point[HALF:][::-1]
        der: bytes = PublicKeyInfo(
            {"algorithm": _algorithm(self.curve), "key": core.OctetString(point).dump()}
        ).dump()
        return der

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's over the Streebog digest of `signed`."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        turned = bytearray(signature[HALF:] + signature[:HALF])
        try:
            return bool(
                _scheme(self.curve).verify(bytearray(self.point), bytearray(streebog(signed)[::-1]), turned)
            )
        except gostsignature.GOSTSignatureError:
            return False


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key of the stand-in's own or of a test."""

    curve: str
    number: bytes

    @classmethod
    def generate(cls, curve: str = CRYPTOPRO_A) -> "PrivateKey":
        """Make a key."""
        # Every curve's order lies above 2²⁵⁴.
        return cls(curve, (secrets.randbelow(2**254 - 1) + 1).to_bytes(HALF))

    @classmethod
    def read(cls, pkcs8: bytes) -> "PrivateKey":
        """Read what `pkcs8` wrote. Raises ValueError for anything else."""
        info = _PrivateKeyInfo.load(pkcs8, strict=True)
        if info["algorithm"]["oid"].native != KEY_OID:
            raise ValueError("not a GOST R 34.10-2012 key of 256 bits")
        curve = info["algorithm"]["parameters"].parse(KeyParameters)["curve"].native
        return cls(curve, info["key"].native[::-1])

    def pkcs8(self) -> bytes:
        """Return the key as DER of PKCS#8, which OpenSSL's engine reads too."""
        der: bytes = _PrivateKeyInfo(
            {"version": 0, "algorithm": _algorithm(self.curve), "key": self.number[::-1]}
        ).dump()
        return der

    def public(self) -> PublicKey:
        """Return the public half."""
        return PublicKey(self.curve, bytes(_scheme(self.curve).public_key_generate(bytearray(self.number))))

    def sign(self, data: bytes) -> bytes:
        """Return the signature over the Streebog digest of `data`, 64 bytes `s‖r`."""
        once = bytearray((secrets.randbelow(2**254 - 1) + 1).to_bytes(HALF))
        made = bytes(_scheme(self.curve).sign(bytearray(self.number), bytearray(streebog(data)[::-1]), once))
        return made[HALF:] + made[:HALF]


def _algorithm(curve: str) -> AlgorithmId:
    parameters = {"curve": curve} if curve.startswith(_TC26) else {"curve": curve, "digest": DIGEST_OID}
    return AlgorithmId({"oid": KEY_OID, "parameters": KeyParameters(parameters)})


def _scheme(curve: str) -> gostsignature.GOST34102012:
    return gostsignature.new(
        gostsignature.MODE_256, gostsignature.CURVES_R_1323565_1_024_2019[_CURVES[curve]]
    )
