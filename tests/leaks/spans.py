"""A small receiver of traces, and the whole system told to send to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
from aiohttp import web
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nmo_local import infra, supervise, system
from nmo_local.demo.browser import eventually
from nmo_local.paths import LOCAL
from nmo_local.supervise import Program
from tests.leaks.finder import Place

SENDERS = ("gateway", "identity", "registry", "catalog")
"""Those that see names and numbers of people, or search by what people type; all send by the same code."""
READY_S = 300.0


@dataclass(slots=True)
class Spans:
    """What came, by service."""

    by_service: dict[str, list[str]] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        """One request of an exporter."""
        message = ExportTraceServiceRequest.FromString(await request.read())
        for batch in message.resource_spans:
            name = next(
                item.value.string_value for item in batch.resource.attributes if item.key == "service.name"
            )
            self.by_service.setdefault(name, []).append(MessageToJson(batch, ensure_ascii=False))
        return web.Response()

    def places(self) -> list[Place]:
        """One place for each service."""
        return [Place("span", name, "\n".join(texts)) for name, texts in self.by_service.items()]


@asynccontextmanager
async def collected_spans() -> AsyncIterator[Spans]:
    """Restart the services so that they send their spans here; at the end they run as before."""
    spans = Spans()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/traces", spans.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces"
    servers = await asyncio.to_thread(infra.start, LOCAL / "servers")
    usual = system.portal_programs(servers)
    try:
        await _run([_sending(program, endpoint) if program.name in SENDERS else program for program in usual])
        yield spans
    finally:
        await _run(usual)
        await runner.cleanup()


def _sending(program: Program, endpoint: str) -> Program:
    told = {f"NMO_{program.name.upper()}_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "500"}
    return replace(program, environment={**program.environment, **told})


async def _run(programs: list[Program]) -> None:
    await asyncio.to_thread(supervise.start, [*system.sandbox_programs(), *programs])
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as client:

        async def ready() -> bool | None:
            try:
                for program in programs:
                    async with client.get(program.ready_url) as answer:
                        answer.raise_for_status()
            except (aiohttp.ClientError, TimeoutError, OSError):
                return None
            return True

        await eventually(ready, "the restart of the services", READY_S)
