"""One way to build a service's process: settings, database, routes behind the gate, health, telemetry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from nmo_kit import clock, errors, observability
from nmo_kit.auth import Policy, check_routes, gate, routes_of
from nmo_kit.body_limit import BodyLimit
from nmo_kit.db import Database
from nmo_kit.http import ServiceTokens
from nmo_kit.messaging.topology import Queue
from nmo_kit.messaging.worker import Timer
from nmo_kit.migrate import head_revision
from nmo_kit.settings import ServiceSettings, SettingsError
from nmo_kit.tokens import FetchKeys, JwksCache, TokenVerifier, fetch_jwks

if TYPE_CHECKING:
    from sqlalchemy import MetaData

MAX_BODY_BYTES = 256 * 1024


@dataclass(slots=True)
class Runtime:
    """What a process holds while it runs; `extras` carries the service's own resources by name."""

    settings: Any
    db: Database
    tokens: ServiceTokens | None
    extras: dict[str, Any] = field(default_factory=dict)


Resources = Callable[[Runtime], AbstractAsyncContextManager[None]]
Seed = Callable[[Runtime, bool], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Service:
    """All that distinguishes one service from another."""

    name: str
    package: str
    settings_class: type[ServiceSettings]
    metadata: MetaData
    routers: Sequence[APIRouter]
    policy: Policy
    queues: Sequence[Queue] = ()
    timers: Callable[[Runtime], Sequence[Timer]] | None = None
    resources: Resources | None = None
    """Opens what the service needs beyond the database and puts it into `runtime.extras`."""
    seed: Seed | None = None
    keys: Callable[[Runtime], FetchKeys] | None = None
    """How the keys of tokens are read; by default over HTTP from identity."""
    notes: Callable[[Runtime], Sequence[str]] | None = None
    """What an operator should see at `/readyz` though the service works: a certificate that runs out."""
    uploads: Mapping[str, int] = field(default_factory=dict)
    """Addresses that take files, with the largest one in bytes; all others read `MAX_BODY_BYTES`."""
    commands: dict[str, Callable[[Runtime, Sequence[str]], Awaitable[None]]] = field(default_factory=dict)
    """Further commands of the command line, by name."""


@asynccontextmanager
async def open_runtime(service: Service, settings: ServiceSettings) -> AsyncIterator[Runtime]:
    """Database and resources for the time of a process or command."""
    clock.set_offset(settings.clock_offset_s)
    async with AsyncExitStack() as stack:
        database = Database(settings)
        stack.push_async_callback(database.close)
        runtime = Runtime(settings=settings, db=database, tokens=_own_tokens(service, settings))
        observability.set_up(service.name, settings, database.engines)
        if service.resources is not None:
            await stack.enter_async_context(service.resources(runtime))
        yield runtime


def _own_tokens(service: Service, settings: ServiceSettings) -> ServiceTokens | None:
    if settings.signing_key_file is None:
        return None
    if not settings.signing_key_file.exists():
        raise SettingsError("signing_key_file does not exist")
    return ServiceTokens(
        client_id=service.name,
        key_file=settings.signing_key_file,
        identity_url=settings.identity_url,
        issuer=settings.public_url,
    )


def create_app(service: Service, runtime: Runtime) -> FastAPI:
    """The HTTP side of a service.

    `app.state` carries `runtime`, `db`, `settings`, `policy`, `verifier` and every entry of `runtime.extras`.

    Raises:
        UngatedRouteError: a route has no action, or an action no rule.
    """
    app = FastAPI(
        title=f"Портал НМФО: {service.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        telemetry=observability.TELEMETRY,
        # An answer that breaks its own model must roll the transaction back, so routes declare models.
        responses=errors.problems(
            errors.Unauthenticated, errors.Forbidden, errors.TooManyRequests, errors.Unavailable
        ),
    )
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES, uploads=service.uploads)
    app.add_middleware(observability.RequestMiddleware, service=service.name)
    errors.install(app)
    fetch = service.keys(runtime) if service.keys else fetch_jwks(runtime.settings.jwks_url)
    app.state.runtime = runtime
    app.state.db = runtime.db
    app.state.settings = runtime.settings
    app.state.policy = service.policy
    app.state.verifier = TokenVerifier(
        JwksCache(fetch), issuer=runtime.settings.public_url, audience=service.name
    )
    for name, resource in runtime.extras.items():
        setattr(app.state, name, resource)
    for router in service.routers:
        app.include_router(router, dependencies=[Depends(gate)])
    _add_health(app, service, runtime)
    _describe(app, service.policy)
    check_routes(app, service.policy)
    return app


def _add_health(app: FastAPI, service: Service, runtime: Runtime) -> None:
    wanted = head_revision(service.package)

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, Any]:
        async with runtime.db.read() as session:
            found = (
                await session.execute(text("select version_num from alembic_version"))
            ).scalar_one_or_none()
        if found is None or (wanted is not None and found < wanted):
            response.status_code = 503
            return {"status": "schema is behind"}
        notes = list(service.notes(runtime)) if service.notes is not None else []
        return {"status": "ok", "notes": notes} if notes else {"status": "ok"}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _describe(app: FastAPI, policy: Policy) -> None:
    """Put into the OpenAPI document what every route's answers refer to, and which routes need a token."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        document = plain()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas["FieldError"] = errors.FieldError.model_json_schema()
        schemas["ProblemBody"] = errors.ProblemBody.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        schemas["ProblemBody"].pop("$defs", None)
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        for (method, path), name in routes_of(app).items():
            needs_token = name is not None and name in policy and not policy[name].public
            document["paths"][path][method.lower()]["security"] = [{"bearer": []}] if needs_token else []
        return document

    app.openapi = described  # type: ignore[method-assign]
