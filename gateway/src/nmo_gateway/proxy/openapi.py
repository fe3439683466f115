"""OpenAPI documents of the services under one address, and all of them joined."""

import asyncio
import json
import re
from time import monotonic
from typing import Any

import structlog

from nmo_gateway.edge.context import trace_headers
from nmo_gateway.limits.sizes import AddressTooLong, BadFraming, HeadersTooLarge, SlowBody, TooLarge
from nmo_gateway.proxy.forward import UpstreamBroken, UpstreamSlow
from nmo_gateway.service_errors import ServiceDown
from nmo_gateway.upstream_http import CallError
from nmo_gateway.upstreams import Deadline, Upstreams
from nmo_kit.errors import problems

logger = structlog.get_logger(__name__)
DEADLINE = Deadline(total_s=3.0, idle_s=3.0)
FRESH_S = 60.0
OK = 200
PUBLIC_PATHS = ("/api/v1", "/contracts", "/.well-known", "/oauth2")
OWN_ANSWERS = {
    str(status): answer
    for status, answer in problems(
        BadFraming, SlowBody, TooLarge, AddressTooLong, HeadersTooLarge, UpstreamBroken, UpstreamSlow
    ).items()
}
ONE = re.compile(r"/api/v1/([a-z]+)/openapi\.json")
ALL = "/api/v1/openapi.json"


class Documents:
    """Reads and keeps the services' documents; internal paths are left out."""

    def __init__(self, upstreams: Upstreams, services: list[str], public_url: str) -> None:
        self._upstreams = upstreams
        self._services = services
        self._public_url = public_url
        self._kept: dict[str, tuple[dict[str, Any], float]] = {}

    def is_one(self, path: str) -> str | None:
        """Name of the service whose document the address is; None for other addresses."""
        found = ONE.fullmatch(path) if path.endswith(".json") else None
        return found[1] if found and found[1] in self._services else None

    async def one(self, service: str) -> dict[str, Any]:
        """Public part of a service's document. Raises ServiceDown."""
        document, until = self._kept.get(service, ({}, 0.0))
        if until > monotonic():
            return document
        document = self._public(await self._read(service))
        self._kept[service] = document, monotonic() + FRESH_S
        return document

    async def joined(self) -> dict[str, Any]:
        """All services' paths in one document; parts that are down are named in ``x-unavailable``."""
        found = await asyncio.gather(*(self.one(name) for name in self._services), return_exceptions=True)
        paths: dict[str, Any] = {}
        components: dict[str, dict[str, Any]] = {}
        missing = []
        for service, document in zip(self._services, found, strict=True):
            if isinstance(document, ServiceDown):
                missing.append(service)
            elif isinstance(document, BaseException):
                raise document
            else:
                _join(service, document, paths, components)
        return {
            "openapi": "3.1.0",
            "info": {"title": "Портал НМФО", "version": "1"},
            "servers": [{"url": self._public_url}],
            "paths": dict(sorted(paths.items())),
            "components": components,
            **({"x-unavailable": missing} if missing else {}),
        }

    async def _read(self, service: str) -> dict[str, Any]:
        try:
            async with self._upstreams.open(
                service,
                "GET",
                "/openapi.json",
                headers={"Accept": "application/json", **trace_headers()},
                deadline=DEADLINE,
            ) as answer:
                document = json.loads(await answer.read()) if answer.status == OK else None
        except (CallError, ValueError) as error:
            raise ServiceDown(service, "failed") from error
        if not isinstance(document, dict):
            raise ServiceDown(service, "failed")
        return document

    def _public(self, document: dict[str, Any]) -> dict[str, Any]:
        """What is told outside: public addresses, with the answers that the gateway itself may give at each."""
        paths = {
            path: item for path, item in document.get("paths", {}).items() if path.startswith(PUBLIC_PATHS)
        }
        for item in paths.values():
            for operation in item.values():
                operation["responses"] = OWN_ANSWERS | operation["responses"]
        return {**document, "servers": [{"url": self._public_url}], "paths": paths}


def _join(
    service: str, document: dict[str, Any], paths: dict[str, Any], components: dict[str, dict[str, Any]]
) -> None:
    """Add one document; its components get the service's name before their own, for two services may use one name."""
    renamed = json.loads(re.sub(r'("#/components/\w+/)', rf"\1{service}_", json.dumps(document)))
    for path, item in renamed.get("paths", {}).items():
        for operation in item.values():
            if isinstance(operation, dict):
                operation["tags"] = [service]
                if "operationId" in operation:
                    operation["operationId"] = f"{service}_{operation['operationId']}"
        paths.setdefault(path, {}).update(item)
    for kind, things in renamed.get("components", {}).items():
        group = components.setdefault(kind, {})
        group.update(
            {
                name if kind == "securitySchemes" else f"{service}_{name}": thing
                for name, thing in things.items()
            }
        )
