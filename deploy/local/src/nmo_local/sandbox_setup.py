"""What the portal and the stand-ins must know of each other: certificates, clients, people's roles."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import aiohttp

from nmo_contracts.organizations import medical_organization_id
from nmo_local import secret_files, system
from nmo_local.paths import LOCAL, SECRETS
from nmo_sandbox.frmr.organizations import HOSPITAL_7

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
MEDICAL_STAFF = frozenset({"head", "hr"})
"""They work for a medical organisation."""


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


def _esia_pair() -> tuple[Path, Path]:
    """Certificate and key of the mnemonic in use."""
    client = system.ESIA_CLIENTS[system.ESIA_VERSION]
    if system.ESIA_VERSION == "v2":
        return secret_files.gost_certificate("esia_client_gost", client)
    return secret_files.certificate("esia_client", client)


async def _register_esia(client: aiohttp.ClientSession) -> None:
    certificate, _ = _esia_pair()
    body = {
        "certificate_pem": certificate.read_text(),
        "redirect_uris": [f"{system.PUBLIC_URL}/auth/esia/callback", f"{system.PUBLIC_URL}/"],
        "signature_algorithm": "GOST3410_2012_256" if system.ESIA_VERSION == "v2" else "RS256",
        "scopes": ESIA_SCOPES.split(),
        "title": "Портал НМО",
    }
    name = system.ESIA_CLIENTS[system.ESIA_VERSION]
    await _put(client, f"{system.url('esia')}/sandbox/clients/{name}", body)


async def _register_frmr(client: aiohttp.ClientSession) -> None:
    certificate, _ = secret_files.certificate("frmr_client", system.FRMR_CLIENT)
    body = {"certificate_pem": certificate.read_text()}
    await _put(client, f"{system.url('frmr')}/sandbox/clients/{system.FRMR_CLIENT}", body)


async def _register_oidc(client: aiohttp.ClientSession) -> None:
    body = {
        "client_secret": secret_files.password("oidc_client"),
        "redirect_uris": [f"{system.PUBLIC_URL}/auth/sandbox-oidc/callback"],
        "post_logout_redirect_uris": [f"{system.PUBLIC_URL}/login?out=1"],
        "backchannel_logout_uri": f"{system.PUBLIC_URL}/auth/sandbox-oidc/backchannel-logout",
    }
    await _put(client, f"{system.url('oidc')}/sandbox/clients/nmo", body)


async def _put(client: aiohttp.ClientSession, address: str, body: dict[str, Any]) -> None:
    async with client.put(address, json=body) as answer:
        if answer.status >= 400:  # noqa: PLR2004 HTTP
            msg = f"{address} answered {answer.status}: {(await answer.text())[:300]}"
            raise SystemExit(msg)


async def _token_certificates(client: aiohttp.ClientSession) -> Path:
    """ЕСИА publishes the certificates of its tokens as an archive; they are pinned from it. The folder they lie in."""
    async with client.get(f"{system.url('esia')}/public/esia.zip") as answer:
        answer.raise_for_status()
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    folder = SECRETS / "esia_tokens"
    folder.mkdir(exist_ok=True)
    published = {name.replace("/", "_"): name for name in archive.namelist()}
    for file in folder.iterdir():
        if file.name not in published:
            file.unlink()
    for name, entry in published.items():
        (folder / name).write_bytes(archive.read(entry))
    return folder


def _providers(certificates: Path) -> list[dict[str, Any]]:
    certificate, key = _esia_pair()
    secret_files.password("oidc_client")
    return [
        {
            "key": "esia",
            "kind": f"esia_{system.ESIA_VERSION}",
            "title": "Госуслуги",
            "base_url": system.url("esia"),
            "issuer": f"{system.url('esia')}/",
            "client_id": system.ESIA_CLIENTS[system.ESIA_VERSION],
            "scopes": ESIA_SCOPES,
            "certificate_file": str(certificate),
            "key_file": str(key),
            "trusted_certificates": [str(certificates)],
        },
        # Hidden: the page of signing in offers what people know; its address works all the same (SSO-07).
        {
            "key": "sandbox-oidc",
            "kind": "oidc",
            "title": "Учебный провайдер",
            "base_url": system.url("oidc"),
            "issuer": system.url("oidc"),
            "client_id": "nmo",
            "scopes": "openid profile email phone",
            "client_secret_file": str(SECRETS / "oidc_client.txt"),
            "hidden": True,
        },
    ]


def _seed(people: list[dict[str, Any]]) -> dict[str, Any]:
    by_key = {person["key"]: person for person in people}
    grants = [
        {
            "snils": by_key[key]["snils"],
            "role": role,
            "organization_id": _organization(role, number),
        }
        for key, (role, number) in STAFF.items()
        if key in by_key
    ]
    secret_files.password(f"client_{system.PARTNER}")
    clients = [
        {
            "client_id": "nmo-cli",
            "kind": "public",
            "first_party": True,
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


def _organization(role: str, number: int | None) -> str | None:
    if role in MEDICAL_STAFF:
        return str(medical_organization_id(HOSPITAL_7))
    return None if number is None else str(system.organization_id(number))


def _write(file: Any, value: Any) -> None:
    LOCAL.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(value, ensure_ascii=False, indent=2))
