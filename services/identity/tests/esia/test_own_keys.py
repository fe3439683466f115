"""Keys and certificates at the start and towards their end: GOST without its engine, the alarm 30 days ahead (SSO-06)."""

import json
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from structlog.testing import capture_logs

from nmo_identity.app import build
from nmo_identity.esia.connector import EsiaConnector
from nmo_identity.esia.expiry import NOT_AFTER, ExpiryAlarm, Term, latest
from nmo_identity.providers.config import EsiaConfig, read_list
from nmo_kit import clock
from nmo_kit.app import open_runtime
from nmo_kit.settings import SettingsError
from nmo_local.infra import gost

DAY = timedelta(days=1)


def gost_pair(folder: Path) -> tuple[Path, Path]:
    """Made by openssl and its engine, as an operator does."""
    gost.provide()
    certificate, key = folder / "gost.crt", folder / "gost.key"
    command = [
        "openssl",
        "req",
        "-engine",
        "gost",
        "-x509",
        "-newkey",
        "gost2012_256",
        "-pkeyopt",
        "paramset:A",
    ]
    command += ["-md_gost12_256", "-nodes", "-subj", "/CN=NMO01", "-days", "90"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return certificate, key


def provider(certificate: Path, key: Path, trusted: Path, **more: Any) -> dict[str, Any]:
    return {
        "key": "esia", "kind": "esia_v2", "title": "Госуслуги", "base_url": "http://esia.stand-in",
        "issuer": "http://esia.stand-in/", "client_id": "NMO01", "scopes": "openid", "certificate_file": str(certificate),
        "key_file": str(key), "trusted_certificates": [str(trusted)], **more,
    }  # fmt: skip


@pytest.mark.req("SSO-06")
async def test_gost_keys_without_their_engine_stop_the_start_and_say_what_to_install(
    portal: Any, tmp_path: Path, helpers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, _, _ = helpers.pair(tmp_path, "tokens")
    file = tmp_path / "providers.json"
    file.write_text(json.dumps([provider(*gost_pair(tmp_path), trusted)]))
    settings = portal.runtime.settings.model_copy(update={"providers_file": file})
    async with open_runtime(build(), settings) as runtime:
        assert set(runtime.extras["providers"]) == {"esia"}
    empty = tmp_path / "no-engines"
    empty.mkdir()
    monkeypatch.setenv("OPENSSL_ENGINES", str(empty))
    with pytest.raises(SettingsError) as stopped:
        async with open_runtime(build(), settings):
            pass
    said = str(stopped.value)
    assert "openssl does not find it" in said
    assert "apt-get install openssl libengine-gost-openssl" in said
    assert "OPENSSL_ENGINES" in said


@pytest.fixture
async def watched(tmp_path: Path, helpers: Any) -> AsyncIterator[EsiaConnector]:
    """A provider whose own certificate and ЕСИА's last 30 days, started two hours too early for an alarm."""
    own, key, _ = helpers.pair(tmp_path, "own")
    trusted, _, _ = helpers.pair(tmp_path, "tokens")
    (config,) = read_list([provider(own, key, trusted, kind="esia_v1")])
    assert isinstance(config, EsiaConfig)
    clock.set_offset(-7200)
    try:
        found = EsiaConnector(config)
    finally:
        clock.set_offset(0)
    yield found
    await found.close()


@pytest.mark.req("SSO-06")
async def test_alarm_begins_thirty_days_before_the_end_and_is_logged_once_a_day(
    watched: EsiaConnector, tmp_path: Path
) -> None:
    ends = x509.load_pem_x509_certificate((tmp_path / "own.crt").read_bytes()).not_valid_after_utc
    assert NOT_AFTER.labels("esia", "own", "RS256")._value.get() == ends.timestamp()
    told = [f"esia: {use} certificate (RS256) ends {ends:%Y-%m-%d}" for use in ("own", "tokens")]
    hour = timedelta(hours=1)
    with capture_logs() as logs:
        assert watched.notes(ends - 30 * DAY - timedelta(seconds=10)) == []
        assert logs == []
        for moment in (timedelta(), 23 * hour, 24 * hour):
            assert watched.notes(ends - 30 * DAY + hour + moment) == told
    assert [(line["event"], line["log_level"], line["use"]) for line in logs] == [
        ("provider_certificate_expires", "warning", use) for _ in range(2) for use in ("own", "tokens")
    ]


def test_certificate_beside_which_the_next_one_lies_raises_no_alarm() -> None:
    now = clock.now()
    terms = [
        Term("own", "RS256", now + DAY),
        Term("own", "RS256", now + 400 * DAY),
        Term("own", "GOST", now + DAY),
    ]
    assert latest(terms) == [terms[1], terms[2]]
    assert ExpiryAlarm("other", 30 * DAY).look(latest(terms), now) == [
        f"other: own certificate (GOST) ends {now + DAY:%Y-%m-%d}"
    ]
