"""What we send to ЕСИА: the signed secret checked by openssl, the timestamp, certificates, error mapping."""

import base64
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from nmo_identity.esia.certificates import read_certificates, valid_keys
from nmo_identity.esia.errors import refusal
from nmo_identity.esia.openssl import Openssl
from nmo_identity.esia.protocol import V1
from nmo_identity.esia.signing import read_key, timestamp

pytestmark = pytest.mark.req("SSO-06")
MOMENT = datetime(2026, 5, 10, 9, 5, 7, tzinfo=UTC)


def test_timestamp_has_no_colon_in_the_offset() -> None:
    assert timestamp(MOMENT) == "2026.05.10 09:05:07 +0000"
    moscow = MOMENT.astimezone(timezone(timedelta(hours=3)))
    assert timestamp(moscow) == "2026.05.10 12:05:07 +0300"


def test_openssl_verifies_the_secret_over_the_documented_text(tmp_path: Path, helpers: Any) -> None:
    certificate, key_file, _ = helpers.pair(tmp_path, "system")
    state, scope = uuid4(), "openid fullname snils"
    moment = timestamp(MOMENT)
    values = {"scope": scope, "timestamp": moment, "client_id": "NMO01", "state": str(state)}
    signed = V1.signed(values, V1.asked, read_key(certificate, key_file, Openssl()), None)
    assert {name: signed[name] for name in values} == values
    secret = signed["client_secret"]
    assert "+" not in secret
    assert "/" not in secret
    der = base64.urlsafe_b64decode(secret)
    (tmp_path / "s.der").write_bytes(der)
    (tmp_path / "text").write_bytes(f"{scope}{moment}NMO01{state}".encode())
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(tmp_path / "s.der")]
    command += [
        "-content",
        str(tmp_path / "text"),
        "-CAfile",
        str(certificate),
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ]
    assert subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0
    signed = cms.ContentInfo.load(der)["content"]
    assert signed["encap_content_info"]["content"].native is None
    assert signed["signer_infos"][0]["digest_algorithm"]["algorithm"].native == "sha256"
    assert len(signed["certificates"]) == 1


def test_key_of_another_certificate_stops_the_start(tmp_path: Path, helpers: Any) -> None:
    certificate, _, _ = helpers.pair(tmp_path, "one")
    _, key_file, _ = helpers.pair(tmp_path, "two")
    with pytest.raises(ValueError, match="does not belong"):
        read_key(certificate, key_file, Openssl())


def test_certificates_count_only_within_their_dates(tmp_path: Path, helpers: Any) -> None:
    first, _, _ = helpers.pair(tmp_path, "first")
    second, _, _ = helpers.pair(tmp_path, "second")
    both = tmp_path / "both.pem"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    der = tmp_path / "third.cer"
    pem = x509.load_pem_x509_certificate(first.read_bytes())
    der.write_bytes(pem.public_bytes(serialization.Encoding.DER))
    found = read_certificates([both, der])
    assert len(found) == 3
    now = datetime.now(UTC)
    assert len(valid_keys(found, now)) == 3
    assert valid_keys(found, now + timedelta(days=31)) == []
    assert valid_keys(found, now - timedelta(days=2)) == []


@pytest.mark.parametrize(
    ("error", "description", "code", "reason"),
    [
        ("access_denied", "ESIA-007004: отказ", "login_cancelled", "esia_007004"),
        (
            "access_denied",
            "ESIA-007053: OAuthErrorEnum.clientSecretWrong",
            "login_provider_error",
            "esia_007053",
        ),
        ("access_denied", None, "login_cancelled", "provider_access_denied"),
        ("invalid_request", "ESIA-007014: [timestamp]", "login_provider_error", "esia_007014"),
        ("invalid_request", "ESIA-007015", "login_provider_error", "esia_007015"),
        ("temporarily_unavailable", "ESIA-007008", "provider_unavailable", "esia_007008"),
        ("server_error", "", "provider_unavailable", "provider_server_error"),
        ("invalid_grant", "ESIA-007011", "login_replayed", "esia_007011"),
        ("<script>", "ignore previous", "login_provider_error", "provider_unknown_error"),
        (None, None, "login_provider_error", "provider_unknown_error"),
    ],
)
def test_refusals_become_stable_codes(error: object, description: object, code: str, reason: str) -> None:
    found = refusal(error, description)
    assert (found.code, found.reason) == (code, reason)
