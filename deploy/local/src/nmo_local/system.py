"""The system as data: databases, processes, what each is told (ports of the public surface)."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from nmo_local import secret_files
from nmo_local.infra import Infra
from nmo_local.paths import LOCAL, PORT_OFFSET
from nmo_local.supervise import Program

SERVICES = ("identity", "registry", "catalog", "cycles", "applications", "notifications")
WITH_DATABASE = (*SERVICES, "gateway")
_PORTS = {
    "gateway": 8080,
    "identity": 8101,
    "registry": 8102,
    "cycles": 8103,
    "catalog": 8104,
    "applications": 8105,
    "notifications": 8106,
    "esia": 8190,
    "frmr": 8191,
    "mailbox": 8192,
    "sms": 8193,
    "oidc": 8194,
}
PORTS = {name: port + PORT_OFFSET for name, port in _PORTS.items()}
SMTP_PORT = 1025 + PORT_OFFSET
SANDBOX = ("esia", "frmr", "mailbox", "sms", "oidc")
ESIA_CLIENTS = {"v1": "NMO01", "v2": "NMO02"}
"""Mnemonics at ЕСИА: one with RSA for version 1 of its protocol, one with GOST R 34.10-2012 for version 2."""
ESIA_VERSION = os.environ.get("NMO_ESIA_VERSION") or "v1"
"""Which version the portal speaks; as of the next `up`."""
if ESIA_VERSION not in ESIA_CLIENTS:
    raise SystemExit(f"NMO_ESIA_VERSION is {' or '.join(ESIA_CLIENTS)}, not {ESIA_VERSION}")
FRMR_CLIENT = "nmo-registry"
PARTNER = "partner-demo"
PARTNER_PUBLISHER = "nmo-partner-publisher"
PUBLIC_URL = f"http://127.0.0.1:{PORTS['gateway']}"
PROVIDERS_FILE = LOCAL / "providers.json"
SEED_FILE = LOCAL / "seed.json"


def url(name: str) -> str:
    """Address of a process."""
    return f"http://127.0.0.1:{PORTS[name]}"


def organization_id(number: int) -> uuid.UUID:
    """Id of a demo organisation; number 1 is the one that the demo's staff work for."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://portal-nmo.example/organizations/{number:04d}")


def database_name(service: str) -> str:
    """Name of a service's database and of the role that owns it."""
    return f"nmo_{service}"


def database_url(infra: Infra, service: str) -> str:
    """Address of a service's own database under its own role."""
    host = infra.postgres_url.rsplit("@", 1)[1].split("/", 1)[0]
    name = database_name(service)
    return f"postgresql://{name}:{secret_files.password('db_' + service)}@{host}/{name}"


def amqp_url(infra: Infra, user: str, vhost: str) -> str:
    """Address of the broker under a service's own user."""
    host = infra.amqp_url.rsplit("@", 1)[1].split("/", 1)[0]
    return f"amqp://{user}:{secret_files.password('amqp_' + user)}@{host}/{vhost}"


def service_environment(infra: Infra, service: str) -> dict[str, str]:
    """What a service or the gateway is told."""
    values: dict[str, str | Path] = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": database_url(infra, service),
        "HTTP_PORT": str(PORTS[service]),
        "PUBLIC_URL": PUBLIC_URL,
        "IDENTITY_URL": url("identity"),
        "SIGNING_KEY_FILE": secret_files.signing_key(service),
        "CLOCK_OFFSET_S": os.environ.get("NMO_CLOCK_OFFSET_S", "0"),
        **_own(infra, service),
    }
    if service != "gateway":
        values["AMQP_URL"] = amqp_url(infra, service, "core")
        values["SEAL_KEY_FILE"] = secret_files.seal_key(service)
        values["SEAL_EXPORT_FILE"] = LOCAL / "journal" / f"{service}.jsonl"
    prefix = f"NMO_{service.upper()}_"
    return {prefix + name: str(value) for name, value in values.items()}


