"""An independent open-source client, unmodified and in an environment of its own, completes sign-in (SSO-06)."""

import asyncio
import io
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.sandbox.tests.test_programs import answers, start
from nmo_sandbox.people import people
from nmo_testkit import wait

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PACKAGES = ["esia-connector==0.16", "PyJWT==1.7.1", "pytz", "cryptography", "requests"]
"""The client as published, with the releases of its time that it needs."""


def uv() -> str:
    own = ROOT / ".local" / "bootstrap" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    assert found, "uv is not there; run make setup"
    return found


@pytest.mark.req("SSO-06")
async def test_esia_connector_signs_a_person_in(signer, tmp_path, unused_tcp_port):
    address = f"http://127.0.0.1:{unused_tcp_port}"
    # The client has the production issuer written into its code.
    process = start(
        "esia",
        "--port",
        str(unused_tcp_port),
        NMO_SANDBOX_ESIA_URL=address,
        NMO_SANDBOX_ESIA_ISSUER="http://esia.gosuslugi.ru/",
    )
    try:
        async with httpx2.AsyncClient(base_url=address) as http:
            await wait.until(lambda: answers(http, "/livez"), timeout_s=30)
            body = {
                "certificate_pem": signer.certificate_file.read_text(),
                "redirect_uris": ["http://127.0.0.1:8080/auth/esia/callback"],
                "signature_algorithm": "RS256",
                "scopes": "openid fullname birthdate gender snils email mobile",
            }
            assert (await http.put("/sandbox/clients/OTHER", json=body)).status_code in {200, 201}
            archive = zipfile.ZipFile(io.BytesIO((await http.get("/public/esia.zip")).content))
        certificate = x509.load_pem_x509_certificate(archive.read(archive.namelist()[0]))
        key = tmp_path / "tokens.pem"
        key.write_bytes(
            certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        arguments = [address, "OTHER", str(signer.certificate_file), str(signer.key_file), str(key), "match"]
        call = [uv(), "run", "--quiet", "--no-project", "--python", "3.11"]
        call += [word for package in PACKAGES for word in ("--with", package)]
        done = await asyncio.to_thread(
            subprocess.run,
            [*call, "python", str(HERE / "independent_client.py"), *arguments],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert done.returncode == 0, done.stderr[-2000:]
    read = json.loads(done.stdout)
    match = next(person for person in people() if person.key == "match")
    assert read["person"]["lastName"] == match.last_name
    assert read["person"]["snils"].replace("-", "").replace(" ", "") == match.snils
    assert match.email in {contact["value"] for contact in read["contacts"]["elements"]}
