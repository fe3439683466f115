"""Commands of a service: api, worker, all, migrate, seed, redrive, verify-journal, print-settings (decision 2)."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI

from nmo_kit import migrate
from nmo_kit.app import Runtime, Service, create_app, open_runtime
from nmo_kit.messaging.redrive import redrive
from nmo_kit.messaging.worker import Worker
from nmo_kit.sealing.command import verify_journal
from nmo_kit.settings import ServiceSettings, SettingsError, load, printable

logger = structlog.get_logger(__name__)
COMMANDS = ("api", "worker", "all", "migrate", "seed", "redrive", "verify-journal", "print-settings")
GRACE_S = 20


def main(build: Callable[[], Service], argv: Sequence[str] | None = None) -> None:
    """Entry of `python -m nmo_<service> <command>`; exits 2 on bad settings or arguments."""
    service = build()
    parser = argparse.ArgumentParser(prog=f"nmo-{service.name}", description=service.package)
    parser.add_argument("command", choices=(*COMMANDS, *service.commands))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    arguments = parser.parse_args(argv)
    try:
        settings = load(service.settings_class)
        if arguments.command == "print-settings":
            sys.stdout.write(printable(settings) + "\n")
        elif arguments.command == "migrate":
            revision = migrate.run(settings.database_url.get_secret_value(), service.package)
            sys.stdout.write(f"{service.name}: schema at {revision}\n")
        else:
            _run(_dispatch(service, settings, arguments.command, arguments.rest))
    except SettingsError as error:
        sys.stderr.write(f"{service.name}: {error}\n")
        sys.exit(2)


def _run(work: Any) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def _dispatch(service: Service, settings: ServiceSettings, command: str, rest: Sequence[str]) -> None:
    async with open_runtime(service, settings) as runtime:
        if command == "seed":
            if service.seed is not None:
                await service.seed(runtime, "--demo" in rest)
        elif command == "redrive":
            count = await redrive(
                settings.amqp_url.get_secret_value(), service.name, event_id=rest[0] if rest else None
            )
            sys.stdout.write(f"{count} messages sent back to their queues\n")
        elif command == "verify-journal":
            await verify_journal(service.name, settings, runtime.db, rest)
        elif command in service.commands:
            await service.commands[command](runtime, rest)
        else:
            await _serve(service, runtime, with_api=command != "worker", with_worker=command != "api")


async def _serve(service: Service, runtime: Runtime, *, with_api: bool, with_worker: bool) -> None:
    """Run the parts until a signal asks to stop, then let each finish what it holds."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        if with_worker:
            group.create_task(_worker(service, runtime).run(stop))
        if with_api:
            app = create_app(service, runtime)
            group.create_task(serve_http(app, runtime.settings, stop))
        elif with_worker:
            group.create_task(serve_http(_health_only(service, runtime), runtime.settings, stop))
    logger.info("stopped")


def _worker(service: Service, runtime: Runtime) -> Worker:
    timers = service.timers(runtime) if service.timers else ()
    return Worker(
        service=service.name,
        settings=runtime.settings,
        database=runtime.db,
        queues=service.queues,
        timers=timers,
        context=runtime,
    )


def _health_only(service: Service, runtime: Runtime) -> FastAPI:
    """A worker process answers its probes too."""
    from dataclasses import replace

    return create_app(replace(service, routers=(), policy={}), runtime)


async def serve_http(
    app: Any,
    settings: ServiceSettings,
    stop: asyncio.Event,
    *,
    http: type[asyncio.Protocol] | str = "httptools",
) -> None:
    """Serve until `stop`, then finish the requests in hand; `app.state.stopping` tells endless answers to end."""
    if hasattr(app, "state"):
        app.state.stopping = stop
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http=http,
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(config)
    # Signals are handled above, for all parts at once.
    server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
    # What is there now stays: looking through all of it for garbage again and again costs pauses of 50 ms and more. And
    # requests leave next to no cycles: the collector may look for them seldom.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        # The port is taken, or the server fell: the whole process must not linger half alive.
        stop.set()
    server.should_exit = True
    await serving
    stopping.cancel()
