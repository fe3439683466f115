"""What the portal and the stand-ins must know of each other: certificates, clients, people's roles."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import aiohttp

from nmo_local import secret_files, system
from nmo_local.paths import LOCAL, SECRETS

ESIA_SCOPES = "openid fullname birthdate gender snils email mobile"
STAFF = {
    "org-staff": ("org_staff", 1),
    "org-admin": ("org_admin", 1),
    "head": ("head", None),
    "hr": ("hr", None),
    "support": ("support", None),
    "support2": ("support", None),
    "admin": ("admin", None),
}
"""Sandbox person → role and demo organisation."""
MEDICAL_ORGANIZATION = 7007


async def connect(client: aiohttp.ClientSession) -> list[dict[str, Any]]:
    """Register the portal with the stand-ins and write `providers.json` and `seed.json`; the sandbox people."""
    await _register_esia(client)
    await _register_frmr(client)
    await _register_oidc(client)
    certificates = await _token_certificates(client)
    async with client.get(f"{system.url('esia')}/sandbox/people") as answer:
        answer.raise_for_status()
        people: list[dict[str, Any]] = (await answer.json())["items"]
    _write(system.PROVIDERS_FILE, _providers(certificates))
    _write(system.SEED_FILE, _seed(people))
    return people


async def _register_esia(client: aiohttp.ClientSession) -> None:
    certificate, _ = secret_files.certificate("esia_client", system.ESIA_CLIENT)
    body = {
        "certificate_pem": certificate.read_text(),
        "redirect_uris": [f"{system.PUBLIC_URL}/auth/esia/callback", f"{system.PUBLIC_URL}/"],
        "signature_algorithm": "RS256",
        "scopes": ESIA_SCOPES.split(),
    }
    await _put(client, f"{system.url('esia')}/sandbox/clients/{system.ESIA_CLIENT}", body)


async def _register_frmr(client: aiohttp.ClientSession) -> None:
    certificate, _ = secret_files.certificate("frmr_client", system.FRMR_CLIENT)
    body = {"certificate_pem": certificate.read_text()}
    await _put(client, f"{system.url('frmr')}/sandbox/clients/{system.FRMR_CLIENT}", body)


async def _register_oidc(client: aiohttp.ClientSession) -> None:
    body = {
        "client_secret": secret_files.password("oidc_client"),
        "redirect_uris": [f"{system.PUBLIC_URL}/auth/sandbox-oidc/callback"],
    }
    await _put(client, f"{system.url('oidc')}/sandbox/clients/nmo", body)


async def _put(client: aiohttp.ClientSession, address: str, body: dict[str, Any]) -> None:
    async with client.put(address, json=body) as answer:
        if answer.status >= 400:  # noqa: PLR2004 HTTP
            msg = f"{address} answered {answer.status}: {(await answer.text())[:300]}"
            raise SystemExit(msg)


async def _token_certificates(client: aiohttp.ClientSession) -> list[str]:
    """ЕСИА publishes the certificates of its tokens as an archive; they are pinned from it."""
    async with client.get(f"{system.url('esia')}/public/esia.zip") as answer:
        answer.raise_for_status()
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    files = []
    folder = SECRETS / "esia_tokens"
    folder.mkdir(exist_ok=True)
    for name in archive.namelist():
        if name.endswith((".cer", ".crt", ".pem")):
            file = folder / name.replace("/", "_")
            file.write_bytes(archive.read(name))
            files.append(str(file))
    return files


def _providers(certificates: list[str]) -> list[dict[str, Any]]:
    certificate, key = secret_files.certificate("esia_client", system.ESIA_CLIENT)
    return [
        {
            "key": "esia",
            "kind": "esia_v1",
            "title": "Госуслуги",
            "base_url": system.url("esia"),
            "issuer": f"{system.url('esia')}/",
            "client_id": system.ESIA_CLIENT,
            "scopes": ESIA_SCOPES,
            "certificate_file": str(certificate),
            "key_file": str(key),
            "trusted_certificates": certificates,
        }
    ]


def _seed(people: list[dict[str, Any]]) -> dict[str, Any]:
    by_key = {person["key"]: person for person in people}
    grants = [
        {
            "snils": by_key[key]["snils"],
            "role": role,
            "organization_id": str(system.organization_id(number or MEDICAL_ORGANIZATION))
            if number or role in {"head", "hr"}
            else None,
        }
        for key, (role, number) in STAFF.items()
        if key in by_key
    ]
    secret_files.password(f"client_{system.PARTNER}")
    clients = [
        {
            "client_id": "nmo-cli",
            "kind": "public",
            "title": "Командная строка",
            "redirect_uris": ["http://127.0.0.1:8199/callback"],
            "scopes": ["openid", "profile", "api"],
        },
        {
            "client_id": system.PARTNER,
            "kind": "confidential",
            "title": "Партнёр для проверки",
            "redirect_uris": [],
            "scopes": ["partner"],
            "secret_file": str(SECRETS / f"client_{system.PARTNER}.txt"),
        },
    ]
    return {"grants": grants, "clients": clients}


def _write(file: Any, value: Any) -> None:
    LOCAL.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(value, ensure_ascii=False, indent=2))
