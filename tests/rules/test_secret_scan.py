"""The scan finds keys, tokens and passwords, and lets their shapes in documentation pass."""

from __future__ import annotations

from types import ModuleType

import pytest

# Put together here, so that this file is not found itself.
KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "A" * 64
EC_KEY = "-----BEGIN EC " + "PRIVATE KEY-----\n" + "b" * 64
TOKEN = "ey" + "J" + "a" * 30 + ".ey" + "J" + "b" * 30 + "." + "c" * 50
ADDRESS = "postgresql" + "://nmo_cycles:" + "f0" * 16 + "@127.0.0.1/nmo_cycles"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (KEY, "private key"),
        (EC_KEY, "private key"),
        (f"authorization: Bearer {TOKEN}", "token"),
        (ADDRESS, "password in an address"),
        (ADDRESS.replace("postgresql", "amqp"), "password in an address"),
    ],
)
def test_finds(secret_scan: ModuleType, text: str, name: str) -> None:
    assert secret_scan.scan(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN CERTIFICATE-----\n" + "A" * 64,
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 64,
        "postgresql://postgres@127.0.0.1:15432/postgres",
        "amqp://guest:guest@127.0.0.1:5672/",
        "a token looks like eyJ…",
    ],
)
def test_lets_pass(secret_scan: ModuleType, text: str) -> None:
    assert secret_scan.scan(text) == []