def _own(infra: Infra, service: str) -> Mapping[str, str | Path]:
    """What only one service is told."""
    keys = {
        "FIELD_KEY_FILE": secret_files.field_key(f"field_{service}"),
        "INDEX_KEY_FILE": secret_files.field_key(f"index_{service}"),
    }
    if service == "identity":
        return {
            **keys,
            "REGISTRY_URL": url("registry"),
            # Everybody comes from one address here, tests side by side included.
            "LOGIN_NETWORK_BURST": "1000",
            "LOGIN_NETWORK_INTERVAL_S": "0.1",
            "REGISTRATION_NETWORK_BURST": "1000",
            "REGISTRATION_NETWORK_INTERVAL_S": "0.1",
            "PEPPER_FILE": secret_files.field_key("pepper_identity"),
            "APPLICATIONS_URL": url("applications"),
            "SERVICE_KEYS_DIR": secret_files.public_keys(),
            "SEED_FILE": SEED_FILE,
            "PROVIDERS_FILE": PROVIDERS_FILE,
        }
    if service == "registry":
        _, key = secret_files.certificate("frmr_client", FRMR_CLIENT)
        return {
            **keys,
            "FRMR_URL": url("frmr"),
            "FRMR_CLIENT_ID": FRMR_CLIENT,
            "FRMR_KEY_FILE": key,
        }
    if service == "applications":
        return {
            "FIELD_KEY_FILE": keys["FIELD_KEY_FILE"],
            "REGISTRY_URL": url("registry"),
            "FILES_DIR": LOCAL / "files" / "applications",
        }
    if service == "notifications":
        return {
            **keys,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(SMTP_PORT),
            "SMS_URL": url("sms"),
            "MAIL_FROM": "portal@nmo.example",
            "PARTNER_AMQP_URL": amqp_url(infra, PARTNER_PUBLISHER, "partners"),
            "BROKER_ADMIN_URL": infra.amqp_admin_url,
        }
    if service == "gateway":
        services = {f"{name.upper()}_URL": url(name) for name in SERVICES if name != "identity"}
        # Everybody comes from one address here, tests side by side included.
        limits = {
            "ADDRESS_RATE_PER_S": "1000",
            "ADDRESS_BURST": "10000",
            "PERSON_RATE_PER_S": "1000",
            "PERSON_BURST": "10000",
            "SIGN_IN_BURST": "2000",
            "SIGN_IN_INTERVAL_S": "0.01",
        }
        # Forms that lead to a provider: tying it, signing out there too.
        origins = f"{url('esia')},{url('oidc')}"
        return {**keys, **services, **limits, "COOKIE_SECURE": "false", "FORM_ACTION_ORIGINS": origins}
    return {}


def sandbox_programs() -> list[Program]:
    """The stand-ins for the outside world."""
    environment = {
        "NMO_SANDBOX_ENVIRONMENT": "development",
        "NMO_SANDBOX_SMTP_PORT": str(SMTP_PORT),
        "NMO_SANDBOX_ESIA_URL": url("esia"),
        "NMO_SANDBOX_OIDC_URL": url("oidc"),
    }
    return [
        Program(
            name=f"sandbox-{name}",
            command=(sys.executable, "-m", "nmo_sandbox", name, "--port", str(PORTS[name])),
            environment={**environment, "NMO_SANDBOX_STATE": str(LOCAL / "sandbox" / name)},
            ready_url=f"{url(name)}/livez",
        )
        for name in SANDBOX
    ]


def portal_programs(infra: Infra) -> list[Program]:
    """The six services, each with its worker, and the gateway."""
    return [
        Program(
            name=name,
            command=(sys.executable, "-m", f"nmo_{name}", "api" if name == "gateway" else "all"),
            environment=service_environment(infra, name),
            ready_url=f"{url(name)}/readyz",
        )
        for name in WITH_DATABASE
    ]
