"""Checking `client_secret`: PKCS#7/CMS SignedData in version 1, the raw signature in version 2.

Accepted as the real service accepts them: detached or encapsulated content, with signed attributes or without,
standard or URL-safe base64, padded or not. Everything else is checked: one signer, the digest that goes with the key
(Streebog with GOST, SHA-256 with RSA), the embedded certificate is one registered for the system and in its term, the
content is exactly the expected text, the signature verifies.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms  # type: ignore[import-untyped]  # the library ships no types

from nmo_sandbox.esia import gost
from nmo_sandbox.esia.certificates import SystemCertificate
from nmo_sandbox.esia.errors import EsiaRefusalError, missing

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_ALGORITHMS = {
    "sha256": ("rsassa_pkcs1v15", "sha256_rsa"),
    gost.DIGEST_OID: (gost.KEY_OID, gost.SIGNATURE_OID),
}
"""Digest → signature algorithms that go with it, by the library's name or object id."""
_KINDS = {"sha256": "rsa", gost.DIGEST_OID: "gost"}


def decode_secret(text: str) -> bytes:
    """Decode base64 in either alphabet.

    Raises:
        EsiaRefusalError: 007014 for other characters; a `+` that was sent unescaped arrives as a space and ends here.
    """
    if not _BASE64.fullmatch(text):
        raise missing("client_secret")
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as wrong:
        raise missing("client_secret") from wrong


def verify_cms(
    secret: bytes,
    text: bytes,
    certificates: Sequence[SystemCertificate],
    now: datetime,
    *,
    reversed_too: bool,
) -> None:
    """Check a CMS signature over `text` made with one of the registered certificates (version 1).

    Args:
        secret: DER of the SignedData.
        text: what must have been signed.
        certificates: those registered for the system.
        now: the moment at which the certificate must be valid.
        reversed_too: accept a GOST signature whose bytes come in the other order.

    Raises:
        EsiaRefusalError: 007002 when the certificate is not the system's, 007053 for everything else; the reason says
            which check failed.
    """
    try:
        signed = _signed_data(secret)
        _check_content(signed, text)
        signer = _only_signer(signed)
        embedded = _signer_certificate(signed, signer)
        digest = signer["digest_algorithm"]["algorithm"].native
        message = _signed_message(signer, text, digest)
        signature = signer["signature"].native
    except (ValueError, TypeError, KeyError) as wrong:
        raise _wrong(f"the CMS structure can't be read: {wrong}") from wrong
    certificate = _registered(embedded, certificates)
    if certificate.kind != _KINDS[digest]:
        raise _wrong("the digest does not go with the certificate's key")
    _check(certificate, message, signature, now, reversed_too=reversed_too)


def verify_raw(
    secret: bytes,
    text: bytes,
    certificates: Sequence[SystemCertificate],
    now: datetime,
    *,
    reversed_too: bool,
) -> None:
    """Check the bare signature of version 2: 64 bytes `s‖r`, or an RSA signature in the legacy profile.

    Raises:
        EsiaRefusalError: 007053; the reason says why. A CMS is told by name, for it is the commonest mistake.
    """
    for certificate in certificates:
        good = [secret, secret[::-1]] if reversed_too else [secret]
        if any(certificate.verifies(text, signature) for signature in good):
            if not certificate.valid_at(now):
                raise _wrong("the registered certificate is out of its term")
            return
    # Only now: every 256th bare RSA signature begins like a CMS.
    if secret[:1] == b"\x30" and len(secret) != gost.SIGNATURE_BYTES:
        raise _wrong("version 2 takes the bare signature, a CMS was sent")
    raise _wrong("the signature does not verify over the expected text")


def _check(
    certificate: SystemCertificate, message: bytes, signature: bytes, now: datetime, *, reversed_too: bool
) -> None:
    if not certificate.valid_at(now):
        raise _wrong("the registered certificate is out of its term")
    good = [signature, signature[::-1]] if reversed_too else [signature]
    if not any(certificate.verifies(message, each) for each in good):
        raise _wrong("the signature does not verify over the expected text")


def _wrong(reason: str) -> EsiaRefusalError:
    return EsiaRefusalError("007053", reason=reason)


def _signed_data(secret: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(secret, strict=True)
    if info["content_type"].native != "signed_data":
        raise _wrong("the CMS is not SignedData")
    signed: cms.SignedData = info["content"]
    return signed


def _check_content(signed: cms.SignedData, text: bytes) -> None:
    enclosed = signed["encap_content_info"]
    if enclosed["content_type"].native != "data":
        raise _wrong("the signed content is not of type data")
    content = enclosed["content"].native
    if content is not None and content != text:
        raise _wrong("the enclosed content differs from the request's text")


def _only_signer(signed: cms.SignedData) -> cms.SignerInfo:
    signers = signed["signer_infos"]
    if len(signers) != 1:
        raise _wrong("exactly one signer is expected")
    signer: cms.SignerInfo = signers[0]
    digest = signer["digest_algorithm"]["algorithm"].native
    if digest not in _ALGORITHMS:
        raise _wrong("the digest is neither Streebog of 256 bits nor SHA-256")
    if signer["signature_algorithm"]["algorithm"].native not in _ALGORITHMS[digest]:
        raise _wrong("the signature algorithm does not go with the digest")
    return signer


def _signer_certificate(signed: cms.SignedData, signer: cms.SignerInfo) -> bytes:
    """Return the DER of the embedded certificate that the signer names."""
    wanted = signer["sid"]
    for choice in signed["certificates"] or ():
        if choice.name != "certificate":
            continue
        if wanted.name == "issuer_and_serial_number":
            named = wanted.chosen
            fits = (
                named["serial_number"].native == choice.chosen.serial_number
                and named["issuer"] == choice.chosen.issuer
            )
        else:
            fits = wanted.chosen.native == choice.chosen.key_identifier
        if fits:
            der: bytes = choice.chosen.dump()
            return der
    raise _wrong("the signer's certificate is not embedded")


def _signed_message(signer: cms.SignerInfo, text: bytes, digest: str) -> bytes:
    """Return the bytes the signature covers: the signed attributes when there are any, else the text itself."""
    attributes = signer["signed_attrs"]
    if not attributes:
        return text
    values: dict[str, list[object]] = {}
    for attribute in attributes:
        values.setdefault(attribute["type"].native, []).extend(attribute["values"].native)
    if values.get("content_type") != ["data"]:
        raise _wrong("the signed content type is not data")
    digests = values.get("message_digest", [])
    if len(digests) != 1 or not isinstance(digests[0], bytes):
        raise _wrong("exactly one message digest is expected")
    expected = hashlib.sha256(text).digest() if digest == "sha256" else gost.streebog(text)
    if not hmac.compare_digest(digests[0], expected):
        raise _wrong("the message digest is not that of the expected text")
    covered: bytes = attributes.untag().dump()
    return covered


def _registered(der: bytes, certificates: Sequence[SystemCertificate]) -> SystemCertificate:
    for certificate in certificates:
        if certificate.der == der:
            return certificate
    raise EsiaRefusalError("007002", reason="the embedded certificate is not registered for the system")
