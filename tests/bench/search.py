"""The catalogue's search at 200 000 elements against the bare SQL it comes down to.

The service is the real application with everything around the route (gate, filters, request line, metrics), called by
ASGI; the bare side sends the very statements that the service sent, with the same values, over asyncpg. The ratio is of
their rates with several questions in flight, so that both keep the machine busy. Times are of one question at a time,
where both take turns query by query, so the machine's moods fall on both; there a third side shows what the framework
takes for itself: the same application asked the same question at a route that reads it and answers nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI, Response
from pydantic import SecretStr

from nmo_catalog.app import build
from nmo_catalog.search import cursor as cursors
from nmo_catalog.search.endpoints import SearchDep
from nmo_catalog.search.rules import COUNT_CAP, Position
from nmo_catalog.settings import Settings
from nmo_kit import clock
from nmo_kit.app import create_app, open_runtime
from nmo_kit.auth import action
from tests.bench.measure import percentile
from tests.bench.result import Result
from tests.bench.servers import servers
from tests.size import catalogue
from tests.size.capture import Statement, captured

NAME = "search"
GOAL = 0.7
ELEMENTS = 200_000
REQUESTS_A_ROUND = 240
AT_ONCE = 4
PATH = "/api/v1/catalog/elements"
FRAME = "/api/v1/catalog/nothing"
_WORDS = ("кардиология", "неотложная", "ультразвуковая", "реабилитация", "инфекции", "диагностика")
_PAIRS = ("неотложная кардиология", "клинические рекомендации", "сердечная недостаточность", "лечение боли")
_TYPOS = ("кардеология", "диогностика", "реабелитация")
_FORMS = ("full_time", "part_time", "correspondence")
_MIX = {"no filter": 5, "one word": 4, "two words": 4, "three filters": 5, "typo": 1, "deep page": 2}
"""How often each kind is asked, as parts of the whole: lists and filters most, slips of the finger now and then."""


@dataclass(slots=True)
class Times:
    """Milliseconds of each request, by side."""

    service: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    frame: list[float] = field(default_factory=list)
    added_cpu: list[float] = field(default_factory=list)
    """Processor time of this process that the service takes beyond what the bare side's client takes."""

    @property
    def ratio(self) -> float:
        """Rate of the service to that of the bare SQL."""
        return sum(self.bare) / sum(self.service)

    @property
    def limit(self) -> float:
        """The ratio of a service that adds nothing to the bare SQL but the framework."""
        return sum(self.bare) / (sum(self.bare) + sum(self.frame))


def question(kind: str, dice: random.Random) -> dict[str, str]:
    """Parameters of one request."""
    scene = catalogue.scene()
    match kind:
        case "one word":
            return {"q": dice.choice(_WORDS)}
        case "two words":
            return {"q": dice.choice(_PAIRS)}
        case "typo":
            return {"q": dice.choice(_TYPOS)}
        case "three filters":
            specialty = dice.choice(sorted(scene.specialty_names))
            region = dice.choice(scene.organizations).region_code
            return {"specialty": specialty, "region": region, "form": dice.choice(_FORMS)}
        case "deep page":
            after = (scene.today + timedelta(days=dice.randint(30, 300)), UUID(int=dice.getrandbits(128)))
            return {"cursor": cursors.encode(cursors.Place(Position(1, after), COUNT_CAP, None))}
        case _:
            return {}


@action("catalog.element.search")
async def _nothing(query: SearchDep) -> Response:
    return Response(query.q.encode())


