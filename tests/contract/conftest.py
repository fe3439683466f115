"""Every service's application without a database, a broker or a network: routes, rules and documents only."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from nmo_kit.app import Runtime, Service, create_app
from nmo_kit.db import Database
from nmo_testkit.postgres import settings_for

SERVICES = ("identity", "registry", "catalog", "cycles", "applications", "notifications")


async def _no_keys() -> Mapping[str, Any]:
    return {"keys": []}


def build(service: str) -> Service:
    """The service as its command line runs it."""
    found: Service = import_module(f"nmo_{service}.app").build()
    return found


@pytest.fixture(scope="session")
def services() -> dict[str, Service]:
    """Each service by name."""
    return {name: build(name) for name in SERVICES}


@pytest.fixture(scope="session")
def apps(services: dict[str, Service]) -> dict[str, FastAPI]:
    """Each service's routes; nothing is opened, so requests that reach a database would fail."""
    settings = settings_for("postgresql://nobody@127.0.0.1:1/nothing")
    runtime = Runtime(
        settings=settings,
        db=Database(settings),
        tokens=None,
        extras={"keyring": SimpleNamespace(trust=_no_keys)},
    )
    return {name: create_app(service, runtime) for name, service in services.items()}
