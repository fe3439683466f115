"""The cabinet's pages: one folder for each group of screens; the gateway includes ``router``.

Handlers read ``request.state.session`` and call services through ``request.state.services``.
"""

from fastapi import APIRouter

from nmo_gateway.pages import statics
from nmo_gateway.pages.display import endpoints as display
from nmo_gateway.pages.errors.view import render_error
from nmo_gateway.pages.home import endpoints as home

__all__ = ["render_error", "router"]

router = APIRouter(include_in_schema=False)
for part in (statics, display, home):
    router.include_router(part.router)