async def _ask(app: FastAPI, parameters: dict[str, str], path: str = PATH) -> bytes:
    """One request by ASGI itself: a client library would cost more than the service."""
    parts: list[bytes] = []
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        else:
            parts.append(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": urlencode(parameters).encode(),
        "headers": [(b"host", b"catalog")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    body = b"".join(parts)
    if statuses != [200]:
        raise AssertionError(f"{parameters} was answered by {statuses}: {body[:300]!r}")
    return body


async def _replay(connection: asyncpg.Connection, statements: Sequence[Statement]) -> int:
    return sum([len(await connection.fetch(statement.sql, *statement.values)) for statement in statements])


@asynccontextmanager
async def _service(url: str) -> AsyncIterator[tuple[FastAPI, list[Statement]]]:
    """The application and the statements it sends."""
    settings = Settings(environment="test", database_url=SecretStr(url))
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: ASYNC230, PTH123 a device
        async with open_runtime(build(), settings) as runtime:
            handler: Any = logging.getLogger().handlers[0]
            handler.setStream(nowhere)
            with captured(runtime.db) as statements:
                app = create_app(build(), runtime)
                app.add_api_route(FRAME, _nothing)
                yield app, statements


@dataclass(slots=True)
class Figures:
    """What was measured: times by kind of question and round, and the rates of both sides by round."""

    by_kind: dict[str, list[Times]] = field(default_factory=lambda: {kind: [] for kind in _MIX})
    service_rates: list[float] = field(default_factory=list)
    bare_rates: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the statements that answered it."""

    parameters: dict[str, str]
    sent: Sequence[Statement]


async def measure(url: str, rounds: int) -> Figures:
    """A first round counts for nothing."""
    figures, dice = Figures(), random.Random(20_160_101)
    bare = [await asyncpg.connect(url, server_settings={"jit": "off"}) for _ in range(AT_ONCE)]
    try:
        async with _service(url) as (app, statements):
            for number in range(rounds + 1):
                counts = figures if number else Figures()
                seen = {kind: Times() for kind in _MIX}
                asked = [
                    await _compare(app, statements, bare[0], question(kind, dice), seen[kind])
                    for kind in dice.choices(list(_MIX), list(_MIX.values()), k=REQUESTS_A_ROUND)
                ]
                for kind, times in seen.items():
                    if times.service:
                        counts.by_kind[kind].append(times)
                await _rates(app, bare, asked, counts)
    finally:
        for connection in bare:
            await connection.close()
    return figures


async def _rates(
    app: FastAPI, bare: Sequence[asyncpg.Connection], asked: Sequence[Asked], counts: Figures
) -> None:
    """All questions of a round to the service, then all their statements to the database."""

    async def by_service(one: Asked) -> None:
        await _ask(app, one.parameters)

    def by(connection: asyncpg.Connection) -> Callable[[Asked], Awaitable[None]]:
        async def replay(one: Asked) -> None:
            await _replay(connection, one.sent)

        return replay

    counts.service_rates.append(await _rate([by_service] * AT_ONCE, asked))
    counts.bare_rates.append(await _rate([by(connection) for connection in bare], asked))


async def _rate(workers: Sequence[Callable[[Asked], Awaitable[None]]], asked: Sequence[Asked]) -> float:
    todo = list(asked)

    async def work(worker: Callable[[Asked], Awaitable[None]]) -> None:
        while todo:
            await worker(todo.pop())

    started = time.perf_counter()
    await asyncio.gather(*map(work, workers))
    return len(asked) / (time.perf_counter() - started)


async def _compare(
    app: FastAPI,
    statements: list[Statement],
    bare: asyncpg.Connection,
    parameters: dict[str, str],
    times: Times,
) -> Asked:
    """The same question on both sides, each after a first time that warms the pages both read."""
    await _ask(app, parameters)
    statements.clear()
    cpu, started = time.process_time(), time.perf_counter()
    body = await _ask(app, parameters)
    answered, service_cpu = time.perf_counter(), time.process_time() - cpu
    sent = list(statements)
    if not sent or (not orjson.loads(body)["items"] and "specialty" not in parameters):
        raise AssertionError(f"nothing was found or asked for {parameters}")
    await _replay(bare, sent)
    cpu, begun = time.process_time(), time.perf_counter()
    await _replay(bare, sent)
    times.bare.append((time.perf_counter() - begun) * 1000)
    times.added_cpu.append((service_cpu - (time.process_time() - cpu)) * 1000)
    times.service.append((answered - started) * 1000)
    await _ask(app, parameters, FRAME)
    begun = time.perf_counter()
    await _ask(app, parameters, FRAME)
    times.frame.append((time.perf_counter() - begun) * 1000)
    return Asked(parameters, sent)


async def run(rounds: int) -> Result:
    """Load the catalogue, then ask."""
    clock.set_offset(0)
    async with servers() as own:
        url = await own.databases.of("nmo_catalog")
        loaded = await catalogue.load(url, ELEMENTS)
        return result(await measure(url, rounds), rounds, loaded)


def result(measured: Figures, rounds: int, loaded: int) -> Result:
    """Median over the rounds of the whole mix, and each kind by itself."""
    by_kind = measured.by_kind
    whole = [
        Times(
            [ms for times in by_kind.values() for ms in times[number].service],
            [ms for times in by_kind.values() for ms in times[number].bare],
            [ms for times in by_kind.values() for ms in times[number].frame],
        )
        for number in range(rounds)
    ]
    service = [ms for times in whole for ms in times.service]
    bare = [ms for times in whole for ms in times.bare]
    return Result(
        ratio=statistics.median(
            own / other for own, other in zip(measured.service_rates, measured.bare_rates, strict=True)
        ),
        rounds=rounds,
        measured=len(service),
        figures={
            "elements": loaded,
            "at_once": AT_ONCE,
            "service_per_s": round(statistics.median(measured.service_rates)),
            "bare_per_s": round(statistics.median(measured.bare_rates)),
            "ratio_one_at_a_time": round(statistics.median(times.ratio for times in whole), 3),
            "service_p50_p99_ms": _percentiles(service),
            "bare_p50_p99_ms": _percentiles(bare),
            "framework_p50_p99_ms": _percentiles([ms for times in whole for ms in times.frame]),
            "limit_by_framework": round(statistics.median(times.limit for times in whole), 3),
            "added_p50_ms": round(percentile([a - b for a, b in zip(service, bare, strict=True)], 0.5), 2),
            "added_cpu_ms": round(
                statistics.mean(ms for kind in by_kind.values() for times in kind for ms in times.added_cpu),
                2,
            ),
            **{kind: _kind(times) for kind, times in by_kind.items()},
        },
    )


def _kind(rounds: Sequence[Times]) -> dict[str, Any]:
    return {
        "ratio": round(statistics.median(times.ratio for times in rounds), 3),
        "service_p50_p99_ms": _percentiles([ms for times in rounds for ms in times.service]),
        "bare_p50_p99_ms": _percentiles([ms for times in rounds for ms in times.bare]),
    }


def _percentiles(values: Sequence[float]) -> list[float]:
    return [round(percentile(values, share), 2) for share in (0.5, 0.99)]
