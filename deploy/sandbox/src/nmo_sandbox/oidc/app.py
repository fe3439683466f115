"""The plain OIDC provider as one application."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Request
from starlette.responses import Response

from nmo_sandbox.common.frame import frame
from nmo_sandbox.oidc import authorize as pages
from nmo_sandbox.oidc import logout as leaving
from nmo_sandbox.oidc import tokens
from nmo_sandbox.oidc.clients import SCOPES, Client
from nmo_sandbox.oidc.core import Provider
from nmo_sandbox.settings import SandboxSettings


def create_app(settings: SandboxSettings | None = None) -> FastAPI:
    """Build the application. Side effect: writes its keys and clients into the state folder, if one is set."""
    provider = Provider.build(settings or SandboxSettings())
    app = frame("OIDC-провайдер (учебный стенд)", provider.faults)
    app.state.provider = provider
    for routes in (_metadata, _protocol, _control):
        app.include_router(routes(provider))
    return app


def _metadata(provider: Provider) -> APIRouter:
    router = APIRouter()
    base = provider.issuer

    @router.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        """Return the provider's metadata."""
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/jwks",
            "end_session_endpoint": f"{base}/logout",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": list(SCOPES),
            "claims_supported": ["sub", "sid", "auth_time", "nonce"],
            "prompt_values_supported": sorted(pages.PROMPTS),
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }

    @router.get("/jwks")
    async def jwks() -> dict[str, Any]:
        """Return the public keys."""
        return provider.jwks()

    return router


def _protocol(provider: Provider) -> APIRouter:
    router = APIRouter()

    @router.get("/authorize")
    async def ask(request: Request) -> Response:
        """Ask for a sign-in."""
        return pages.authorize(provider, request)

    @router.get(pages.LOGIN_PATH)
    async def show(request: Request) -> Response:
        """Show the sign-in page."""
        return pages.show(provider, request)

    @router.post(pages.LOGIN_PATH)
    async def answer(request: Request) -> Response:
        """Take the sign-in form."""
        return await pages.answer(provider, request, await request.form())

    @router.post("/token")
    async def token(request: Request) -> Response:
        """Exchange a code."""
        return await tokens.token(provider, request)

    @router.api_route("/userinfo", methods=["GET", "POST"])
    async def userinfo(request: Request) -> Response:
        """Tell about the person."""
        return tokens.userinfo(provider, request)

    @router.get("/logout")
    async def logout(request: Request) -> Response:
        """Sign out."""
        return await leaving.logout(provider, request)

    return router


def _control(provider: Provider) -> APIRouter:
    router = APIRouter(prefix="/sandbox")

    @router.put("/clients/{client_id}")
    async def register(
        client: Client, response: Response, client_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    ) -> dict[str, Any]:
        """Register or replace a client: 201 when it is new."""
        if provider.clients.put(client_id, client):
            response.status_code = 201
        return {"client_id": client_id} | client.model_dump(exclude={"client_secret"})

    return router
