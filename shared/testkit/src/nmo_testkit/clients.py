"""A client that talks to an application in this process, with its start and stop run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from nmo_testkit.tokens import TokenFactory

BASE_URL = "http://test"


@asynccontextmanager
async def client_for(
    app: FastAPI, *, tokens: TokenFactory | None = None, audience: str | None = None
) -> AsyncIterator[httpx2.AsyncClient]:
    """Start the application and yield a client of it; redirects are not followed, exceptions become answers.

    Args:
        app: what `create_app` made.
        tokens: whose tokens the application shall accept from now on.
        audience: name of the service, needed with `tokens`.
    """
    async with app.router.lifespan_context(app):
        if tokens is not None:
            if audience is None:
                raise ValueError("tokens need the audience, which is the service's name")
            app.state.verifier = tokens.verifier(audience)
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield client
