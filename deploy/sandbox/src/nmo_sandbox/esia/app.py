"""The ЕСИА stand-in as one application."""

from datetime import timedelta

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from nmo_sandbox.common.frame import frame
from nmo_sandbox.common.pages import page
from nmo_sandbox.esia.control import control_routes, people_routes, system_fault_routes
from nmo_sandbox.esia.core import Esia
from nmo_sandbox.esia.login import (
    login_routes,
    organization_choice_routes,
    second_factor_routes,
)
from nmo_sandbox.esia.logout import logout_routes
from nmo_sandbox.esia.organizations import organization_routes
from nmo_sandbox.esia.rest import rest_routes
from nmo_sandbox.esia.v1 import v1_routes
from nmo_sandbox.esia.v2 import v2_routes
from nmo_sandbox.settings import SandboxSettings


def create_app(settings: SandboxSettings | None = None) -> FastAPI:
    """Build the application. Side effect: writes its key and registrations into the state folder, if one is set."""
    esia = Esia.build(settings or SandboxSettings())
    app = frame("ЕСИА (учебный стенд)", esia.faults)
    app.state.esia = esia
    for routes in (
        v1_routes,
        v2_routes,
        login_routes,
        second_factor_routes,
        organization_choice_routes,
        logout_routes,
        rest_routes,
        organization_routes,
        control_routes,
        people_routes,
        system_fault_routes,
        _public,
    ):
        app.include_router(routes(esia))
    return app


def _public(esia: Esia) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def front() -> Response:
        """Tell a visitor what this is and who can sign in."""
        return page("front.html", people=esia.accounts.all(), systems=esia.systems.all())

    @router.get("/public/esia.zip")
    async def certificates() -> Response:
        """Return the certificates of the token keys; there is no other way to get them."""
        ended = esia.clock.now() - timedelta(days=1) if esia.faults.on("expired_certificate") else None
        return Response(esia.keys.archive(expired_at=ended), media_type="application/zip")

    return router
