"""The gateway's ASGI application: layers around the pages, the sign-in routes and the proxy (GWY-01..03)."""

import asyncio

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from nmo_gateway.asgi import App
from nmo_gateway.auth import backchannel
from nmo_gateway.auth import routes as auth_routes
from nmo_gateway.browser_session.csrf import CsrfLayer
from nmo_gateway.browser_session.layer import SessionLayer
from nmo_gateway.dispatch import Dispatch
from nmo_gateway.edge import refusal
from nmo_gateway.edge.context import RequestContext
from nmo_gateway.edge.guard import sign_in_address
from nmo_gateway.edge.headers import SecurityHeaders
from nmo_gateway.edge.rescue import Rescue
from nmo_gateway.edge.stopping import EndsWithProcess
from nmo_gateway.kept_forms.routes import router as kept_forms_router
from nmo_gateway.limits.address import AddressBook
from nmo_gateway.limits.layer import AddressLimit, PersonLimit
from nmo_gateway.limits.rate import RateLimit
from nmo_gateway.limits.sizes import RequestTooLargeError, SizeLimits, SlowBodyError
from nmo_gateway.pages import router as pages_router
from nmo_gateway.proxy.forward import Forwarder, problem_of
from nmo_gateway.proxy.openapi import Documents
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceDown, ServiceProblem, SessionEnded
from nmo_gateway.upstreams import Deadline
from nmo_kit import errors
from nmo_kit.migrate import head_revision

logger = structlog.get_logger(__name__)
PACKAGE = "nmo_gateway"
SERVER_ERROR = 500


def create_app(gateway: Gateway, stopping: asyncio.Event | None = None) -> App:
    """Build the whole stack, outermost layer last. Endless answers end when ``stopping`` is set."""
    settings = gateway.settings
    app: App = Dispatch(
        pages=inner_app(gateway),
        forwarder=Forwarder(gateway.upstreams),
        exchange=gateway.exchange,
        kept_forms=gateway.kept_forms,
        wanted=gateway.wanted,
        documents=Documents(gateway.upstreams, list(settings.services), settings.public_url),
        deadline=Deadline(settings.upstream_total_s, settings.upstream_idle_s),
    )
    app = EndsWithProcess(app, stopping or asyncio.Event())
    app = CsrfLayer(app, own_origin=settings.origin, cookies=gateway.cookies, secrets=gateway.secrets)
    app = PersonLimit(app, RateLimit(settings.person_rate_per_s, settings.person_burst))
    app = SessionLayer(
        app,
        gateway.store,
        gateway.cookies,
        gateway.exchange,
        gateway.upstreams,
        gateway.verifier,
        gateway.identity.own_token,
    )
    app = SizeLimits(app, settings)
    app = Rescue(app)
    app = AddressLimit(app, RateLimit(settings.address_rate_per_s, settings.address_burst))
    app = SecurityHeaders(app, form_action_origins=settings.form_action_origins, hsts=settings.cookie_secure)
    return RequestContext(app, AddressBook(settings.trusted_proxies), traced=bool(settings.otlp_endpoint))


def inner_app(gateway: Gateway) -> FastAPI:
    """Sign-in routes, pages, probes; its errors are pages."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.gateway = gateway
    app.state.settings = gateway.settings
    _add_probes(app, gateway)
    app.include_router(auth_routes.router)
    app.include_router(backchannel.router)
    app.include_router(pages_router)
    app.include_router(kept_forms_router)
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)
    return app


def _add_probes(app: FastAPI, gateway: Gateway) -> None:
    wanted = head_revision(PACKAGE)

    @app.get("/livez")
    async def livez() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    async def readyz() -> Response:
        """Ready when the own database is there; services that are down only close their own parts."""
        try:
            async with gateway.db.read() as session:
                found = (await session.execute(text("select version_num from alembic_version"))).scalar()
        except (SQLAlchemyError, OSError, TimeoutError):
            return JSONResponse({"status": "database is down"}, 503)
        if found is None or (wanted is not None and found < wanted):
            return JSONResponse({"status": "schema is behind"}, 503)
        return JSONResponse({"status": "ok"})

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _on_down(request: Request, error: Exception) -> Response:
    if not isinstance(error, ServiceDown):
        raise error
    logger.warning("service_down", service=error.service, reason=error.reason)
    return await _answer(request, problem_of(error), service=error.service)


async def _on_service_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, ServiceProblem):
        raise error
    return await _answer(request, _problem(error.status, error.code, error.detail))


async def _on_session_ended(request: Request, _error: Exception) -> Response:
    return RedirectResponse(sign_in_address(request.scope, expired=True), 303)


async def _on_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.Problem):
        raise error
    return await _answer(request, error)


async def _on_http(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestTooLargeError | SlowBodyError) or not isinstance(error, HTTPException):
        raise error
    problem = _problem(error.status_code, "", "")
    problem.headers.update(error.headers or {})
    return await _answer(request, problem)


async def _on_validation(request: Request, _error: Exception) -> Response:
    # An address that does not fit its pattern never existed; a form is checked by its page.
    return await _answer(request, errors.NotFound() if request.method == "GET" else _problem(422, "", ""))


async def _on_fault(request: Request, error: Exception) -> Response:
    if isinstance(error, SQLAlchemyError | OSError | TimeoutError):
        logger.warning("operational_error", error=type(error).__name__)
        return await _answer(request, errors.Unavailable())
    # Logged once, by the rescue layer outside, which also sees faults of the layers between.
    return await _answer(request, errors.InternalError())


_ANSWERS = {
    ServiceDown: _on_down,
    ServiceProblem: _on_service_problem,
    SessionEnded: _on_session_ended,
    errors.Problem: _on_problem,
    HTTPException: _on_http,
    RequestValidationError: _on_validation,
    SQLAlchemyError: _on_fault,
    OSError: _on_fault,
    TimeoutError: _on_fault,
    Exception: _on_fault,
}


def _problem(status: int, code: str, detail: str) -> errors.Problem:
    kinds: dict[int, type[errors.Problem]] = {
        kind.status: kind
        for kind in (
            errors.NotFound,
            errors.Unauthenticated,
            errors.Forbidden,
            errors.Conflict,
            errors.Unavailable,
        )
    }
    base = kinds.get(status, errors.Problem)
    made: type[errors.Problem] = type(
        "AnsweredProblem", (base,), {"status": status, "code": code or base.code}
    )
    return made(detail or None)


async def _answer(request: Request, problem: errors.Problem, *, service: str | None = None) -> Response:
    if refusal.wants_json(request.scope):
        return errors.render(problem, instance=request.url.path)
    return await refusal.page(request, problem, service=service)
